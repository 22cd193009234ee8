"""Disks that are full, failing, locked or robbed: a clear sentence, nothing half-done, no result lost."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aigc_demo.history import History, database, store
from aigc_demo.types import Output, UserError
from tests.history.making import files_below, finished, opened, picture, submission, text


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with opened(tmp_path) as history:
        yield history


def _code(call: object) -> str:
    with pytest.raises(UserError) as caught:
        call()  # type: ignore[operator]
    return caught.value.problem.code


def _big(megabytes: int) -> Output:
    frames = os.urandom(megabytes << 20)
    head = (16).to_bytes(4) + b"ftypisom" + bytes(4) + (8 + len(frames)).to_bytes(4) + b"mdat"
    return Output("video", "clip", "video/mp4", data=head + frames)


def test_with_a_full_disk_nothing_is_half_done_and_all_goes_on_once_there_is_room(small_disk: Path) -> None:
    with opened(small_disk) as history:
        old = finished(history, submission("old"), text())
        job = history.create(submission())
        history.start(job.id)
        before = files_below(small_disk / "media")
        assert _code(lambda: history.finish(job.id, "done", [text(), _big(6)])) == "disk_full"
        failed = history.get("alice", job.id)
        assert failed.problem is not None
        assert (failed.status, failed.problem.code, failed.outputs) == ("failed", "disk_full", ())
        assert files_below(small_disk / "media") == before
        assert files_below(small_disk / "tmp") == []

        ballast = small_disk / "ballast"
        with pytest.raises(OSError), ballast.open("wb") as file:
            while True:
                file.write(os.urandom(4096))
        codes = set()
        for n in range(40):  # until the room in the log is used up as well
            try:
                history.create(submission(f"{n} " + "words " * 500))
            except UserError as error:
                codes.add(error.problem.code)
        assert codes == {"disk_full"}
        assert _code(history.ready) == "disk_full"
        assert history.get("alice", old.id) == old
        assert history.file("alice", old.id, "answer.txt").size > 0

        ballast.unlink()
        assert finished(history, submission("new"), text()).status == "done"
    with opened(small_disk) as history:
        assert history.get("alice", old.id) == old


def test_a_full_database_says_so_and_stays_readable(history: History) -> None:
    old = finished(history, submission("old"), text())
    pages = history._writer.call(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one(), alone=True)
    limit = f"PRAGMA max_page_count = {pages + 2}"
    history._writer.call(lambda c: c.exec_driver_sql(limit).scalar_one(), alone=True)
    codes = set()
    for _ in range(20):
        try:
            history.create(submission("words " * 2000))
        except UserError as error:
            codes.add((error.problem.code, error.status))
    assert codes == {("disk_full", 507)}
    assert history.page("alice", query="old").items == (old,)
    history._writer.call(
        lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1000000").scalar_one(), alone=True
    )
    history.create(submission())


def test_a_file_too_large_for_the_disk_is_the_same_as_a_full_one(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = history.create(submission())
    history.start(job.id)
    monkeypatch.setattr(os, "fsync", _raise(errno.EFBIG))
    assert _code(lambda: history.finish(job.id, "done", [text()])) == "disk_full"


def _raise(number: int) -> object:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("name", ["fsync", "open", "mkdir", "rename"])
def test_whichever_call_to_the_disk_fails_first_second_or_later_nothing_is_half_done(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, name: str
) -> None:
    """The N-th call fails, N = 1, 2, ... until the work succeeds (as SQLite's own tests do it)."""
    owner = Path if name in ("mkdir", "rename") else os
    real = getattr(owner, name)
    for fail_at in range(1, 30):
        job = history.create(submission())
        history.start(job.id).result()
        calls = 0

        def sometimes(*args: object, fail_at: int = fail_at, **named: object) -> object:
            nonlocal calls
            calls += 1
            if calls == fail_at:
                raise OSError(number, os.strerror(number))
            return real(*args, **named)

        with monkeypatch.context() as patched:
            patched.setattr(owner, name, sometimes)
            try:
                ended = history.finish(job.id, "done", [text(), picture()])
            except UserError as error:
                assert error.problem.code == ("store_failed" if number == errno.EIO else "disk_full")
                ended = history.get("alice", job.id)
                assert (ended.status, ended.outputs) == ("failed", ())
                assert not [path for path in files_below(tmp_path / "media") if path.parent.name == job.id]
            else:
                assert ended.status == "done"
                assert history.file("alice", job.id, "picture.png").size > 0
                assert files_below(tmp_path / "tmp") == []
                return
    pytest.fail("the work never succeeded")


# -- locked ---------------------------------------------------------------------------------------


def test_while_another_process_locks_the_database_results_wait_and_reading_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    monkeypatch.setattr(store, "_VISITOR_PATIENCE", 0.2)
    with opened(tmp_path) as history:
        job = history.create(submission())
        history.start(job.id).result()
        other = sqlite3.connect(tmp_path / "studio.db", isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        kept: list[object] = []
        finishing = threading.Thread(target=lambda: kept.append(history.finish(job.id, "done", [text()])))
        finishing.start()
        assert _code(lambda: history.create(submission())) == "store_busy"
        assert history.get("alice", job.id).status == "loading"
        assert history.page("alice", query="cat").items[0].id == job.id
        time.sleep(0.3)
        assert kept == []
        other.execute("ROLLBACK")
        finishing.join(30)
        other.close()
        assert kept == [history.get("alice", job.id)]
        assert history.get("alice", job.id).status == "done"
        assert history.stats()["lock_retries"] > 0
        assert len(history.page("alice").items) == 1  # what was refused did not come late


# -- robbed ---------------------------------------------------------------------------------------


def test_a_file_deleted_behind_our_back_is_named_missing_and_the_rest_works(
    history: History, tmp_path: Path
) -> None:
    job = finished(history, submission(), text(), picture())
    token = history.links.make("alice", job.id, show_prompt=True).token
    for path in files_below(tmp_path / "media"):
        path.unlink()
    assert history.page("alice").items == (job,)
    assert _code(lambda: history.file("alice", job.id, "picture.png")) == "file_missing"
    assert _code(lambda: history.links.file(token, "picture.png")) == "file_missing"
    assert history.delete("alice", [job.id]) == 1
    assert history.purge(0) == 1


def test_a_database_deleted_under_a_running_server_breaks_nothing_that_it_holds_open(
    history: History, tmp_path: Path
) -> None:
    job = finished(history, submission(), text())
    for path in tmp_path.glob("studio.db*"):
        path.unlink()
    try:
        assert history.get("alice", job.id) == job
        history.create(submission())
    except UserError as error:
        assert error.problem.code == "store_failed"


def test_a_faulty_read_is_a_sentence_not_a_trace(history: History, tmp_path: Path) -> None:
    history.create(submission())
    history._writer.call(lambda c: c.exec_driver_sql("DROP TABLE outputs"))
    finished_jobs = lambda: history.page("alice", status="queued", query="cat")  # noqa: E731
    assert len(finished_jobs().items) == 1
    history._writer.call(lambda c: c.exec_driver_sql("DROP TABLE words"))
    assert _code(finished_jobs) == "store_failed"
