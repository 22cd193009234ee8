"""Routes of models: which can be used here, and what one has learnt to make."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request

from aigc_demo import catalog, i18n
from aigc_demo.api import answers
from aigc_demo.guard.http import language_of
from aigc_demo.guard.identity import owner_of
from aigc_demo.studio import ModelView, Studio
from aigc_demo.types import Language


def router(studio: Studio) -> APIRouter:
    """Routes of models, bound to one studio."""
    api = APIRouter()

    @api.get(
        "/api/models",
        summary="What can be used here, and what this machine cannot run",
        response_model=answers.ModelViews,
        response_model_exclude_unset=True,
    )
    def models(request: Request, task: str, mine: bool = False) -> dict[str, Any]:
        language = language_of(request.scope)
        views = [view for view in studio.models(task, owner_of(request)) if view.mine or not mine]
        return {"items": [_form(view, language) for view in views]}

    @api.get("/api/models/{model_id}/vocabulary", summary="What a model has learnt to make, where it says so")
    @api.get("/api/models/{model_id}/known", include_in_schema=False)
    def vocabulary(model_id: str) -> answers.Vocabulary:
        place = catalog.known_words(studio.catalog.model(model_id))
        return answers.Vocabulary(items=[] if place is None else json.loads(place.read_text("utf-8")))

    return api


def _form(view: ModelView, language: Language) -> dict[str, Any]:
    spec = view.spec
    return {
        "id": spec.id,
        "name": spec.name,
        "task": spec.task,
        "tier": spec.tier,
        "license": spec.license,
        "languages": spec.languages,
        "memory_gb": spec.memory_gb,
        "download_mb": spec.download_mb,
        "installed": view.installed,
        "about": i18n.t("model.mine", language) if view.mine else i18n.about(spec.id, language),
        "mine": view.mine,
        "family": spec.params.__name__,
        **({"problem": i18n.message(view.fits, language)} if view.fits else {}),
    }
