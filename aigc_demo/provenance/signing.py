"""Signing what was labelled: which formats can be signed, what their manifest says, and with which key.

Knows the manifest of something that an AI made, wholly or out of files that were brought. Labels come before:
whatever changes a signed file breaks its signature. Source: C2PA technical specification 2.2, sections 9 and
18; IPTC, Digital Source Type.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from aigc_demo.provenance import keys
from aigc_demo.provenance.helper import Unavailable
from aigc_demo.provenance.labels import PRODUCER
from aigc_demo.provenance.manifests import Ingredient, Manifests, installed
from aigc_demo.types import media

log = logging.getLogger(__name__)

SIGNABLE = frozenset(
    {
        "image/png", "image/jpeg", "image/webp", "image/gif", "image/svg+xml", "application/pdf",
        "video/mp4", "audio/wav", "audio/mpeg",
    }
)  # fmt: skip
"""Media types whose files hold a manifest where every reader finds it."""
BESIDE = "c2pa"
"""The ending of a manifest that stands beside its file, behind the file's whole name."""
MOST_BESIDE = 50_000_000
"""Bytes of a file that gets one."""
MOST_INGREDIENTS = 4
_MOST_ADDED = 200_000
"""Bytes that a manifest may add; one whose ingredients bring more is written without them."""
_KINDS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
Where = Literal["own", "off"] | str


class Signing:
    """Signs for one installation, from any number of threads; what cannot be signed comes back as it was.

    Args:
        where: ``own`` for a key that is made once in ``folder``, ``off`` for none, else a file (PEM) with the
            owner's key and certificates.
        folder: the data folder.
    """

    def __init__(self, where: str, folder: Path) -> None:
        self._where = where
        self._folder = folder
        self._lock = threading.Lock()
        self._manifests: Manifests | None = None

    @property
    def manifests(self) -> Manifests:
        """What reads manifests, and takes this installation's own for its own."""
        with self._lock:
            if self._manifests is None:
                self._manifests = Manifests(self._credentials())
            return self._manifests

    def sign(self, data: bytes, media_type: str, title: str, made_of: Sequence[Ingredient] = ()) -> bytes:
        """``data`` with a manifest that says that an AI made it, out of ``made_of`` where there is any.

        As it was where the format holds none, signing is off, or the library is missing.
        """
        bare = media_type.partition(";")[0]
        if self._where == "off" or bare not in SIGNABLE:
            return data
        try:
            signed = self.manifests.sign(data, bare, manifest(title, made_of), made_of)
            if len(signed) - len(data) > _MOST_ADDED and made_of:
                signed = self.manifests.sign(data, bare, manifest(title, (), composite=True))
            return signed
        except Unavailable as error:
            if made_of:  # a file that was brought may be the reason
                return self.sign(data, media_type, title)
            log.warning("a file was stored without a signature: %s", error)
            return data

    def beside(self, data: bytes, media_type: str, title: str) -> bytes | None:
        """A manifest that says that an AI made ``data``, to stand beside it.

        None where the format holds one itself, nobody takes such a file away, or nothing is signed.
        """
        kind = media.of_type(media_type)
        if self._where == "off" or kind.name in SIGNABLE or not kind.taken_away or len(data) > MOST_BESIDE:
            return None
        try:
            return self.manifests.sign(data, kind.name, manifest(title, ()), beside=True)
        except Unavailable as error:
            log.warning("a file goes without a signature beside it: %s", error)
            return None

    @property
    def watermark_key(self) -> bytes | None:
        """What invisible marks are made with, out of the signing key; None where nothing is signed."""
        credentials = self.manifests.credentials
        return None if credentials is None else watermark_key(credentials.key)

    def close(self) -> None:
        """Let go of what signing needed."""
        with self._lock:
            if self._manifests is not None:
                self._manifests.close()

    def _credentials(self) -> keys.Credentials | None:
        if self._where == "off" or not installed():
            return None
        try:
            if self._where == "own":
                return keys.load(self._folder)
            return keys.parse(Path(self._where).expanduser().read_text("ascii"))
        except (OSError, ValueError, ImportError) as error:
            log.error("nothing is signed: no key can be had (%s)", error)
            return None


def watermark_key(secret: str) -> bytes:
    """The key of invisible marks, out of a text that the installation keeps to itself."""
    return hashlib.sha256(b"watermark\0" + secret.encode()).digest()


def manifest(title: str, made_of: Sequence[Ingredient], *, composite: bool = False) -> dict[str, Any]:
    """What is signed: how the content came to be, as actions, and nothing of who asked or in which words."""
    first: list[dict[str, Any]]
    if made_of:
        first = [
            {
                "action": "c2pa.opened" if one.relationship == "parentOf" else "c2pa.placed",
                "parameters": {"ingredientIds": [one.label]},
            }
            for one in made_of
        ]
        edited = {
            "action": "c2pa.edited",
            "digitalSourceType": f"{_KINDS}compositeWithTrainedAlgorithmicMedia",
        }
        actions = [first[0], edited, *first[1:]]
    else:
        kind = "compositeWithTrainedAlgorithmicMedia" if composite else "trainedAlgorithmicMedia"
        actions = [{"action": "c2pa.created", "digitalSourceType": _KINDS + kind}]
    return {
        "claim_generator_info": [{"name": PRODUCER}],
        "title": title,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
    }
