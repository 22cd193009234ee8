"""Stored files as answers: in place or to be saved, whole or by ranges, and never run by a browser.

Knows nothing of who may have them.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from aigc_demo.types.media import of_file


def stored(path: Path, name: str, headers: Mapping[str, str], *, download: bool = False) -> FileResponse:
    """The file at ``path`` under the ``name`` that its owner knows; parts of it on request (Range)."""
    told = _headers(name, download) | dict(headers)
    return FileResponse(path, media_type=of_file(name).served, headers=told)


def altered(data: bytes, name: str, headers: Mapping[str, str]) -> FileResponse:
    """A file that lies nowhere as it is handed out, by the same rules: it lies in a passing file meanwhile.

    Its tag is made of its bytes, so that a player which asks for one part after another can join them.
    """
    with tempfile.NamedTemporaryFile(delete=False) as passing:
        passing.write(data)
    tag = {"ETag": f'"{hashlib.sha256(data).hexdigest()[:32]}"'}
    return FileResponse(
        passing.name,
        media_type=of_file(name).served,
        headers=_headers(name, False) | tag | dict(headers),
        background=BackgroundTask(Path(passing.name).unlink, missing_ok=True),
    )


def _headers(name: str, download: bool) -> dict[str, str]:
    disposition = "attachment" if download else "inline"
    return {
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
