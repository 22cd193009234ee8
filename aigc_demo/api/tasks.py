"""Routes of tasks: what there is to ask for, and help with the asking.

The older names of some paths answer as well, and are left out of the contract.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from aigc_demo.api import answers, contract, forms
from aigc_demo.studio import Studio


def router(studio: Studio) -> APIRouter:
    """Routes of tasks, bound to one studio."""
    api = APIRouter()

    @api.get("/api/tasks", summary="Every task with its models and the JSON schema of what they take")
    def tasks() -> answers.TaskViews:
        return contract.tasks(studio.catalog, debug=studio.settings.debug_models)

    @api.post("/api/tasks/{task}/warm", status_code=202, summary="Load a task's default model ahead")
    def warm(task: str) -> answers.Warmed:
        return answers.Warmed(model=studio.warm(task))

    @api.post("/api/tasks/{task}/parse", summary="The settings that a prompt names in words")
    @api.post("/api/tasks/{task}/understood", include_in_schema=False)
    def parse(task: str, body: forms.WordsIn) -> answers.Parsed:
        return answers.Parsed(values=studio.parse(task, body.text))

    @api.post(
        "/api/tasks/{task}/read",
        summary="What is understood of a request before it is sent",
        response_model=answers.ReadingView,
        response_model_exclude_unset=True,
    )
    def read(task: str, body: forms.ReadIn) -> dict[str, Any]:
        return studio.read(task, body.model, body.params).plain()

    @api.post("/api/tasks/{task}/expand", summary="A prompt with words added that the model knows")
    @api.post("/api/tasks/{task}/richer", include_in_schema=False)
    def expand(task: str, body: forms.ExpandIn) -> answers.Expanded:
        return answers.Expanded.model_validate(studio.expand(task, body.model, body.text))

    @api.get(
        "/api/tasks/{task}/choices/{field}", summary="The names that a parameter may have on this server"
    )
    @api.get("/api/tasks/{task}/offers/{field}", include_in_schema=False)
    def choices(task: str, field: str) -> answers.Names:
        return answers.Names(items=studio.choices(task, field))

    return api
