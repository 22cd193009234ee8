"""Typed endpoints for Gradio's own clients: one a task, drawn from the catalog.

Knows what ``gr.api`` reads off a function: its name, its parameters' types and defaults, its words, and the
type of what it returns, without which a caller gets nothing. Gradio shows these types and keeps none, so
every value is checked by the studio as it is anywhere.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any

import gradio as gr

from aigc_demo import i18n
from aigc_demo.clients import calls
from aigc_demo.studio import Studio
from aigc_demo.types import Field, Task, UserError

Endpoint = Callable[..., AsyncIterator[dict[str, Any]]]
_TYPES: dict[str, type] = {"integer": int, "number": float, "boolean": bool, "string": str}


def add(page: gr.Blocks, studio: Studio) -> None:
    """Give the page an endpoint for each task that has models here, under the task's name."""
    with page:
        for task in studio.catalog.tasks.values():
            if studio.models(task.id):
                gr.api(
                    endpoint(studio, task),
                    api_name=task.id,
                    api_description=_description(task),
                    concurrency_limit=None,
                )


def endpoint(studio: Studio, task: Task) -> Endpoint:
    """A generator that submits a job of this task and yields what happens, at last what was made."""

    async def call(request: gr.Request, *values: Any) -> AsyncIterator[dict[str, Any]]:
        caller = calls.caller(studio, request.request)
        given = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        model = given.pop("model", None)
        try:
            async with calls.started(studio, caller, task.id, model, given) as job:
                async for event in studio.watch(caller.owner, job.id):
                    if happened := calls.progress(event, caller.language):
                        yield {"id": job.id, **happened}
        except UserError as error:
            raise gr.Error(i18n.message(error.problem, caller.language)) from None
        ended = await asyncio.to_thread(studio.get, caller.owner, job.id)
        result = await asyncio.to_thread(calls.told, studio, caller, ended)
        if "error" in result:
            raise gr.Error(result["error"])
        yield result

    parameters = [*map(_parameter, _fields(task)), _MODEL]
    names = [parameter.name for parameter in parameters]
    request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
    call.__name__ = task.id
    call.__doc__ = _description(task)
    call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [request, *parameters], return_annotation=dict[str, Any]
    )
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in [request, *parameters]}
    return call


def _fields(task: Task) -> list[Field]:
    """What a program may set, the words first: nothing that only the page uses."""
    return [field for field in task.fields() if field.control.widget != "hidden"]


def _parameter(field: Field) -> inspect.Parameter:
    """Every setting may be left to the model, whose own default it then has."""
    kind: Any = list[str] if field.many else _TYPES[field.type]
    words = field.control.widget == "prompt"
    return inspect.Parameter(
        field.name,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=inspect.Parameter.empty if words else None,
        annotation=kind if words else kind | None,
    )


_MODEL = inspect.Parameter(
    "model", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=str | None
)


def _description(task: Task) -> str:
    about = i18n.t(f"task.{task.id}.about", "en")
    return f"{about} Yields what happens meanwhile; the last value has the text, and files and page as links."
