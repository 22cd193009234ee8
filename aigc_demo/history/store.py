"""The history: every job from wish to result, durable, and each visitor's own.

Knows the order of things: a row before the answer, files before the row that names them, the owner
in every question. Knows nothing of HTTP, pages, models or when a job is to run. All methods may be
called from any thread; they block for disk time only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from aigc_demo import catalog
from aigc_demo.history import bundles, classrooms, moving, records, removal, rows, upkeep, uploading
from aigc_demo.history.bucket import Bucket
from aigc_demo.history.classrooms import Classrooms
from aigc_demo.history.errors import as_user_error, told_at_start
from aigc_demo.history.explanations import Explanations
from aigc_demo.history.finishing import Finisher
from aigc_demo.history.ids import IdMaker, number_of
from aigc_demo.history.links import Links
from aigc_demo.history.looker import Looker
from aigc_demo.history.media import Stored
from aigc_demo.history.naming import Namer
from aigc_demo.history.opening import Live, Parts
from aigc_demo.history.pace import Pace
from aigc_demo.history.projects import Projects
from aigc_demo.history.receiving import Receiver
from aigc_demo.history.records import Page
from aigc_demo.history.retention import Caution
from aigc_demo.history.schema import jobs
from aigc_demo.history.signer import Signer
from aigc_demo.history.standing import Standing
from aigc_demo.history.taking import TakeAway
from aigc_demo.history.tokens import Tokens
from aigc_demo.history.uploading import Upload
from aigc_demo.settings import Settings
from aigc_demo.types import FINAL, Job, Language, Output, Params, Problem, Request, Status, UserError

T = TypeVar("T")

log = logging.getLogger(__name__)

_VISITOR_PATIENCE = 15.0
"""Seconds that somebody who waits for the answer is kept waiting for a locked database."""
_MOST_TITLE = 200


class History:
    """Everything the server remembers. Made by :meth:`open`, given back by :meth:`close`."""

    def __init__(self, settings: Settings, parts: Parts, live: Live) -> None:
        """Use :meth:`open`."""
        self._settings = settings
        self.catalog = catalog.of(settings)
        self._namer = Namer(self.catalog)
        self._standing = Standing(settings, parts, live)
        self._media = parts.media
        self._writer = self._standing.writer
        self.signer = Signer(settings, self._reading, self._media, self._family)
        self.looker = Looker(settings.policy)
        self._finish = Finisher(
            self._writer, self._media, self._namer, self.signer.sign, settings.policy, self._check_picture
        )
        self._removals = self._standing.removals
        self.caps = uploading.caps(settings)
        """How much of uploads is kept."""
        self._receive = Receiver(self._write, self._media, self.caps, self._removals.uploads)
        self._caution = Caution()
        with self._reading() as connection:
            self._new_id = IdMaker(connection.scalar(select(func.max(jobs.c.number))) or 0)
        self.tokens = Tokens(self._write, self._soon, self._reading, self._new_id)
        self.taking = TakeAway(
            self._media,
            self.signer.changed,
            lambda: self.signer.signing.watermark_key,
            labels=settings.visible_label,
        )
        self.links = Links(
            self._write,
            self._soon,
            self._reading,
            self._media,
            self._family,
            self.signer.changed,
            self.taking,
        )
        self.explanations = Explanations(self._write, self._reading, self._new_id, self._media)
        self.projects = Projects(self._write, self._reading, self._new_id)
        self.classrooms = Classrooms(self._write, self._reading, self._new_id)

    @classmethod
    def open(cls, settings: Settings, *, pace: Pace | None = None, bucket: Bucket | None = None) -> Self:
        """Lock the data folder, check and update the database, sweep what a crash left, and stand ready.

        With a bucket its newest snapshot is gone on with; while another server holds its lease, nothing is
        written. ``bucket`` stands in for that of the settings.

        Raises UserError ``data_in_use`` (with the holder's ``pid``) for a second server on one folder,
        ``data_damaged`` where a broken database holds nothing that can be saved, ``read_only``, ``disk_full``
        or ``store_failed`` for a folder that cannot be used, and for a bucket ``data_on_bucket``,
        ``bucket_gone``, ``bucket_newer`` or ``bucket_damaged``.
        """
        with told_at_start(settings.data), ExitStack() as undo:
            parts = Parts(settings, pace or Pace(), bucket, undo)
            live = parts.first()
            undo.callback(live.db.close)
            history = cls(settings, parts, live)
            undo.callback(history._writer.close)
            history._standing.begin(history.purge)
            undo.pop_all()
        history._standing.follow_bucket()
        return history

    def close(self) -> None:
        """Write what is queued, close the database, give the folder back."""
        self._standing.close()
        self.taking.close()
        self.signer.close()
        self.looker.close()

    def _check_picture(self, job: Job, picture: bytes) -> None:
        """Raise UserError for a picture that is not kept; our own painters know nothing of the kind."""
        spec = self.catalog.find(job.task, job.model)
        if spec is None or spec.tier == "hub":
            self.looker.check_made(picture)

    @property
    def writes(self) -> bool:
        """Whether this server writes; else another does, and this one shows what that one wrote."""
        return self._standing.writes

    @property
    def passing(self) -> bool:
        """Whether all of it is lost at the next restart."""
        return self._standing.passing

    @property
    def notice(self) -> Problem | None:
        """What the visitors should be told about the history as a whole; else None."""
        return self._standing.notice

    def when_taken_over(self, call: Callable[[], None]) -> None:
        """``call`` when this server, which only showed what another wrote, begins to write itself."""
        self._standing.on_taken_over = call

    # -- a visitor's own --------------------------------------------------------------------------

    def create(self, request: Request) -> Job:
        """Keep a wish as a queued job; when this returns, a power cut cannot lose it."""
        job_id = self._new_id()
        row = rows.new_row(number_of(job_id), job_id, request)
        used = uploading.ids_in(request.params)
        return self._write(lambda connection: records.add(connection, self._namer, row, used))

    def adopt(
        self,
        request: Request,
        outputs: Sequence[Output],
        *,
        status: Status,
        created: datetime,
        bundle: bundles.OutputBundle | None = None,
        size: int = 0,
        seconds: float | None = None,
        load_seconds: float | None = None,
        title: str = "",
        titled: bool = False,
        starred: bool = False,
        uploads: Collection[str] = (),
    ) -> Job:
        """Keep what another installation made: a job that has ended already, with its own date.

        ``outputs`` are labelled; a ``bundle`` in their place is stored as it is. ``size`` are the bytes of
        its files, which count among what its owner brings in; ``uploads`` of the owner's it was made from.
        Raises as :meth:`check_room` and
        :meth:`finish`.
        """
        job_id = self._new_id()
        row = rows.new_row(number_of(job_id), job_id, request)
        row |= {"status": "loading", "created": rows.micros(created.astimezone(UTC)), "imported": size}
        row |= {"title": rows.one_line(rows.storable(title)), "titled": titled, "starred": starred}
        free = self._media.free_bytes()

        def add(connection: Connection) -> None:
            uploading.check_room(connection, owner=request.owner, size=size, caps=self.caps, free=free)
            records.add(connection, self._namer, row, uploads)

        self._write(add)
        values = {"seconds": seconds, "load_seconds": load_seconds, "problem": None, "reference": None}
        try:
            return self._finish(job_id, status, outputs, values, bundle)
        except BaseException:
            self.discard(request.owner, [job_id])
            raise

    def check_room(self, owner: str, size: int) -> None:
        """Raise UserError 413 or 507 unless so many bytes more may be brought in by the owner."""
        free = self._media.free_bytes()
        with self._reading() as connection:
            uploading.check_room(connection, owner=owner, size=size, caps=self.caps, free=free)

    def discard(self, owner: str, job_ids: Sequence[str]) -> None:
        """Remove for good, at once, jobs of the owner's that came in with one that could not be kept."""
        if job_ids:
            self._write(lambda connection: removal.begin_discarding(connection, owner, job_ids))
            self._removals()

    def ended(self, owner: str, job_ids: Sequence[str] | None = None) -> tuple[list[str], int]:
        """Ids of the owner's items that have ended, newest first, and the bytes of their files; else 404."""
        with self._reading() as connection:
            return upkeep.ended(connection, owner, job_ids)

    def get(self, owner: str, job_id: str) -> Job:
        """The owner's job; UserError ``not_found`` (404) alike for unknown, deleted and another's."""
        with self._reading() as connection:
            return records.fetch(connection, owner, job_id)

    def page(
        self,
        owner: str,
        *,
        query: str = "",
        task: str | Sequence[str] = (),
        starred: bool | None = None,
        status: Status | None = None,
        cursor: str | None = None,
        limit: int = 30,
    ) -> Page:
        """The owner's jobs, newest first, ``limit`` (1..100) at a time; of one ``task``, or of several.

        ``query`` finds words in prompt, title and made text: where a word begins, in Chinese anywhere.
        """
        with self._reading() as connection:
            return records.page(
                connection,
                owner,
                query=query,
                before=records.before(cursor),
                limit=limit,
                tasks=(task,) if isinstance(task, str) else task,
                status=status,
                starred=starred,
            )

    def active(self, owner: str) -> tuple[Job, ...]:
        """The owner's queued, loading and running jobs, oldest first."""
        with self._reading() as connection:
            return tuple(records.active(connection, owner))

    def patch(self, owner: str, job_id: str, *, title: str | None = None, starred: bool | None = None) -> Job:
        """Change title (an empty one brings back what the job is called by itself) or star."""
        if title is not None and len(title) > _MOST_TITLE:
            raise UserError("title_too_long", "error.title_too_long", field="title", limit=_MOST_TITLE)

        def change(connection: Connection) -> Job:
            values: dict[str, Any] = {}
            if title is not None:
                job = records.fetch(connection, owner, job_id)
                own = rows.one_line(rows.storable(title))
                values |= {"title": own or self._namer(connection, job).title, "titled": bool(own)}
            if starred is not None:
                values["starred"] = starred
            if not values:
                return records.fetch(connection, owner, job_id)
            return records.change(connection, self._namer, owner, job_id, **values)

        return self._write(change)

    def star(self, owner: str, job_ids: Sequence[str], *, starred: bool) -> int:
        """Give jobs a star or take it away, all or (if one is not the owner's) none; how many."""
        return self._write(lambda connection: records.star(connection, owner, job_ids, starred=starred))

    def file(self, owner: str, job_id: str, name: str) -> Stored:
        """A stored file of the owner's job: an output, its thumbnail or its side-car.

        Raises ``not_found`` for what is not the owner's or was never there, ``file_missing`` for a
        file that vanished behind our back.
        """
        return bundles.unpacked(self._media, self.get(owner, job_id), name)

    def taken(self, owner: str, job_id: str, name: str, language: Language) -> Stored:
        """An output as its owner takes it away, with the label that people see; else as :meth:`file`."""
        stored = self.file(owner, job_id, name)
        job = self.get(owner, job_id)
        if not self.taking.bears(name) or name not in {output.name for output in job.outputs}:
            return stored
        return self.taking.copy(job, name, language, stored.path.read_bytes) or stored

    def delete(self, owner: str, job_ids: Sequence[str]) -> int:
        """Put jobs out of sight, all or (if one is not the owner's) none; how many. Ends their shares."""
        return self._write(lambda connection: removal.hide(connection, owner, job_ids))

    def restore(self, owner: str, job_ids: Sequence[str]) -> int:
        """Undo :meth:`delete` while :meth:`purge` has not come by; how many came back."""
        return self._write(lambda connection: removal.show_again(connection, owner, job_ids))

    def clear(self, owner: str) -> None:
        """Forget this visitor: rows, files, uploads, shares, tokens, words, also from the bytes on disk."""
        self._write(lambda connection: removal.begin_forgetting(connection, owner))
        self._removals()
        self._standing.forgotten()

    def move(self, owner: str, to: str) -> int:
        """Give all that is ``owner``'s to another, who signed in; how many jobs."""
        return self._write(lambda connection: moving.move(connection, owner, to))

    def end_classroom(self, room_id: str) -> int:
        """Take a room away for good, with all that was made in it, also from the bytes on disk.

        How many rows of it are left: 0 is the proof.
        """

        def work(connection: Connection) -> None:
            for owner in classrooms.erase(connection, room_id):
                removal.begin_forgetting(connection, owner)

        self._write(work)
        self._removals()
        self._standing.forgotten()
        return self.classrooms.left(room_id)

    def put_upload(self, owner: str, name: str, media_type: str, data: bytes) -> str:
        """Keep a visitor's file until the last job that names it goes, or for a day; its id.

        ``name`` is only shown, never a path. Raises UserError 413 or 507 where the room is used up.
        """
        upload_id = self._new_id()
        self._receive.put(upload_id, owner, name, media_type, data)
        return upload_id

    def get_upload(self, owner: str, upload_id: str) -> Upload:
        """Name, media type and path of the owner's upload; 404 as for jobs."""
        with self._reading() as connection:
            return uploading.find(connection, self._media, owner, upload_id)

    def delete_upload(self, owner: str, upload_id: str) -> None:
        """Remove the owner's upload for good; 404 as for jobs, 409 while an unfinished job needs it."""
        self._receive.delete(owner, upload_id)
        upkeep.scrub(self._writer, words=False)

    def kept(self, owner: str) -> upkeep.Kept:
        """How much the owner keeps."""
        with self._reading() as connection:
            return upkeep.kept(connection, owner)

    # -- the server's own verbs --------------------------------------------------------------------

    def job(self, job_id: str) -> Job:
        """Anybody's job; for the server, never for an answer to a visitor."""
        with self._reading() as connection:
            return records.fetch_any_owner(connection, job_id)

    def waiting(self) -> tuple[Job, ...]:
        """Everybody's queued jobs, oldest first."""
        with self._reading() as connection:
            return tuple(records.waiting_for_house(connection))

    def start(self, job_id: str) -> Future[None]:
        """Queued to loading: an attempt begins. Written soon; the future tells when, or why not."""
        return self._soon(lambda connection: records.start(connection, job_id))

    def mark(self, job_id: str, status: Status, *, load_seconds: float | None = None) -> Future[None]:
        """Bring a job to ``loading``, ``running`` or back to ``queued``, without waiting for the disk.

        The future holds :class:`IllegalMove` where the state machine has no such arrow. Final states
        are reached through :meth:`finish` alone.
        """
        if status in FINAL:
            raise ValueError(f"a job becomes {status} through finish() only")
        values = {} if load_seconds is None else {"load_seconds": load_seconds}
        return self._soon(lambda connection: records.move(connection, job_id, status, **values))

    def put_back(self, job_id: str) -> None:
        """Loading or running to queued without counting the attempt: the server is closing in order."""
        self._writer.call(lambda connection: records.put_back(connection, job_id))

    def finish(
        self,
        job_id: str,
        status: Status,
        outputs: Sequence[Output] = (),
        *,
        seconds: float | None = None,
        load_seconds: float | None = None,
        problem: Problem | None = None,
        reference: str | None = None,
    ) -> Job:
        """Bring a job to its end: label and store the files, then write the row that names them.

        Partial outputs of a failed or cancelled job are kept alike. If storing fails, the job is
        failed with that problem where a row can still be written, no file is left, and UserError
        (``disk_full``, ``store_failed``, ``label_failed``) is raised; :class:`IllegalMove` if the
        job has ended already.
        """
        if status not in FINAL:
            raise ValueError(f"{status} is not an end")
        values: dict[str, Any] = {
            "seconds": seconds,
            "problem": rows.problem_row(problem),
            "reference": reference,
        }
        if load_seconds is not None:
            values["load_seconds"] = load_seconds
        return self._finish(job_id, status, outputs, values)

    def recover(self) -> None:
        """After a crash: what was under way is queued again, once; what fell twice has failed."""
        self._writer.call(records.recover)

    def purge(self, older_than_seconds: float = 3600.0, *, sure: bool = False) -> int:
        """Really remove what was deleted that long ago, and what outlived its retention; how many jobs.

        Runs by itself every ten minutes, so that an undo is possible for an hour. Uploads go with the last
        job that names them, unused ones after a day. Unless the caller is ``sure``, retention takes most of
        the history only if it would have an hour ago as well.
        """
        days = self._settings.retention_days
        if days is not None and not sure:
            with self._reading() as connection:
                due = removal.past_their_days(connection, days)
            days = days if self._caution.allows(*due) else None
        for room_id in self.classrooms.due():
            self.end_classroom(room_id)
        return upkeep.purge(self._writer, self._removals, older_than_seconds, days)

    def stats(self) -> dict[str, int]:
        """Counts for the metrics: jobs by state, outputs, uploads, shares, bytes, the writer's work."""
        with self._reading() as connection:
            counts = upkeep.counts(connection)
        own = {"database_bytes": self._standing.db.size(), "free_bytes": self._media.free_bytes() or 0}
        work = {"writer_waiting": self._writer.depth, "commits": self._writer.commits}
        return counts | own | work | {"lock_retries": self._writer.retries} | self._standing.work()

    def ready(self) -> None:
        """Return if a row can be written and read and the disk has room; else raise UserError (503)."""
        upkeep.prove_ready(self._writer, self._reading, self._media)

    # -- inside -----------------------------------------------------------------------------------

    def _family(self, job: Job) -> type[Params] | None:
        spec = self.catalog.find(job.task, job.model)
        return None if spec is None else spec.params

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """One consistent look at the database; its faults become a visitor's sentences."""
        try:
            with self._standing.db.reading.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            log.warning("read failed: %s", str(error).splitlines()[0])
            raise as_user_error(error) from error

    def _write(self, work: Callable[[Connection], T]) -> T:
        return self._writer.call(work, patience=_VISITOR_PATIENCE)

    def _soon(self, work: Callable[[Connection], None]) -> Future[None]:
        future = self._writer.submit(work)
        future.add_done_callback(_log_failure)
        return future


def _log_failure(future: Future[None]) -> None:
    if (error := future.exception()) is not None:
        log.warning("a change of state was not kept: %s", error)
