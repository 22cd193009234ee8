"""Checking a file for whoever asks: what it says of itself, and whether it is an item of theirs, unchanged.

Knows the history and the layers of a file. Of other visitors' items nothing is told, not even that they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from aigc_demo.history import History
from aigc_demo.provenance.checking import Check, check
from aigc_demo.types import Job, UserError


@dataclass(frozen=True)
class Verified:
    """What was found in a file. ``item`` is the asker's own that it names; ``unchanged``, byte for byte."""

    check: Check
    item: Job | None = None
    unchanged: bool = False


class Verifier:
    """Checks files for the visitors of one installation, from any number of threads."""

    def __init__(self, history: History) -> None:
        self._history = history

    def __call__(self, owner: str, data: bytes, name: str = "", beside: bytes = b"") -> Verified:
        """What ``data`` says of itself, or a manifest ``beside`` it. Never raises.

        Its ``name`` only tells apart what looks alike.
        """
        manifests, look = self._history.signer.signing.manifests, self._history.taking.likeness
        found = check(data, manifests, name, look, beside)
        try:
            item = self._history.get(owner, found.item)
        except UserError:
            return Verified(found)
        return Verified(found, item, self._is_kept(item, data))

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
