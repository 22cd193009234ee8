"""Weights from the Hugging Face Hub: a downloader of its own fetches, this side watches.

Knows how to start :mod:`hub_fetch`, measure its progress by the bytes that arrive, and stop it.
A download that was broken off goes on where it stopped.

``Hub.revision`` may be a commit (40 hexadecimal digits) or a branch. A branch is resolved to its
commit when the model is first fetched; the commit is kept in the cache's manifest and stays, whatever
happens to the branch, until the model is removed.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aigc_demo.engine import manifest
from aigc_demo.engine.commands import NotAvailableError, run
from aigc_demo.settings import ROOT
from aigc_demo.types import Hub

_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from aigc_demo.engine.hub_fetch import main; main()"
)


def fetch(source: Hub, folder: Path, report: Callable[[int, int | None], None]) -> dict[str, Any]:
    """Put the repository's files that match ``source.files`` into ``folder``.

    Returns:
        What the manifest shall say: ``{"revision": commit, "files": {...}}``.

    Raises:
        NotAvailableError: the Hub cannot be reached, does not have it or does not let us have it.
        OSError: the disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    total: int | None = None
    result: dict[str, Any] = {}

    def on_line(line: str) -> None:
        nonlocal total
        try:
            said = json.loads(line)
        except ValueError:
            return  # a library's word
        if isinstance(said, dict):
            total = said.get("total", total)
            result.update(said)

    def check() -> None:
        here = manifest.size(folder)
        report(min(here, total) if total else here, total)

    request = json.dumps({"repo": source.repo, "revision": source.revision, "files": source.files})
    outcome = run([sys.executable, "-c", _START, str(ROOT), request, str(folder)], on_line, check)
    if "No space left on device" in outcome.tail:
        raise OSError(28, "No space left on device")
    if outcome.status != 0 or "files" not in result:
        raise NotAvailableError(f"{source.repo}@{source.revision}: {outcome.tail}")
    shutil.rmtree(folder / ".part", ignore_errors=True)
    return {"revision": result["revision"], "files": result["files"]}
