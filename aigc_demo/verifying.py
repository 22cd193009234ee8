"""Checking a file for whoever asks: what it says of itself, and whether it is an item of theirs, unchanged.

Knows the history and the layers of a file. Of other visitors' items nothing is told, not even that they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from aigc_demo.engine import text_marks
from aigc_demo.history import History
from aigc_demo.provenance.checking import Check, check
from aigc_demo.settings import Settings
from aigc_demo.types import Job, UserError


@dataclass(frozen=True)
class Verified:
    """What was found in a file. ``item`` is the asker's own that it names; ``unchanged``, byte for byte."""

    check: Check
    item: Job | None = None
    unchanged: bool = False


class Verifier:
    """Checks files for the visitors of one installation, from any number of threads."""

    def __init__(self, history: History, settings: Settings) -> None:
        self._history = history
        self._settings = settings

    def __call__(self, owner: str, data: bytes, name: str = "", beside: bytes = b"") -> Verified:
        """What ``data`` says of itself, or a manifest ``beside`` it. Never raises.

        Its ``name`` only tells apart what looks alike.
        """
        found = check(data, self._history.signer.signing.manifests, name, self._likeness, beside)
        try:
            item = self._history.get(owner, found.item)
        except UserError:
            return Verified(found)
        return Verified(found, item, self._is_kept(item, data))

    def _likeness(self, data: bytes, media_type: str) -> float | None:
        """How surely a picture or a text bears this installation's invisible mark."""
        if media_type in text_marks.TEXTS:
            specs = self._history.catalog.models.values()
            return text_marks.likeness(data, self._settings, specs)
        return self._history.taking.likeness(data, media_type)

    def _is_kept(self, item: Job, data: bytes) -> bool:
        """Whether these are the very bytes of one of the item's files."""
        for output in item.outputs:
            if output.size == len(data):
                try:
                    if self._history.file(item.owner, item.id, output.name).path.read_bytes() == data:
                        return True
                except (OSError, UserError):
                    continue
        return False
