"""The Hub downloader, run as a program of its own by :mod:`hub`.

Knows huggingface_hub. A process of its own can be ended at any moment, leaves no memory behind, and
sees the owner's HF settings (token, mirror, offline) while the worker is kept from asking any hub.

Says on standard output, one JSON object a line: ``{"total": bytes}``, then
``{"revision": commit, "files": {name: {"sha256", "size"}}}``.
"""

from __future__ import annotations

import fnmatch
import json
import os
import shutil
import sys
from pathlib import Path, PurePosixPath
from typing import Any

from aigc_demo.engine import manifest

_NEVER = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".h5", ".msgpack", ".py", ".zip", ".tar", ".gz")
"""Files that could carry code, whatever a pattern says."""
_WEIGHTS = (".safetensors", ".gguf")


def main() -> None:
    """Fetch what ``argv`` describes: a JSON wish and a folder."""
    request, folder = json.loads(sys.argv[1]), Path(sys.argv[2])
    try:
        found = _fetch(request["repo"], request["revision"], request["files"], folder)
    except Exception as reason:  # the last line is all that the other side reads
        sys.exit(f"{type(reason).__name__}: {reason}")
    _say(found)


def _fetch(repo: str, revision: str, patterns: list[str], folder: Path) -> dict[str, Any]:
    from huggingface_hub import HfApi
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()
    info = HfApi().model_info(repo, revision=revision, files_metadata=True)
    commit = str(info.sha)
    wanted = [entry for entry in info.siblings or [] if _is_wanted(entry.rfilename, patterns)]
    if not any(entry.rfilename.endswith(_WEIGHTS) for entry in wanted):
        raise ValueError(f"{repo} offers no weights without code, as safetensors or GGUF")
    _start_over_if_moved(folder, commit)
    _say({"total": sum(entry.size or 0 for entry in wanted)})
    files: dict[str, dict[str, Any]] = {}
    for entry in wanted:
        if not (folder / entry.rfilename).exists():
            _fetch_one(repo, commit, entry, folder)
        files |= manifest.describe(folder, [entry.rfilename])
        promised = entry.lfs.sha256 if entry.lfs is not None else None
        if promised not in (None, files[entry.rfilename]["sha256"]):
            (folder / entry.rfilename).unlink()
            raise ValueError(f"{entry.rfilename} arrived damaged")
    return {"revision": commit, "files": files}


def _start_over_if_moved(folder: Path, commit: str) -> None:
    """Files of two commits must not mix: what an earlier try fetched of another one goes."""
    stamp = folder / ".part" / "commit"
    if stamp.exists() and stamp.read_text() != commit:
        shutil.rmtree(folder)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(commit)


def _fetch_one(repo: str, commit: str, entry: Any, folder: Path) -> None:
    """Fetch one file, from where an earlier try stopped.

    ``hf_hub_download`` begins anew after its process has ended, so the part is kept here, under the
    name of its content.
    """
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    part = folder / ".part" / str(entry.blob_id)
    have = part.stat().st_size if part.exists() else 0
    with part.open("ab") as file:
        http_get(
            hf_hub_url(repo, entry.rfilename, revision=commit),
            file,
            resume_size=have,
            headers=build_hf_headers(),
            expected_size=entry.size,
        )
        os.fsync(file.fileno())
    (folder / entry.rfilename).parent.mkdir(parents=True, exist_ok=True)
    part.replace(folder / entry.rfilename)


def _is_wanted(name: str, patterns: list[str]) -> bool:
    path = PurePosixPath(name)
    safe = not path.is_absolute() and ".." not in path.parts and path.suffix.lower() not in _NEVER
    return safe and any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def _say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
