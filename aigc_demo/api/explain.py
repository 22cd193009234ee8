"""Routes of looking inside what was made: start a look, read what was seen, as owner or by a link."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from aigc_demo import explain
from aigc_demo.api import answers, forms
from aigc_demo.api.jobs import is_newcomer
from aigc_demo.explain import words
from aigc_demo.guard.http import PRIVATE, language_of
from aigc_demo.guard.identity import owner_of
from aigc_demo.studio import Studio
from aigc_demo.types import Language, UserError


def router(studio: Studio) -> APIRouter:
    """Routes of explanations, bound to one studio."""
    api = APIRouter()
    known = studio.history.explanations

    @api.post(
        "/api/history/{job_id}/explain",
        status_code=202,
        summary="Look inside an item of mine: a job, unless it was done already",
        response_model=answers.Look,
        response_model_exclude_unset=True,
        responses={200: {"model": answers.Look, "description": "It was looked into already"}},
    )
    def look(request: Request, response: Response, job_id: str) -> dict[str, Any]:
        job = studio.explain(owner_of(request), job_id, newcomer=is_newcomer(request))
        url = f"/api/history/{job_id}/explain"
        if job is None:
            response.status_code = 200
            return {"ready": True, "url": url}
        return {"ready": False, "url": url, "job": forms.answer(studio, request, job)}

    @api.get(
        "/api/history/{job_id}/explain",
        summary="What was seen inside an item of mine, as numbers and in words",
        response_model=answers.Explanation,
    )
    def seen(request: Request, job_id: str) -> dict[str, Any]:
        return _answer(known.read(owner_of(request), job_id), language_of(request.scope))

    @api.get(
        "/api/shared/{token}/explain",
        summary="What was seen inside a shared item",
        response_model=answers.Explanation,
    )
    def shared(request: Request, response: Response, token: str) -> dict[str, Any]:
        told, with_words = known.shared(token)
        response.headers["Cache-Control"] = PRIVATE
        if told is not None and not with_words:
            told = explain.told(told)
        return _answer(told, language_of(request.scope))

    return api


def _answer(told: dict[str, Any] | None, language: Language) -> dict[str, Any]:
    if told is None:
        raise UserError("not_found", "error.not_found", status=404)
    return {**told, "words": [one.plain() for one in words.told(told, language)]}
