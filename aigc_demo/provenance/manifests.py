"""Signed manifests (C2PA) as values, read in a process of their own.

Knows what is asked of that process and for how long it is waited for. What it does with a file is in
:mod:`c2pa_worker`. Source: C2PA technical specification 2.2.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aigc_demo.provenance import c2pa_worker
from aigc_demo.provenance.helper import Helper, Unavailable
from aigc_demo.provenance.keys import Credentials

PATIENCE = 8.0
"""Seconds that one file is worked on; it is ten thousand times as long as one of ours takes."""
_CONTENT_CHANGED = frozenset(
    {"assertion.dataHash.mismatch", "assertion.bmffHash.mismatch", "assertion.boxesHash.mismatch"}
)


UNREADABLE = "unreadable"
"""The one failure that is not C2PA's: there is something, and it is no manifest or damaged."""


@dataclass(frozen=True)
class Manifest:
    """What a file's active manifest says. ``failures`` are C2PA's codes of what does not hold.

    ``trusted`` is that the signer's certificate goes back to one of the anchors that were given; ``sources``
    are IPTC's digital source types; of ``ingredients`` the first are named, ``ingredient_count`` counts all.
    """

    valid: bool
    trusted: bool = False
    failures: tuple[str, ...] = ()
    issuer: str = ""
    signer: str = ""
    time: str = ""
    generator: str = ""
    actions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    ingredients: tuple[str, ...] = ()
    ingredient_count: int = 0

    @property
    def says_ai(self) -> bool:
        """Whether it says that an AI made the content, or part of it."""
        return any("rainedAlgorithmic" in source for source in self.sources)

    @property
    def content_changed(self) -> bool:
        """Whether the content is not the one that was signed."""
        return not _CONTENT_CHANGED.isdisjoint(self.failures)


def installed() -> bool:
    """Whether the library is there."""
    return importlib.util.find_spec("c2pa") is not None


def may_have_one(data: bytes) -> bool:
    """Whether a file can hold a manifest at all: nobody is started for one that can not."""
    return b"c2pa" in data or b"C2PA" in data


@dataclass(frozen=True)
class Ingredient:
    """A file that another was made from. ``relationship`` is ``parentOf`` or ``componentOf``."""

    data: bytes
    media_type: str
    title: str = ""
    relationship: str = "parentOf"

    @property
    def label(self) -> str:
        """What the manifest's actions call it."""
        return f"made-of-{self.title}"


class Manifests:
    """Reads and writes manifests, from any number of threads, one after another.

    Args:
        credentials: what to sign with, and whose signatures are this installation's own; None signs nothing.
    """

    def __init__(self, credentials: Credentials | None = None) -> None:
        self.credentials = credentials
        self._anchors = "" if credentials is None else credentials.root
        self._helper = Helper(Path(c2pa_worker.__file__))

    def read(self, data: bytes, media_type: str, beside: bytes = b"") -> Manifest | None:
        """The manifest of a file, None if it has none; ``beside`` is one that came in a file of its own.

        Raises:
            Unavailable: the library is missing, or did not come to an end with this file.
        """
        if not beside and not may_have_one(data):
            return None
        request = {"verb": "read", "media_type": media_type, "anchors": self._anchors}
        told, _ = self._ask(request, data, *((beside,) if beside else ()))
        if told.get("error") == "C2paNotSupported":
            return None
        if "error" in told:
            return Manifest(False, failures=(UNREADABLE,))
        state = told.pop("state")
        if state is None:
            return None
        said: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in told.items()
        }
        said.pop("sizes")
        return replace(Manifest(state in ("Valid", "Trusted"), state == "Trusted"), **said)

    def sign(
        self,
        data: bytes,
        media_type: str,
        manifest: Mapping[str, Any],
        ingredients: Sequence[Ingredient] = (),
        *,
        beside: bool = False,
    ) -> bytes:
        """The same file with this manifest, signed; a manifest that it has is left behind.

        With ``beside`` the manifest alone, to stand beside a file whose format carries none.

        Raises:
            Unavailable: there is nothing to sign with, the library is missing or the format carries none.
        """
        if self.credentials is None:
            raise Unavailable("nothing to sign with")
        told, blobs = self._ask(
            {
                "verb": "sign",
                "media_type": media_type,
                "beside": beside,
                "manifest": dict(manifest),
                "ingredients": [
                    {
                        "title": one.title,
                        "relationship": one.relationship,
                        "label": one.label,
                        "media_type": one.media_type,
                    }
                    for one in ingredients
                ],
                "algorithm": self.credentials.algorithm,
                "chain": self.credentials.chain,
                "key": self.credentials.key,
            },
            data,
            *(one.data for one in ingredients),
        )
        if "error" in told or not blobs:
            raise Unavailable(told.get("message", "nothing came back"))
        return blobs[0]

    def close(self) -> None:
        """End the process; a later call starts another."""
        self._helper.close()

    def _ask(self, message: dict[str, Any], *blobs: bytes) -> tuple[dict[str, Any], list[bytes]]:
        if not installed():
            raise Unavailable("c2pa-python is not installed")
        return self._helper.ask(PATIENCE, message, *blobs)
