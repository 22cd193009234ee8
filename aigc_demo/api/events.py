"""Following a job: its events as they happen, server-sent, to the end.

Only watching is asynchronous here, and each watcher holds a connection: how many may, is bounded.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from aigc_demo.api import forms
from aigc_demo.guard.http import PRIVATE, language_of
from aigc_demo.guard.identity import owner_of
from aigc_demo.guard.limits import Streams
from aigc_demo.studio import Studio

PING_SECONDS = 15


def router(studio: Studio, streams: Streams) -> APIRouter:
    """The one route, bound to one studio."""
    api = APIRouter()

    async def seat(request: Request) -> AsyncIterator[None]:
        with streams.seat(owner_of(request)):
            yield  # until the stream has ended or its reader has left

    @api.get(
        "/api/jobs/{job_id}/events",
        summary="Follow a job as server-sent events",
        dependencies=[Depends(seat)],
    )
    async def events(request: Request, job_id: str) -> EventSourceResponse:
        owner = owner_of(request)
        await asyncio.to_thread(studio.get, owner, job_id)  # 404 before the stream begins

        async def stream() -> AsyncIterator[ServerSentEvent]:
            async for happened in studio.watch(owner, job_id):
                passing = forms.event(happened)
                if passing is not None:
                    yield ServerSentEvent(event=passing[0], data=_json(passing[1]))
                    continue
                ended = await asyncio.to_thread(studio.get, owner, job_id)
                name = {"done": "finished"}.get(ended.status, ended.status)
                item = forms.item(ended, studio.newest(job_id), language_of(request.scope), studio.catalog)
                yield ServerSentEvent(event=name, data=_json(item))

        return EventSourceResponse(stream(), ping=PING_SECONDS, headers={"Cache-Control": PRIVATE})

    return api


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
