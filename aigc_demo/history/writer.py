"""The one thread that writes to the database; whoever waits at the same moment shares a commit.

Knows queueing, transactions, retries and group commit: an fsync costs the same for one row as for
two hundred. Knows nothing of tables.
"""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError

from aigc_demo.history import postgres
from aigc_demo.history.database import ALONE
from aigc_demo.history.errors import as_user_error, busy, is_locked
from aigc_demo.types import UserError

log = logging.getLogger(__name__)

T = TypeVar("T")

_MOST_PER_COMMIT = 256
_MOST_PENDING = 1024
_RETRY_SECONDS = 0.05


@dataclass
class _Item:
    """One piece of work. It may run twice, so it touches nothing but the connection it is given."""

    work: Callable[[Connection], Any]
    deadline: float
    alone: bool = False
    quiet: bool = False
    future: Future[Any] = field(default_factory=Future)

    def fail(self, error: BaseException) -> None:
        if isinstance(error, OSError | DatabaseError):
            log.warning("write failed: %s", str(error).splitlines()[0])
            error = as_user_error(error)
        self.future.set_exception(error)


class Writer:
    """Runs work in order, many pieces to a transaction.

    If one of them fails, all are run again with a savepoint each (failures are rare, savepoints are
    not free); if the database itself fails, one by one, so that small work passes where large cannot.
    A future is done only after the commit that holds its work has reached the disk. A database server that
    goes away is waited for; a commit it may have made before is neither lost nor made twice.
    """

    def __init__(self, engine: Engine, *, capacity: int = 2000) -> None:
        """Start the thread. ``engine`` begins IMMEDIATE transactions; ``capacity`` bounds the queue."""
        self._engine = engine
        self._queue: queue.Queue[_Item | None] = queue.Queue(capacity)
        self._closed = False
        self._ended = False
        self._careful = 0  # how many of the next pieces get a savepoint each
        self._singly = 0  # how many of the next pieces get a transaction each
        self._gate = threading.Lock()
        self.commits = 0
        self.changes = 0
        """Counts up with every commit that may have changed something worth keeping."""
        self.refusal: UserError | None = None
        """Why nothing may be written for the time being; None where it may."""
        self.exempt: int | None = None
        """The one thread, by its identifier, that may write all the same."""
        self.retries = 0
        self._thread = threading.Thread(target=self._run, name="history-writer", daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """How many pieces of work wait."""
        return self._queue.qsize()

    def submit(
        self,
        work: Callable[[Connection], T],
        *,
        patience: float = 600.0,
        alone: bool = False,
        quiet: bool = False,
    ) -> Future[T]:
        """Queue ``work``; the future holds its result once that is durable.

        ``patience`` is how many seconds a locked database is waited for. ``alone`` work runs outside
        a transaction (PRAGMA, VACUUM); ``quiet`` work changes nothing worth keeping. The future holds
        :attr:`refusal` where there is one. Raises UserError ``store_busy`` when the queue stays full.
        """
        future: Future[T] = Future()
        if self.refusal is not None and threading.get_ident() != self.exempt:
            future.set_exception(self.refusal)
            return future
        item = _Item(work, time.monotonic() + patience, alone, quiet, future)
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

    def use(self, engine: Engine) -> None:
        """Write to another database from the next transaction on."""
        self._engine = engine

    def close(self) -> None:
        """Finish what is queued, then stop. Safe to call twice."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    # -- the thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        pending: list[_Item] = []
        while self._gather(pending):
            try:
                self._turn(pending)
            except BaseException as error:  # nothing may leave a caller waiting for ever
                log.exception("the writer stumbled")
                for item in pending:
                    if not item.future.done():
                        item.fail(error)
                pending.clear()

    def _gather(self, pending: list[_Item]) -> bool:
        """Add to ``pending`` what waits, wait for something if it is empty; False at the very end."""
        while not self._ended and len(pending) < _MOST_PENDING:
            try:
                item = self._queue.get(block=not pending)
            except queue.Empty:
                break
            if item is None:
                self._ended = True
            else:
                pending.append(item)
        return bool(pending)

    def _turn(self, pending: list[_Item]) -> None:
        """One transaction with the first of ``pending``; what is settled leaves the list."""
        count = self._how_many(pending)
        try:
            outcomes = self._attempt(pending[:count])
        except _InDoubtError as doubt:
            if not self._got_through(doubt.transaction, pending[:count]):
                pending[:] = [item for item in pending if not item.future.done()]
                return
            outcomes = doubt.outcomes
        except Exception as error:
            if is_locked(error):
                self.retries += 1
                _drop_late(pending)
                time.sleep(_RETRY_SECONDS)
                return
            if count > 1:  # one of them may be the cause: let the others through
                if self._careful:
                    self._singly = count
                self._careful = count
                return
            outcomes = [(None, error)]
        for item, (value, problem) in zip(pending[:count], outcomes, strict=True):
            if item.future.done():  # told in the meantime that it takes too long
                continue
            if problem is None:
                item.future.set_result(value)
            else:
                item.fail(problem)
        del pending[:count]
        self._careful = max(0, self._careful - count)
        self._singly = max(0, self._singly - count)

    def _how_many(self, pending: list[_Item]) -> int:
        """How many of ``pending`` share the next transaction: up to one that must run alone."""
        if self._singly or pending[0].alone:
            return 1
        most = self._careful or _MOST_PER_COMMIT
        together = itertools.takewhile(lambda item: not item.alone, pending[:most])
        return sum(1 for _ in together)

    def _attempt(self, items: list[_Item]) -> list[tuple[Any, Exception | None]]:
        if items[0].alone:
            with self._engine.connect() as connection:
                return [(items[0].work(connection.execution_options(**{ALONE: True})), None)]
        transaction: str | None = None
        try:
            with self._engine.begin() as connection:
                if self._careful and len(items) > 1:
                    outcomes = [_in_savepoint(connection, item) for item in items]
                else:
                    outcomes = [(item.work(connection), None) for item in items]
                transaction = postgres.transaction(connection)
        except DatabaseError as error:
            if transaction is None or not postgres.is_lost(error):
                raise
            raise _InDoubtError(transaction, outcomes) from error
        self.commits += 1
        self.changes += any(not item.quiet for item in items)
        return outcomes

    def _got_through(self, transaction: str, items: list[_Item]) -> bool:
        """Whether the server had committed before it was lost: asked until it answers, or nobody waits."""
        while not all(item.future.done() for item in items):
            try:
                known = postgres.committed(self._engine, transaction)
            except DatabaseError as error:
                if not is_locked(error):
                    raise
                known = None
            if known is not None:
                return known
            self.retries += 1
            time.sleep(_RETRY_SECONDS)
            _drop_late(list(items))
        return False


class _InDoubtError(Exception):
    """The connection broke at the commit: it may have got through all the same."""

    def __init__(self, transaction: str, outcomes: list[tuple[Any, Exception | None]]) -> None:
        super().__init__(transaction)
        self.transaction = transaction
        self.outcomes = outcomes


def _drop_late(pending: list[_Item]) -> None:
    now = time.monotonic()
    for item in pending:
        if item.deadline <= now and not item.future.done():
            item.fail(busy())
    pending[:] = [item for item in pending if item.deadline > now]


def _in_savepoint(connection: Connection, item: _Item) -> tuple[Any, Exception | None]:
    """The result, or what this work alone did wrong; faults of the database itself are raised.

    After such a fault (a full disk) SQLite has already taken the whole transaction back.
    """
    savepoint = connection.begin_nested()
    try:
        value = item.work(connection)
    except (IntegrityError, DataError) as error:
        savepoint.rollback()
        return None, error
    except DatabaseError:
        raise
    except Exception as error:
        savepoint.rollback()
        return None, error
    savepoint.commit()
    return value, None
