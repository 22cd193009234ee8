"""Every visitor's links: made, changed, listed and ended by the owner, opened by whoever has the token.

Knows the order of the steps, and where the files of a shared item lie. What a link shows is decided in
:mod:`sharing`. Knows nothing of pages. All methods may be called from any thread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from aigc_demo import provenance
from aigc_demo.history import bundles, records, sharing
from aigc_demo.history.errors import not_found
from aigc_demo.history.media import Media, Stored, job_key
from aigc_demo.history.sharing import Ancestor, Family, Share
from aigc_demo.history.taking import TakeAway
from aigc_demo.types import Job, Language, Output, UserError, media

MOST_CAPTION = 280
"""Characters of what a link's maker says with it."""
_MOST_PER_PAGE = 100


class Links:
    """The links of one store.

    Args:
        write: runs work in the writer's next transaction and gives back what it returns.
        soon: the same without waiting.
        reading: one consistent look at the database.
        place: where files lie.
        family: which parameters a job's model takes, which says what of a request is personal.
        sign: signs a file anew, by its name, whose labels were changed.
        taking: files as they are taken away.
    """

    def __init__(
        self,
        write: Callable[[Callable[[Connection], Any]], Any],
        soon: Callable[[Callable[[Connection], None]], Future[None]],
        reading: Callable[[], AbstractContextManager[Connection]],
        place: Media,
        family: Family,
        sign: Callable[[bytes, str], bytes],
        taking: TakeAway,
    ) -> None:
        self._write = write
        self._soon = soon
        self._reading = reading
        self._place = place
        self._family = family
        self._sign = sign
        self._taking = taking

    # -- the owner's ------------------------------------------------------------------------------

    def make(
        self,
        owner: str,
        job_id: str,
        *,
        show_prompt: bool,
        expires: datetime | None = None,
        caption: str = "",
    ) -> Share:
        """Make (or change) the one link by which anybody may read this finished job.

        Raises UserError 404 for what is not the owner's, 409 where there is nothing to share.
        """
        share: Share = self._write(
            lambda connection: sharing.share(
                connection, owner, job_id, show_prompt, expires, caption[:MOST_CAPTION]
            )
        )
        return share

    def change(self, owner: str, job_id: str, **values: Any) -> Share:
        """Set some of ``show_prompt``, ``expires`` and ``caption`` of a link that there is, else 404."""
        share: Share = self._write(lambda connection: sharing.change(connection, owner, job_id, **values))
        return share

    def end(self, owner: str, job_id: str) -> None:
        """End the link at once; nothing happens where there is none."""
        self._write(lambda connection: sharing.unshare(connection, owner, job_id))

    def of_job(self, owner: str, job_id: str) -> Share | None:
        """The link of the owner's job, None if there is none."""
        with self._reading() as connection:
            return sharing.of_job(connection, owner, job_id)

    def page(
        self, owner: str, *, cursor: str | None = None, limit: int = 30
    ) -> tuple[list[tuple[Share, Job]], str | None]:
        """The owner's links with what they open, newest item first, and the cursor of the older ones."""
        limit = max(1, min(limit, _MOST_PER_PAGE))
        with self._reading() as connection:
            found = sharing.of_owner(connection, owner, records.before(cursor), limit + 1)
        return found[:limit], found[limit - 1][1].id if len(found) > limit else None

    # -- everybody's ------------------------------------------------------------------------------

    def by_token(self, token: str) -> tuple[Job, Share]:
        """What a link shows: the job without its owner and, unless shown, without its words; else 404."""
        job, share = self._whole(token)
        return self.shown(job, share), share

    def shown(self, job: Job, share: Share) -> Job:
        """The job as this link of its shows it."""
        return sharing.as_shown(job, share, self._family(job))

    def ancestors(self, token: str) -> tuple[Ancestor, ...]:
        """What the shared job was made from, nearest first."""
        with self._reading() as connection:
            job, _ = sharing.by_token(connection, token)
            return sharing.ancestors(connection, job, self._family)

    def opened(self, token: str, by: str) -> None:
        """Count that somebody opened the link; its owner does not count."""
        self._soon(lambda connection: sharing.count_opening(connection, token, by))

    def as_it_lies(self, token: str, name: str) -> Stored | None:
        """Where a file of a shared job lies; None where it is shown otherwise, by :meth:`file`."""
        job, share = self._whole(token)
        return bundles.unpacked(self._place, job, name) if share.show_prompt else None

    def file(self, token: str, name: str) -> bytes:
        """A file of a shared job, without the wish in its metadata unless the owner shows that."""
        job, share = self._whole(token)
        return self.file_of(job, share, name)

    def taken(self, token: str, name: str, language: Language) -> Stored | None:
        """A file of a shared job as whoever opens the link takes it away; None where it has no such label."""
        return self.taken_of(*self._whole(token), name, language)

    def taken_of(self, job: Job, share: Share, name: str, language: Language) -> Stored | None:
        """The same for a job that is shared otherwise."""
        if not self._taking.bears(name):
            return None
        bare = not share.show_prompt
        return self._taking.copy(job, name, language, lambda: self.file_of(job, share, name), bare=bare)

    def file_of(self, job: Job, share: Share, name: str) -> bytes:
        """The same for a job that is shared otherwise.

        A file whose labels were changed is signed once and kept beside its item: two signatures differ, and a
        player asks for one part after another.
        """
        stored = bundles.unpacked(self._place, job, name)
        if share.show_prompt:
            return stored.path.read_bytes()
        key, (stem, _, ending) = job_key(job.id), name.rpartition(".")
        kept = f"{stem}.bare.{ending}"
        with contextlib.suppress(UserError):
            return self._place.find(key, kept).path.read_bytes()
        data = sharing.shown_bytes(stored, share)
        signed = self._sign(data, name)
        if signed != data:
            self._place.add(key, kept, signed)
        return signed

    def brought(self, token: str) -> tuple[str, dict[str, str | None]]:
        """Whose the item is, for the server, and what it was made from: None for what is kept back."""
        job, share = self._whole(token)
        return job.owner, sharing.brought(job, share, self._family(job))

    def picture(self, token: str, name: str, draw: Callable[[], bytes | None]) -> Stored:
        """A picture of a shared item for those who look at its link, drawn once and kept beside its files.

        ``name`` has two dots, so that it is no output's; ``draw`` gives bytes of the type that its ending
        says, or None: the one 404.
        """
        job, _ = self._whole(token)
        key = job_key(job.id)
        try:
            return self._place.find(key, name)
        except UserError:
            drawn = draw()
        if drawn is None:
            raise not_found()
        self._place.add(key, name, _marked(job, name, drawn))
        return self._place.find(key, name)

    # -- inside -----------------------------------------------------------------------------------

    def _whole(self, token: str) -> tuple[Job, Share]:
        with self._reading() as connection:
            return sharing.by_token(connection, token)


def _marked(job: Job, name: str, data: bytes) -> bytes:
    """The picture with the mark that an AI made it, and not a word of the request."""
    output = Output("image", name, media.of_file(name).name, data=data)
    metadata = provenance.Metadata(
        job_id=job.id, task=job.task, model=job.model, model_name=job.model, params={}, seed=None, created=""
    )
    return provenance.without_record(provenance.stamp(output, metadata).data)
