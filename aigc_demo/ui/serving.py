"""Serves what lies below ``/assets``.

A file that is named by its content is kept by every browser for good; any other is asked for again each time.
Knows nothing of what is in them.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOREVER = "public, max-age=31536000, immutable"
AGAIN = "no-cache"


class Files(StaticFiles):
    """A folder, and files from memory beside it, which are named by their contents.

    Args:
        directory: the folder.
        held: content by name.
        forever: whether those in the folder are named by their contents too.
    """

    def __init__(self, directory: Path, held: Mapping[str, bytes], *, forever: bool) -> None:
        super().__init__(directory=directory)
        self._held = held
        self._keep = FOREVER if forever else AGAIN

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One of those in memory, else what is in the folder."""
        content = self._held.get(path)
        if content is None:
            return await super().get_response(path, scope)
        kind, _ = mimetypes.guess_type(path)
        return Response(content, media_type=kind, headers={"cache-control": FOREVER})

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """A file of the folder, or 304."""
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = self._keep
        return response
