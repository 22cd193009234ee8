"""Where a training keeps what it has so far: one folder a job, until the job has ended.

Knows where the folders lie and what in them is to be kept of a run that did not end by itself: the files that
its list names, the newest good ones. Knows nothing of what is trained.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from aigc_demo.settings import Settings
from aigc_demo.types import Output

log = logging.getLogger(__name__)

LIST = "outputs.json"
"""In a run's folder: which of its files are outputs, as ``[{kind, name, media_type, meta}]``."""


def home(settings: Settings) -> Path:
    """The folder of all of them."""
    return settings.data / "runs"


def made(settings: Settings, job_id: str) -> Path:
    """The folder of one job, made if missing."""
    folder = home(settings) / job_id
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def kept(settings: Settings, job_id: str) -> tuple[Output, ...]:
    """The last good outputs of a run that was stopped, paused or killed; none where it had none yet."""
    folder = home(settings) / job_id
    try:
        listed: list[dict[str, Any]] = json.loads((folder / LIST).read_text("utf-8"))
        return tuple(_read(folder, entry) for entry in listed)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError):
        log.warning("What a training left behind cannot be read.", exc_info=True)
        return ()


def remove(settings: Settings, job_id: str) -> None:
    """The job has ended."""
    shutil.rmtree(home(settings) / job_id, ignore_errors=True)


def sweep(settings: Settings, keep: Collection[str]) -> None:
    """Remove the folders of all jobs but these."""
    root = home(settings)
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.name not in keep:
            shutil.rmtree(folder, ignore_errors=True)


def _read(folder: Path, entry: Mapping[str, Any]) -> Output:
    data = (folder / entry["name"]).read_bytes()
    told: dict[str, Any] = {"text": data.decode()} if entry["kind"] == "text" else {"data": data}
    return Output(entry["kind"], entry["name"], entry["media_type"], meta=entry["meta"], **told)
