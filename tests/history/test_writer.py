"""The one writer: order kept, commits shared, and one faulty piece of work harms no other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from aigc_demo.history import History, database
from aigc_demo.history.writer import Writer
from aigc_demo.settings import Settings
from aigc_demo.types import UserError
from tests.history.making import submission


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    db = database.connect(Settings(data_dir=tmp_path))
    writer = Writer(db.writing)
    writer.call(lambda c: c.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)")))
    yield writer
    writer.close()
    db.close()


def _insert(number: int) -> object:
    def work(connection: Connection) -> int:
        connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
        return number

    return work


def _all(connection: Connection) -> list[int]:
    return list(connection.scalars(text("SELECT n FROM t ORDER BY n")))


def test_a_faulty_piece_fails_alone_and_leaves_no_half(writer: Writer) -> None:
    gate = threading.Event()
    writer.submit(lambda c: gate.wait())  # the rest will share one commit

    def half(connection: Connection) -> None:
        connection.execute(text("INSERT INTO t VALUES (99)"))
        raise KeyError("mine")

    futures = [
        writer.submit(_insert(1)),
        writer.submit(half),
        writer.submit(_insert(1)),
        writer.submit(_insert(2)),
    ]
    gate.set()
    assert futures[0].result() == 1
    with pytest.raises(KeyError):
        futures[1].result()
    with pytest.raises((UserError, IntegrityError)):
        futures[2].result()
    assert futures[3].result() == 2
    assert writer.call(_all) == [1, 2]


def test_a_malformed_statement_fails_alone(writer: Writer) -> None:
    gate = threading.Event()
    writer.submit(lambda c: gate.wait())
    futures = [
        writer.submit(_insert(1)),
        writer.submit(lambda c: c.execute(text("NONSENSE"))),
        writer.submit(_insert(2)),
    ]
    gate.set()
    with pytest.raises(UserError):
        futures[1].result()
    assert writer.call(_all) == [1, 2]


def test_who_waits_together_shares_commits(writer: Writer) -> None:
    before = writer.commits
    with ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda n: writer.call(_insert(n)), range(1000)))
    assert writer.call(_all) == list(range(1000))
    assert writer.commits - before < 700


@pytest.mark.on_sqlite
def test_work_is_done_in_the_order_of_asking(writer: Writer) -> None:
    futures = [writer.submit(_insert(1000 - n)) for n in range(300)]
    alone = writer.submit(lambda c: c.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0], alone=True)
    last = writer.submit(_all)
    assert len(last.result()) == 300
    assert alone.result() == 0
    assert all(future.done() for future in futures)


def test_closing_finishes_what_is_queued_and_refuses_what_comes_after(tmp_path: Path) -> None:
    db = database.connect(Settings(data_dir=tmp_path))
    writer = Writer(db.writing)
    writer.call(lambda c: c.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)")))
    futures = [writer.submit(_insert(n)) for n in range(500)]
    writer.close()
    writer.close()
    assert [future.result() for future in futures] == list(range(500))
    with pytest.raises(UserError) as caught:
        writer.submit(_insert(1))
    assert caught.value.problem.code == "shutting_down"
    db.close()


def test_a_hundred_visitors_at_once_are_all_kept(history: History) -> None:
    with ThreadPoolExecutor(100) as pool:
        jobs = list(pool.map(lambda n: history.create(submission(f"n{n}", owner=f"v{n % 100}")), range(500)))
    assert len({job.id for job in jobs}) == 500
    for visitor in range(100):
        mine = {job.id for job in history.page(f"v{visitor}").items}
        assert mine == {job.id for job in jobs if job.owner == f"v{visitor}"}
