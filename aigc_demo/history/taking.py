"""Files as they are taken away: with the label that people see or hear, in the reader's language.

Knows that such a copy is made when somebody first takes it, and then lies beside its item until that goes:
two dots in its name keep it apart from every output. Knows neither pixels nor keys.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from aigc_demo import i18n, provenance
from aigc_demo.history.media import Media, Stored, job_key
from aigc_demo.provenance import visible_worker
from aigc_demo.provenance.helper import Helper, Unavailable
from aigc_demo.types import Job, Language, UserError, media

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds that a label may take: a clip is encoded again."""
PATIENCE_TO_LOOK = 8.0
BEARING = frozenset(
    {
        "image/png", "image/jpeg", "image/webp", "image/gif", "image/svg+xml", "video/mp4", "video/webm",
        "audio/wav", "audio/ogg", "audio/mpeg", "audio/midi", "text/vnd.abc", "text/plain", "text/markdown",
        "application/vnd.recordare.musicxml+xml",
    }
)  # fmt: skip
"""Media types that bear such a label; a PDF of a score has its line from the start."""
LOOKED_INTO = frozenset({"image/png", "image/jpeg", "image/webp"})
"""Media types of pictures that are marked invisibly too."""


class TakeAway:
    """Copies to be taken away, of one store.

    Args:
        place: where files lie.
        sign: signs a file anew, by its name.
        key: what invisible marks are made with, None where there are none.
        labels: whether there is such a label at all, as the owner set it.
    """

    def __init__(
        self,
        place: Media,
        sign: Callable[[bytes, str], bytes],
        key: Callable[[], bytes | None],
        *,
        labels: bool,
    ) -> None:
        self._place = place
        self._sign = sign
        self._key = key
        self._labels = labels
        self._helper, self._looker = (Helper(Path(visible_worker.__file__)) for _ in range(2))

    def bears(self, name: str) -> bool:
        """Whether a file of this name is labelled when it is taken away."""
        return self._labels and media.of_file(name).name in BEARING

    def copy(
        self, job: Job, name: str, language: Language, read: Callable[[], bytes], *, bare: bool = False
    ) -> Stored | None:
        """The copy of an output, made of what ``read`` gives; ``bare`` where that is without words.

        None where none can be made: then the file is handed out as it is.
        """
        key, (stem, _, ending) = job_key(job.id), name.rpartition(".")
        kept = f"{stem}.{language}{'bare' if bare else ''}.{ending}"
        try:
            return self._place.find(key, kept)
        except UserError:
            pass
        data = read()
        kind = media.of_file(name).name
        try:
            labelled = self._labelled(data, kind, language)
            copied = self._sign(provenance.with_labels_of(labelled, data, kind), name)
        except (Unavailable, ValueError, IndexError, OverflowError) as error:
            log.warning("a file is handed out without the label that people see: %s", error)
            return None
        self._place.add(key, kept, copied)
        return self._place.find(key, kept)

    def likeness(self, data: bytes, media_type: str) -> float | None:
        """How surely a picture bears this installation's invisible mark, in standard deviations.

        None where it cannot be told: it is no picture, or one that cannot be read, or there is no key.
        """
        key = self._key() if media_type in LOOKED_INTO else None
        if key is None:
            return None
        try:
            told, _ = self._looker.ask(PATIENCE_TO_LOOK, {"look": True, "key": key.hex()}, data)
        except Unavailable:
            return None
        found = told.get("likeness")
        return found if isinstance(found, float) else None

    def close(self) -> None:
        """Let go of what labels needed."""
        self._helper.close()
        self._looker.close()

    def _labelled(self, data: bytes, media_type: str, language: Language) -> bytes:
        mark, line = i18n.t("share.made_by_ai_short", language), i18n.t("share.made_by_ai", language)
        key = self._key() if media_type in LOOKED_INTO else None
        asked = {"media_type": media_type, "mark": mark, "line": line, "key": key.hex() if key else None}
        told, blobs = self._helper.ask(PATIENCE, asked, data)
        if "error" in told or not blobs:
            raise Unavailable(f"{told.get('error')}: {told.get('message')}")
        return blobs[0]
