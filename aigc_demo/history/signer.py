"""The signature on what a job made: the last step before its files are stored.

Knows which files a job was made from, and that their names are the owner's own affair: in a manifest they are
called as the parameter is. Knows neither keys nor formats.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from sqlalchemy import Connection

from aigc_demo.history import bundles, records, uploading
from aigc_demo.history.ids import is_id
from aigc_demo.history.media import Media
from aigc_demo.history.sharing import Family
from aigc_demo.provenance.manifests import Ingredient
from aigc_demo.provenance.signing import MOST_INGREDIENTS, SIGNABLE, Signing
from aigc_demo.settings import Settings
from aigc_demo.types import Job, UserError, media

_MOST_BYTES = 10_000_000


class Signer:
    """Signs the files of one store.

    Args:
        settings: where the key is.
        reading: one consistent look at the database.
        place: where files lie.
        family: which parameters a job's model takes.
    """

    def __init__(
        self,
        settings: Settings,
        reading: Callable[[], AbstractContextManager[Connection]],
        place: Media,
        family: Family,
    ) -> None:
        self.signing = Signing(settings.signing, settings.data)
        self._reading = reading
        self._place = place
        self._family = family

    def sign(self, job: Job, bundle: bundles.OutputBundle) -> None:
        """Sign every output of a bundle in place; side-cars and thumbnails go without."""
        if not any(output.media_type.partition(";")[0] in SIGNABLE for output, _ in bundle.stored):
            return
        made_of = self._made_of(job)
        for place, (output, _) in enumerate(bundle.stored):
            data = self.signing.sign(bundle.files[output.name], output.media_type, output.name, made_of)
            if data is not bundle.files[output.name]:
                bundle.files[output.name] = data
                told = replace(output, size=len(data))
                bundle.stored[place] = (told, hashlib.sha256(data).hexdigest())

    def changed(self, data: bytes, name: str) -> bytes:
        """A file whose labels were changed for a link, signed anew; what it was made from is not named."""
        return self.signing.sign(data, media.of_file(name).name, name)

    def close(self) -> None:
        """Let go of what signing needed."""
        self.signing.close()

    def _made_of(self, job: Job) -> list[Ingredient]:
        family = self._family(job)
        found: list[Ingredient] = []
        for name in family.file_fields() if family is not None else ():
            reference = job.params.get(name)
            if not isinstance(reference, str) or not reference or len(found) == MOST_INGREDIENTS:
                continue
            try:
                data, media_type = self._brought(job.owner, reference)
            except (OSError, UserError):
                continue
            if media_type in SIGNABLE and len(data) <= _MOST_BYTES:
                relation = "componentOf" if found else "parentOf"
                found.append(Ingredient(data, media_type, name, relation))
        return found

    def _brought(self, owner: str, reference: str) -> tuple[bytes, str]:
        job_id, slash, name = reference.partition("/")
        with self._reading() as connection:
            if not slash:
                upload = uploading.find(connection, self._place, owner, reference)
                return upload.path.read_bytes(), upload.media_type
            source = records.fetch(connection, owner, job_id if is_id(job_id) else "")
        return bundles.unpacked(self._place, source, name).path.read_bytes(), media.of_file(name).name
