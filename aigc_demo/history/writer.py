"""The one thread that writes to the database; whoever waits at the same moment shares a commit.

Knows queueing, transactions, retries and group commit: an fsync costs the same for one row as for
two hundred. Knows nothing of tables.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError

from aigc_demo.history.database import ALONE
from aigc_demo.history.errors import as_user_error, busy, is_locked
from aigc_demo.types import UserError

log = logging.getLogger(__name__)

T = TypeVar("T")

_MOST_PER_COMMIT = 256
_RETRY_SECONDS = 0.05


@dataclass
class _Item:
    """One piece of work. It may run twice, so it touches nothing but the connection it is given."""

    work: Callable[[Connection], Any]
    deadline: float
    alone: bool = False
    future: Future[Any] = field(default_factory=Future)

    def fail(self, error: BaseException) -> None:
        if isinstance(error, OSError | DatabaseError):
            log.warning("write failed: %s", str(error).splitlines()[0])
            error = as_user_error(error)
        self.future.set_exception(error)


class Writer:
    """Runs work in order, each in a savepoint of its own, many to a transaction.

    A future is done only after the commit that holds its work has reached the disk.
    """

    def __init__(self, engine: Engine, *, capacity: int = 2000) -> None:
        """Start the thread. ``engine`` begins IMMEDIATE transactions; ``capacity`` bounds the queue."""
        self._engine = engine
        self._queue: queue.Queue[_Item | None] = queue.Queue(capacity)
        self._closed = False
        self._gate = threading.Lock()
        self.commits = 0
        self.retries = 0
        self._thread = threading.Thread(target=self._run, name="history-writer", daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """How many pieces of work wait."""
        return self._queue.qsize()

    def submit(
        self, work: Callable[[Connection], T], *, patience: float = 600.0, alone: bool = False
    ) -> Future[T]:
        """Queue ``work``; the future holds its result once that is durable.

        ``patience`` is how many seconds a locked database is waited for. ``alone`` work runs outside
        a transaction (PRAGMA, VACUUM). Raises UserError ``store_busy`` when the queue stays full.
        """
        future: Future[T] = Future()
        item = _Item(work, time.monotonic() + patience, alone, future)
        with self._gate:
            if self._closed:
                raise UserError("shutting_down", "error.shutting_down", status=503, retry_after=10)
            try:
                self._queue.put(item, timeout=min(patience, 30.0))
            except queue.Full:
                raise busy() from None
        return future

    def call(self, work: Callable[[Connection], T], *, patience: float = 600.0, alone: bool = False) -> T:
        """:meth:`submit` and wait for the result."""
        return self.submit(work, patience=patience, alone=alone).result()

    def close(self) -> None:
        """Finish what is queued, then stop. Safe to call twice."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    # -- the thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            batch, last = self._gather(item)
            try:
                self._write_all(batch)
            except BaseException as error:  # nothing may leave a caller waiting for ever
                log.exception("the writer stumbled")
                for waiting in batch:
                    if not waiting.future.done():
                        waiting.fail(error)
            if last:
                return

    def _gather(self, first: _Item) -> tuple[list[_Item], bool]:
        """``first`` and whatever else waits already; True if the end of the queue is among it."""
        batch = [first]
        while len(batch) < _MOST_PER_COMMIT:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                return batch, True
            batch.append(item)
        return batch, False

    def _write_all(self, batch: Sequence[_Item]) -> None:
        """Write in order; what must run alone parts its neighbours into two commits."""
        together: list[_Item] = []
        for item in batch:
            if item.alone:
                self._write(together)
                together = []
                self._write([item])
            else:
                together.append(item)
        self._write(together)

    def _write(self, items: list[_Item]) -> None:
        while items:
            try:
                outcomes = self._attempt(items)
            except Exception as error:
                if is_locked(error):
                    self.retries += 1
                    items = self._drop_late(items)
                    time.sleep(_RETRY_SECONDS)
                elif len(items) > 1:  # one of them may be the cause: let the others through
                    for item in items:
                        self._write([item])
                    return
                else:
                    items[0].fail(error)
                    return
            else:
                for item, (value, problem) in zip(items, outcomes, strict=True):
                    if problem is None:
                        item.future.set_result(value)
                    else:
                        item.fail(problem)
                return

    def _attempt(self, items: list[_Item]) -> list[tuple[Any, Exception | None]]:
        if items[0].alone:
            with self._engine.connect() as connection:
                return [(items[0].work(connection.execution_options(**{ALONE: True})), None)]
        with self._engine.begin() as connection:
            outcomes = [_run_one(connection, item) for item in items]
        self.commits += 1
        return outcomes

    @staticmethod
    def _drop_late(items: list[_Item]) -> list[_Item]:
        now = time.monotonic()
        for item in items:
            if item.deadline <= now:
                item.fail(busy())
        return [item for item in items if item.deadline > now]


def _run_one(connection: Connection, item: _Item) -> tuple[Any, Exception | None]:
    """The result, or what this work alone did wrong; faults of the database itself are raised."""
    try:
        with connection.begin_nested():
            return item.work(connection), None
    except (IntegrityError, DataError) as error:
        return None, error
    except DatabaseError:
        raise
    except Exception as error:
        return None, error
