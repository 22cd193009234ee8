"""On a mounted bucket (an interposed file layer, no FUSE): deletions, a bucket that fails, two servers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from aigc_demo.history import History
from aigc_demo.history.lease import Lease
from aigc_demo.history.pace import Pace
from aigc_demo.settings import Settings
from aigc_demo.types import UserError
from tests.history.making import files_below, finished, picture, submission, text
from tests.space.bucket_mount import BucketMount

QUICK = Pace(after=0.05, rest=0.0, settle=0.3, beat=0.1, lease=1.0, stale=900.0)


@contextmanager
def served(folder: Path, name: str, pace: Pace = QUICK) -> Iterator[tuple[History, BucketMount]]:
    """A server of its own disk, called ``name``, on the one bucket of the test."""
    mount = BucketMount(folder / "bucket", folder / f"{name}-mount")
    history = History.open(Settings(data_dir=folder / name), pace=pace, bucket=mount)
    try:
        yield history, mount
    finally:
        history.close()


def until(met: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def media(folder: Path) -> list[Path]:
    return files_below(folder / "bucket" / "media")


# -- deletions ------------------------------------------------------------------------------------


def test_a_file_stays_until_no_snapshot_names_it_any_more(tmp_path: Path) -> None:
    slow = Pace(after=0.05, rest=0.0, settle=1.5, beat=0.1, lease=1.0)
    with served(tmp_path, "one", slow) as (history, _):
        job = finished(history, submission("a cat"), picture())
        until(lambda: media(tmp_path))
        history.delete("alice", [job.id])
        history.purge(0.0, sure=True)
        with pytest.raises(UserError, match="not_found"):
            history.get("alice", job.id)
        assert media(tmp_path), "it went before two snapshots without it were safe"
        until(lambda: not media(tmp_path))
    with served(tmp_path, "two") as (history, _):
        assert history.stats()["outputs"] == 0
        assert media(tmp_path) == []


def test_who_is_forgotten_stays_forgotten_after_a_kill_right_after_the_answer(tmp_path: Path) -> None:
    slow = Pace(after=60.0, rest=0.0, settle=60.0, beat=30.0, lease=1.0)
    with served(tmp_path, "one", slow) as (history, mount):
        job = finished(history, submission("a cat"), picture())
        history._standing.forgotten()
        history.clear("alice")
        mount.gone = True  # nothing after this moment reaches the bucket
    time.sleep(QUICK.lease)
    with served(tmp_path, "two") as (history, _):
        until(lambda: history.writes)
        with pytest.raises(UserError, match="not_found"):
            history.get("alice", job.id)
        until(lambda: not media(tmp_path))
        until(lambda: history.stats()["jobs_hidden"] == 0)


def test_a_deleted_upload_leaves_the_bucket_as_well(tmp_path: Path) -> None:
    with served(tmp_path, "one") as (history, _):
        upload = history.put_upload("alice", "cat.png", "image/png", b"a photo")
        assert media(tmp_path)
        history.delete_upload("alice", upload)
        until(lambda: not media(tmp_path))


# -- the bucket fails -----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["gone", "full"])
def test_a_bucket_that_vanishes_or_fills_up_is_told_and_loses_nothing(tmp_path: Path, how: str) -> None:
    with served(tmp_path, "one") as (history, mount):
        assert history.notice is None
        if how == "gone":
            mount.gone = True
        else:
            mount.room = 0
        job = finished(history, submission("a cat"), picture())
        assert job.status == "done"
        assert history.file("alice", job.id, "picture.png").size > 0
        until(lambda: history.notice is not None)
        assert history.notice is not None
        assert history.notice.code == "bucket_fails"
        assert media(tmp_path) == []
        mount.gone, mount.room = False, None
        until(lambda: media(tmp_path))
        until(lambda: history.notice is None)
    with served(tmp_path, "two") as (history, _):
        assert history.file("alice", job.id, "picture.png").size > 0


def test_what_the_bucket_never_took_is_named_by_no_snapshot(tmp_path: Path) -> None:
    with served(tmp_path, "one") as (history, mount):
        before = finished(history, submission("before"), picture())
        history._standing.forgotten()
        mount.room = 0
        lost = finished(history, submission("lost"), picture())
        time.sleep(6 * QUICK.after)
        assert len(list((tmp_path / "bucket" / "snapshots").iterdir())) >= 1
    with served(tmp_path, "two") as (history, _):
        until(lambda: history.writes)
        assert history.get("alice", before.id).status == "done"
        with pytest.raises(UserError, match="not_found"):
            history.get("alice", lost.id)


def test_a_file_that_is_not_in_the_bucket_any_more_is_asked_for_and_told(tmp_path: Path) -> None:
    with served(tmp_path, "one") as (history, _):
        job = finished(history, submission("a cat"), picture())
    with served(tmp_path, "two") as (history, mount):
        mount.gone = True
        with pytest.raises(UserError) as caught:
            history.file("alice", job.id, "picture.png")
        assert (caught.value.problem.code, caught.value.status) == ("bucket_fails", 503)


def test_a_result_whose_files_did_not_reach_the_bucket_says_so_and_leaves_no_part_behind(
    tmp_path: Path,
) -> None:
    with served(tmp_path, "one") as (history, _):
        job = finished(history, submission("a cat"), picture(), text())
    next(path for path in media(tmp_path) if path.name == "picture.png").unlink()
    with served(tmp_path, "two") as (history, _):
        told = history.get("alice", job.id)
        assert told.status == "failed"
        assert told.problem is not None
        assert told.problem.code == "files_lost"
        assert told.outputs == ()
        assert media(tmp_path) == []


# -- two servers ----------------------------------------------------------------------------------


def test_a_second_server_shows_what_is_there_writes_nothing_and_takes_over(tmp_path: Path) -> None:
    with served(tmp_path, "one") as (first, _):
        job = finished(first, submission("a cat"), picture())
        first._standing.forgotten()
        with served(tmp_path, "two") as (second, _):
            taken: list[bool] = []
            second.when_taken_over(lambda: taken.append(True))
            assert not second.writes
            assert second.notice is not None
            assert second.notice.code == "copy_read_only"
            assert second.file("alice", job.id, "picture.png").size > 0
            with pytest.raises(UserError, match="copy_read_only"):
                second.create(submission("not here"))
            later = finished(first, submission("later"), text())
            until(lambda: second.page("alice").items[0].id == later.id)
            assert not taken
            first.close()
            until(lambda: second.writes)
            until(lambda: taken == [True])
            assert second.notice is None
            mine = finished(second, submission("now here"), text())
            assert [one.id for one in second.page("alice").items] == [mine.id, later.id, job.id]


def test_a_server_that_fell_silent_is_followed_and_steps_down_when_it_wakes(tmp_path: Path) -> None:
    with served(tmp_path, "one") as (first, mount):
        kept = finished(first, submission("kept"), text())
        first._standing.forgotten()
        mount.gone = True  # it goes on, but nothing of it reaches the bucket
        aside = finished(first, submission("nobody else saw this"), text())
        with served(tmp_path, "two") as (second, _):
            until(lambda: second.writes)
            ours = finished(second, submission("ours"), text())
            second._standing.forgotten()
            mount.gone = False
            until(lambda: not first.writes)
            with pytest.raises(UserError, match="copy_read_only"):
                first.create(submission("no more"))
            until(lambda: first.page("alice").items[0].id == ours.id)
            assert {job.id for job in second.page("alice").items} == {kept.id, ours.id}
            [copy] = (tmp_path / "bucket" / "aside").iterdir()
            assert aside.id.encode() in copy.read_bytes()


def test_of_two_that_claim_at_once_one_writes(tmp_path: Path) -> None:
    still: dict[str, Any] = {"clock": lambda: 0.0}  # no lease lapses meanwhile, however busy the machine is
    one = Lease(BucketMount(tmp_path / "bucket", tmp_path / "m1"), tmp_path / "n1", QUICK, **still)
    slow = BucketMount(tmp_path / "bucket", tmp_path / "m2", delay=(0.0, 0.001))
    two = Lease(slow, tmp_path / "n2", QUICK, **still)
    two._look()  # saw nobody
    assert one.claim()
    two._is_free = lambda _: True  # type: ignore[method-assign] - as if it had not seen the other's claim
    two.claim()
    for _ in range(4):
        one.beat()
        two.beat()
    assert one.held != two.held


def test_a_torn_lease_lapses_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "bucket").mkdir()
    (tmp_path / "bucket" / "lease.json").write_text('{"holder": "ab')
    now = [0.0]
    lease = Lease(
        BucketMount(tmp_path / "bucket", tmp_path / "m"), tmp_path / "n", QUICK, clock=lambda: now[0]
    )
    assert not lease.claim(above=7)
    now[0] += QUICK.lease - 0.01
    assert not lease.claim(above=7)
    now[0] += 0.02
    assert lease.claim(above=7)
    assert lease.epoch == 8


def test_a_restart_on_the_same_disk_waits_for_nobody(tmp_path: Path) -> None:
    mount = BucketMount(tmp_path / "bucket", tmp_path / "m")
    assert Lease(mount, tmp_path / "note", QUICK).claim()
    assert Lease(mount, tmp_path / "note", QUICK).claim(), "only we can have been that"
    assert not Lease(mount, tmp_path / "another", QUICK).claim()


def test_whoever_was_silent_for_long_is_not_watched_first(tmp_path: Path) -> None:
    mount = BucketMount(tmp_path / "bucket", tmp_path / "m")
    assert Lease(mount, tmp_path / "one", QUICK, wall=lambda: 1_000.0).claim()
    assert Lease(mount, tmp_path / "two", QUICK, wall=lambda: 1_000.0 + QUICK.stale + 1).claim()


def test_a_bucket_that_does_not_answer_at_the_start_is_named(tmp_path: Path) -> None:
    mount = BucketMount(tmp_path / "bucket", tmp_path / "m")
    mount.gone = True
    with pytest.raises(UserError) as caught:
        History.open(Settings(data_dir=tmp_path / "disk"), pace=QUICK, bucket=mount)
    assert caught.value.problem.code == "bucket_gone"
    assert "not connected" in str(caught.value.problem.values["reason"])
