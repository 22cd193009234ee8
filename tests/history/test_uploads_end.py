"""Uploads have an end: with the last item that names them, after a day unused, or when they are told to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from aigc_demo.history import History, database, rows, uploading
from aigc_demo.history.media import LocalMedia
from aigc_demo.settings import Settings
from aigc_demo.types import UserError
from tests.history.making import files_below, finished, opened, picture, submission, text

DAY = 86_400


class PowerCut(BaseException):
    """Nothing that runs can catch it."""


Later = Callable[[float], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Iterator[Later]:
    """Lets the server's clock go on by so many seconds from now."""
    real = rows.now
    yield lambda seconds: monkeypatch.setattr(rows, "now", lambda: real() + int(seconds * 1e6))


def bring(history: History, data: bytes = b"bytes", owner: str = "alice") -> str:
    return history.put_upload(owner, "cat.png", "image/png", data)


def here(history: History, upload: str, owner: str = "alice") -> bool:
    try:
        return history.get_upload(owner, upload).path.is_file()
    except UserError as error:
        assert (error.status, error.problem.code) == (404, "not_found")
        return False


def code(call: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(UserError) as caught:
        call()
    return caught.value.status, caught.value.problem.code


# -- with the last item ---------------------------------------------------------------------------


def test_an_upload_goes_with_the_last_item_that_names_it_once_no_undo_is_possible(
    history: History, tmp_path: Path
) -> None:
    upload = bring(history, b"qzxcanary picture")
    first, second = (finished(history, submission(image=upload, mask=upload), text()) for _ in range(2))
    history.delete("alice", [first.id])
    history.purge(0)
    assert here(history, upload), "the second item still names it"
    history.delete("alice", [second.id])
    assert here(history, upload), "an undo is possible"
    history.restore("alice", [second.id])
    history.purge(0)
    assert here(history, upload)
    history.delete("alice", [second.id])
    history.purge(0)
    assert not here(history, upload)
    assert files_below(tmp_path / "media") == []
    assert not [path for path in files_below(tmp_path) if upload.encode() in path.read_bytes()]


def test_an_upload_that_an_item_names_outlives_a_day_and_one_that_nothing_names_does_not(
    history: History, later: Later
) -> None:
    used, unused = bring(history), bring(history)
    finished(history, submission(image=used), text())
    later(DAY - 60)
    history.purge()
    assert here(history, unused)
    later(DAY + 60)
    history.purge()
    assert here(history, used)
    assert not here(history, unused)


def test_retention_takes_uploads_with_the_items_that_named_them(tmp_path: Path, later: Later) -> None:
    with opened(tmp_path, retention_days=30) as history:
        old, starred = bring(history), bring(history)
        finished(history, submission(image=old), text())
        kept = finished(history, submission(image=starred), text())
        history.patch("alice", kept.id, starred=True)
        later(31 * DAY)
        assert history.purge() == 1
        assert (here(history, old), here(history, starred)) == (False, True)


def test_a_result_of_another_item_given_as_a_file_is_no_upload(history: History) -> None:
    first = finished(history, submission(), picture())
    second = finished(history, submission(image=f"{first.id}/picture.png"), text())
    history.delete("alice", [second.id])
    history.purge(0)
    assert history.file("alice", first.id, "picture.png").size > 0


def test_a_wish_whose_upload_went_in_the_meantime_is_refused_and_leaves_no_row(history: History) -> None:
    upload = bring(history)
    theirs = bring(history, owner="bob")
    history.delete_upload("alice", upload)
    for gone in (upload, theirs):
        assert code(lambda gone=gone: history.create(submission(image=gone))) == (404, "not_found")
    assert history.page("alice").items == ()


# -- when told ------------------------------------------------------------------------------------


def test_an_upload_is_removed_for_good_by_its_owner_alone(history: History, tmp_path: Path) -> None:
    upload = bring(history, b"qzxcanary picture")
    done = finished(history, submission(image=upload), text())
    for owner, upload_id in (("bob", upload), ("alice", "0" * 26), ("alice", "../x")):
        verb = lambda owner=owner, upload_id=upload_id: history.delete_upload(owner, upload_id)  # noqa: E731
        assert code(verb) == (404, "not_found")
    history.delete_upload("alice", upload)
    assert not here(history, upload)
    assert not [path for path in files_below(tmp_path) if b"qzxcanary" in path.read_bytes()]
    assert code(lambda: history.delete_upload("alice", upload)) == (404, "not_found")
    assert history.get("alice", done.id) == done


def test_an_upload_that_an_unfinished_job_needs_stays(history: History) -> None:
    upload = bring(history)
    job = history.create(submission(image=upload))
    assert code(lambda: history.delete_upload("alice", upload)) == (409, "upload_in_use")
    history.finish(job.id, "cancelled")
    history.delete_upload("alice", upload)
    assert not here(history, upload)


def test_forgetting_a_visitor_takes_what_they_brought_in_used_or_not(
    history: History, tmp_path: Path
) -> None:
    used, unused, theirs = bring(history), bring(history), bring(history, owner="bob")
    finished(history, submission(image=used), text())
    history.clear("alice")
    assert (here(history, used), here(history, unused)) == (False, False)
    assert here(history, theirs, "bob")
    assert [path.parent.name for path in files_below(tmp_path / "media")] == [theirs]


# -- how much -------------------------------------------------------------------------------------


def test_a_visitors_own_cap_is_told_and_holds_for_them_alone(tmp_path: Path) -> None:
    with opened(tmp_path, max_upload_mb_per_visitor=0.1) as history:
        first = bring(history, b"x" * 60_000)
        with pytest.raises(UserError) as caught:
            bring(history, b"x" * 40_001)
        assert (caught.value.status, caught.value.problem.code) == (413, "quota_full")
        assert caught.value.problem.values["limit_mb"] == 0.1
        bring(history, b"x" * 60_000, owner="bob")
        bring(history, b"x" * 40_000)
        history.delete_upload("alice", first)
        bring(history, b"x" * 60_000)


def test_where_all_uploads_fill_the_house_the_oldest_unused_ones_make_room(tmp_path: Path) -> None:
    with opened(tmp_path, max_upload_mb=0.1) as history:
        used, oldest, newer = (
            bring(history, b"x" * 30_000, owner=owner) for owner in ("alice", "bob", "bob")
        )
        finished(history, submission(image=used), text())
        mine = bring(history, b"x" * 30_000, owner="carol")
        assert here(history, mine, "carol")
        assert (here(history, oldest, "bob"), here(history, newer, "bob")) == (False, True)
        assert here(history, used)


def test_where_nothing_can_make_room_the_limit_is_named(tmp_path: Path) -> None:
    with opened(tmp_path, max_upload_mb=0.1) as history:
        finished(history, submission(image=bring(history, b"x" * 90_000)), text())
        with pytest.raises(UserError) as caught:
            bring(history, b"x" * 30_000, owner="bob")
        assert (caught.value.status, caught.value.problem.code) == (507, "uploads_full")
        assert caught.value.problem.values["limit_mb"] == 0.1
        assert caught.value.retry_after is not None


def test_uploads_stop_while_there_is_still_room_for_everything_else(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalMedia, "free_bytes", lambda _: 128_000_000)
    assert code(lambda: bring(history)) == (507, "disk_full")
    assert files_below(tmp_path / "media") == []
    history.ready()
    assert finished(history, submission(), text()).status == "done"
    monkeypatch.setattr(LocalMedia, "free_bytes", lambda _: 128_000_010)
    assert here(history, bring(history))


def test_what_is_kept_is_counted_by_items_in_sight_and_files_that_are_here(history: History) -> None:
    assert history.kept("alice") == (0, 0, 0, 0)
    upload = bring(history, b"12345")
    bring(history, b"1234567", owner="bob")
    done = finished(history, submission(image=upload), text("words"))
    size = done.outputs[0].size
    assert history.kept("alice") == (1, size, 1, 5)
    history.delete("alice", [done.id])
    assert history.kept("alice") == (0, 0, 1, 5)
    history.purge(0)
    assert history.kept("alice") == (0, 0, 0, 0)


# -- crashes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("fails", ["write", "settle"])
def test_an_upload_that_fails_leaves_neither_bytes_nor_row(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        if fails == "write":
            patched.setattr("aigc_demo.history.media._write_file", full)
        else:
            patched.setattr(uploading, "settle", full)
        assert code(lambda: bring(history)) == (507, "disk_full")
    assert files_below(tmp_path / "media") == files_below(tmp_path / "tmp") == []
    assert history.stats()["uploads"] == 0


# Whoever writes in the same transaction is cut with it: at times the thread that keeps the history in order.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("when", ["before the bytes", "after the bytes"])
def test_an_upload_that_a_crash_interrupted_is_gone_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    def power_cut(*_: object, **__: object) -> None:
        raise PowerCut

    with opened(tmp_path) as history, monkeypatch.context() as patched:
        if when == "before the bytes":
            patched.setattr(LocalMedia, "put", power_cut)
        else:
            patched.setattr(uploading, "settle", power_cut)
        with pytest.raises(PowerCut):
            bring(history)
        assert history.kept("alice").uploads == 1, "its room is taken while it may be arriving"
    with opened(tmp_path) as history:
        assert history.kept("alice").uploads == 0
        assert files_below(tmp_path / "media") == []


def test_a_removal_that_a_crash_interrupted_goes_on_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as history:
        upload = bring(history)
        with monkeypatch.context() as patched:
            patched.setattr(LocalMedia, "delete", lambda *_: (_ for _ in ()).throw(RuntimeError("cut")))
            with pytest.raises(RuntimeError):
                history.delete_upload("alice", upload)
        assert not here(history, upload), "half removed is beyond return"
    with opened(tmp_path):
        assert files_below(tmp_path / "media") == []


# -- stores of before -----------------------------------------------------------------------------


def _as_it_was(path: Path) -> None:
    """Bring a database back to the version that did not know which jobs name which uploads."""
    db = database.connect(Settings(data_dir=path.parent))
    config = Config()
    config.set_main_option("script_location", "aigc_demo.history:migrations")
    with db.writing.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
    db.close()


@pytest.mark.on_sqlite
def test_in_a_store_of_before_uploads_belong_to_the_items_that_name_them(
    tmp_path: Path, later: Later
) -> None:
    with opened(tmp_path) as history:
        used, unused = bring(history), bring(history)
        job = finished(history, submission(image=used), text())
    _as_it_was(tmp_path / "studio.db")
    later(2 * DAY)
    with opened(tmp_path) as history:
        history.purge()
        assert (here(history, used), here(history, unused)) == (True, False)
        history.delete("alice", [job.id])
        history.purge(0)
        assert not here(history, used)


@pytest.mark.on_sqlite
@pytest.mark.parametrize("version", ["of today", "of before"])
def test_after_a_repair_uploads_still_belong_to_the_items_that_name_them(
    tmp_path: Path, later: Later, version: str
) -> None:
    path = tmp_path / "studio.db"
    with opened(tmp_path) as history:
        used = bring(history)
        finished(history, submission(image=used), text())
        for n in range(80):
            finished(history, submission(f"filler {n} " * 20, owner="bob"), text("x" * 300))
    if version == "of before":
        _as_it_was(path)
    with sqlite3.connect(path) as raw:
        root = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_jobs_owner_task'").fetchone()[
            0
        ]
    raw.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    later(2 * DAY)
    with opened(tmp_path) as history:
        assert history.notice is not None
        history.purge()
        assert here(history, used)
