"""Routes by which a visitor takes things out as one zip, and brings such a zip in.

Knows that both may be large: a zip is sent piece by piece as it is written, and one that comes in is read
beside the event loop, few at a time. An export is asked for first, so that one that is too large is
refused in a sentence, and fetched then.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, UploadFile
from fastapi.responses import StreamingResponse

from aigc_demo.api import answers, forms
from aigc_demo.archive import Selection, import_items, select, stream
from aigc_demo.guard.http import PRIVATE, language_of
from aigc_demo.guard.identity import owner_of
from aigc_demo.studio import Studio
from aigc_demo.types import UserError

IMPORT = "/api/history/import"
"""Takes larger bodies than other routes."""
AT_ONCE = 2
"""So many archives are read at the same time."""
_KEPT_SECONDS = 600.0
_MOST_KEPT = 500


class Exports:
    """Exports that were asked for and may be fetched for ten minutes, by their owner alone."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: OrderedDict[str, tuple[float, Selection]] = OrderedDict()

    def keep(self, selection: Selection) -> str:
        """The id by which a selection is fetched; where there are too many, the oldest is forgotten."""
        export_id = secrets.token_urlsafe(18)
        self._kept[export_id] = (self._now() + _KEPT_SECONDS, selection)
        while len(self._kept) > _MOST_KEPT or next(iter(self._kept.values()))[0] < self._now():
            self._kept.popitem(last=False)
        return export_id

    def get(self, owner: str, export_id: str) -> Selection:
        """What the owner asked for; the one 404 for another's, for what is over, and for what never was."""
        until, selection = self._kept.get(export_id, (0.0, None))
        if selection is None or selection.owner != owner or until < self._now():
            raise UserError("not_found", "error.not_found", status=404)
        return selection


def router(studio: Studio) -> APIRouter:
    """The routes, bound to one studio."""
    api = APIRouter()
    exports = Exports()
    threads = ThreadPoolExecutor(AT_ONCE, "import")

    @api.post(
        "/api/exports",
        status_code=201,
        summary="Ask for some of my items, or all, as one zip",
        response_model=answers.Export,
    )
    def ask(request: Request, wanted: forms.ExportIn | None = None) -> dict[str, Any]:
        ids = wanted.ids if wanted is not None else None
        most = int(studio.settings.max_export_mb * 1e6)
        selection = select(studio.history, owner_of(request), ids, most)
        export_id = exports.keep(selection)
        return {
            "id": export_id,
            "url": f"/api/exports/{export_id}",
            "items": len(selection.ids),
            "bytes": selection.bytes,
        }

    @api.get("/api/exports/{export_id}", summary="The zip", response_class=StreamingResponse)
    def fetch(request: Request, export_id: str) -> StreamingResponse:
        selection = exports.get(owner_of(request), export_id)
        name = f"aigc-studio-{datetime.now(UTC):%Y-%m-%d}.zip"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": PRIVATE}
        pieces = stream(studio.history, selection, language_of(request.scope))
        return StreamingResponse(pieces, media_type="application/zip", headers=headers)

    @api.post(
        IMPORT,
        status_code=201,
        summary="Add the items of a zip that export wrote",
        response_model=answers.Imported,
    )
    async def bring(request: Request, file: UploadFile) -> dict[str, Any]:
        owner = owner_of(request)

        def read() -> int:
            return import_items(studio.history, owner, file.file, name=file.filename or "archive.zip")

        return {"items": await asyncio.get_running_loop().run_in_executor(threads, read)}

    return api
