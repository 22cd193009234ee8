"""Serves the folders below ``/assets``.

Gradio's files are named by their contents and kept by every browser for good; ours, apart from the bundle's,
are asked for again each time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from aigc_demo.guard.kept import FOREVER

AGAIN = "no-cache"


class Folder(StaticFiles):
    """A folder.

    Args:
        directory: where it is.
        forever: whether its files are named by their contents.
    """

    def __init__(self, directory: Path, *, forever: bool) -> None:
        super().__init__(directory=directory)
        self._keep = FOREVER if forever else AGAIN

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """A file of the folder, or 304."""
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = self._keep
        return response
