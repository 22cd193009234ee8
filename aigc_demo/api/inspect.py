"""The route that tells how a file made here was made.

Knows that a file may be anything and large, and so is looked into beside the event loop, few at a time:
whoever sends many waits for themselves, and no thread that serves other visitors waits with them.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import APIRouter, Request, UploadFile

from aigc_demo.api import answers
from aigc_demo.guard.identity import owner_of
from aigc_demo.studio import Studio
from aigc_demo.types.media import MOST_BYTES

AT_ONCE = 2
"""So many files are looked into at the same time."""


def router(studio: Studio) -> APIRouter:
    """The one route, bound to one studio."""
    api = APIRouter()
    threads = ThreadPoolExecutor(AT_ONCE, "inspect")

    @api.post(
        "/api/inspect",
        summary="How a file made here was made, to make it again",
        response_model=answers.Settings,
        response_model_exclude_defaults=True,
    )
    async def inspect(request: Request, file: UploadFile) -> dict[str, Any]:
        owner = owner_of(request)

        def looked_into() -> dict[str, Any]:
            # One byte more than is allowed tells that it is too large.
            return studio.inspect(owner, file.file.read(MOST_BYTES + 1))

        return await asyncio.get_running_loop().run_in_executor(threads, looked_into)

    return api
