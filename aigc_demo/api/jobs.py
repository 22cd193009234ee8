"""Routes of jobs: ask for one, look, cancel. Following them is :mod:`events`' business."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from aigc_demo.api import answers, contract, forms
from aigc_demo.engine import gpu_tokens
from aigc_demo.guard.http import language_of
from aigc_demo.guard.identity import owner_of, visitor_of
from aigc_demo.studio import Studio
from aigc_demo.types import LOOK, RunControl


def router(studio: Studio) -> APIRouter:
    """Routes of jobs, bound to one studio."""
    api = APIRouter()

    @api.post(
        "/api/jobs",
        status_code=202,
        summary="Ask for a generation",
        response_model=answers.Item,
        response_model_exclude_unset=True,
        openapi_extra=contract.request_body(studio.catalog),
    )
    def submit(request: Request, body: forms.JobIn) -> dict[str, Any]:
        params = body.params if body.seed is None else {**body.params, "seed": body.seed}
        job = studio.submit(
            owner_of(request),
            body.task,
            body.model,
            params,
            language=language_of(request.scope),
            parent=body.parent,
            newcomer=is_newcomer(request),
            gpu_token=gpu_tokens.read(request.headers),
        )
        return forms.answer(studio, request, job)

    @api.get(
        "/api/jobs",
        summary="My jobs that wait or run, oldest first",
        response_model=answers.Items,
        response_model_exclude_unset=True,
    )
    def active(request: Request) -> dict[str, Any]:
        jobs = studio.history.active(owner_of(request))
        return {"items": [forms.answer(studio, request, job) for job in jobs if job.task != LOOK]}

    @api.get(
        "/api/jobs/{job_id}",
        summary="One of my jobs",
        response_model=answers.Item,
        response_model_exclude_unset=True,
    )
    def job(request: Request, job_id: str) -> dict[str, Any]:
        return forms.answer(studio, request, studio.get(owner_of(request), job_id))

    @api.delete(
        "/api/jobs/{job_id}",
        summary="Cancel one of my jobs",
        response_model=answers.Item,
        response_model_exclude_unset=True,
    )
    def cancel(request: Request, job_id: str) -> dict[str, Any]:
        return forms.answer(studio, request, studio.cancel(owner_of(request), job_id))

    @api.post(
        "/api/jobs/{job_id}/control",
        summary="Pause, continue, finish or adjust one of my trainings",
        response_model=answers.Item,
        response_model_exclude_unset=True,
    )
    def control(request: Request, job_id: str, body: forms.ControlIn) -> dict[str, Any]:
        told = RunControl(body.action, body.learning_rate, body.more_steps)
        return forms.answer(studio, request, studio.control(owner_of(request), job_id, told))

    @api.put(
        "/api/jobs/{job_id}/gpu-token", status_code=204, summary="Renew the ZeroGPU token of a job that waits"
    )
    def renew(request: Request, job_id: str, body: forms.GpuTokenIn) -> None:
        studio.renew_gpu_token(owner_of(request), job_id, gpu_tokens.parsed(body.token))

    @api.post(
        "/api/translate",
        status_code=202,
        summary="Put Chinese into English: a job whose text it is",
        response_model=answers.Item,
        response_model_exclude_unset=True,
    )
    def translate(request: Request, body: forms.TranslateIn) -> dict[str, Any]:
        job = studio.translate(
            owner_of(request),
            body.text,
            body.model,
            language=language_of(request.scope),
            newcomer=is_newcomer(request),
        )
        return forms.answer(studio, request, job)

    return api


def is_newcomer(request: Request) -> bool:
    """Whether nothing proved who asks: the cookie has not come back yet."""
    return visitor_of(request).known_by is None
