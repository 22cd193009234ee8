"""Deleting: out of sight and back, then gone from every byte on the disk."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from aigc_demo.history import History, search, upkeep
from aigc_demo.history import removal as removal_module
from aigc_demo.history.upkeep import Periodic
from aigc_demo.types import UserError
from tests.history.making import files_below, finished, opened, picture, submission, text

CANARY = "qzxcanary 金丝雀歌"  # a word of its own, so that the index holds it in one piece too


def _traces(folder: Path, *words: str) -> list[str]:
    """Files below ``folder`` whose raw bytes hold one of ``words`` or its parts."""
    needles = [word.encode() for whole in words for word in (whole, *whole.split())]
    return [
        str(path) for path in files_below(folder) if any(needle in path.read_bytes() for needle in needles)
    ]


def test_delete_hides_and_restore_brings_back_everything(history: History) -> None:
    job = finished(history, submission(), text(), picture())
    assert history.delete("alice", [job.id]) == 1
    with pytest.raises(UserError):
        history.get("alice", job.id)
    with pytest.raises(UserError):
        history.file("alice", job.id, "answer.txt")
    assert history.page("alice").items == ()
    assert history.restore("alice", [job.id]) == 1
    assert history.get("alice", job.id) == job
    assert history.file("alice", job.id, "answer.txt").size > 0


def test_a_batch_with_one_foreign_id_changes_nothing_and_names_no_id(history: History) -> None:
    mine, also_mine = history.create(submission()), history.create(submission())
    theirs = history.create(submission(owner="bob"))
    with pytest.raises(UserError) as caught:
        history.delete("alice", [mine.id, theirs.id, also_mine.id])
    assert theirs.id not in str(caught.value)
    assert len(history.page("alice").items) == 2
    history.delete("alice", [mine.id, also_mine.id])
    with pytest.raises(UserError):
        history.restore("alice", [mine.id, theirs.id])
    assert history.page("alice").items == ()


def test_deleting_twice_in_one_batch_or_in_two(history: History) -> None:
    job = history.create(submission())
    assert history.delete("alice", [job.id, job.id]) == 1
    with pytest.raises(UserError):
        history.delete("alice", [job.id])
    assert history.delete("alice", []) == 0
    with pytest.raises(UserError):
        history.delete("alice", job.id)  # a string is no list of ids


def test_purged_means_gone_from_the_raw_bytes_on_disk(history: History, tmp_path: Path) -> None:
    other = finished(history, submission("something else entirely", owner="bob"), text("stays"), picture())
    job = finished(history, submission(CANARY, owner="visitor-canary"), text(CANARY), picture())
    history.patch("visitor-canary", job.id, title="titled " + CANARY)
    assert _traces(tmp_path, CANARY)
    history.delete("visitor-canary", [job.id])
    assert history.purge(3600) == 0
    assert history.purge(0) == 1
    assert _traces(tmp_path, CANARY, "visitor-canary", job.id) == []
    with pytest.raises(UserError):
        history.restore("visitor-canary", [job.id])
    assert history.get("bob", other.id) == other
    assert history.page("bob", query="stays").items == (other,)


@pytest.mark.parametrize("pages_at_once", [1, 500])
def test_clear_forgets_one_visitor_wholly_and_nobody_else(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages_at_once: int
) -> None:
    monkeypatch.setattr(search, "_PAGES_AT_ONCE", pages_at_once)
    for n in range(40):
        history.create(submission(" ".join(f"filler{n}x{k}" for k in range(60)), owner="bob"))
    for n in range(5):
        finished(history, submission(f"{CANARY} {n}", owner="visitor-canary"), text(CANARY), picture())
    history.create(submission(CANARY, owner="visitor-canary"))
    upload = history.put_upload("visitor-canary", "canary.png", "image/png", b"qzxcanary upload")
    theirs = finished(history, submission("mine", owner="bob"), text("kept"), picture())
    shared = history.page("visitor-canary", status="done").items[0]
    token = history.links.make("visitor-canary", shared.id, show_prompt=True).token
    bearer, _ = history.tokens.make("visitor-canary", CANARY, 90)
    history.clear("visitor-canary")
    assert history.tokens.owner_by(bearer) is None
    assert _traces(tmp_path, CANARY, "visitor-canary") == []
    assert history.page("visitor-canary").items == ()
    for gone in (lambda: history.links.by_token(token), lambda: history.get_upload("visitor-canary", upload)):
        with pytest.raises(UserError):
            gone()
    assert history.get("bob", theirs.id) == theirs
    assert history.file("bob", theirs.id, "picture.png").size > 0
    history.clear("visitor-canary")
    history.clear("somebody never seen")


def test_the_same_picture_of_two_visitors_is_two_files(history: History) -> None:
    mine, theirs = (finished(history, submission(owner=owner), picture()) for owner in ("alice", "bob"))
    history.clear("alice")
    assert history.file("bob", theirs.id, "picture.png").size > 0
    assert mine.id != theirs.id


def test_retention_removes_old_unstarred_ended_jobs_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aigc_demo.history import rows

    with opened(tmp_path, retention_days=30) as history:
        old, starred = (finished(history, submission(name), text()) for name in ("old", "starred"))
        waiting = history.create(submission("waiting"))
        history.patch("alice", starred.id, starred=True)
        real = rows.now
        monkeypatch.setattr(rows, "now", lambda: real() + 31 * 86_400 * 1_000_000)
        new = finished(history, submission("new"), text())
        assert history.purge() == 1
        assert {job.id for job in history.page("alice").items} == {starred.id, waiting.id, new.id}
        assert old.id not in {path.parent.name for path in files_below(tmp_path / "media")}


def test_a_purge_that_was_cut_short_goes_on_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as history:
        job = finished(history, submission(CANARY), text())
        history.delete("alice", [job.id])
        with monkeypatch.context() as patched:
            patched.setattr(removal_module, "erase", _power_cut)
            with pytest.raises(RuntimeError):
                history.purge(0)
        with pytest.raises(UserError):  # half removed is beyond return
            history.restore("alice", [job.id])
    with opened(tmp_path) as history:
        assert history.stats()["jobs_hidden"] == 0
        assert files_below(tmp_path / "media") == []


def _power_cut(*_: object, **__: object) -> None:
    raise RuntimeError("power cut")


def test_a_job_that_ends_while_its_visitor_is_being_forgotten_leaves_nothing(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = history.create(submission(owner="going"))
    history.start(job.id)

    def between(*_: object) -> None:  # the rows are marked, the files not yet looked for
        with pytest.raises(UserError):
            history.finish(job.id, "done", [text(CANARY), picture()])

    with monkeypatch.context() as patched:
        patched.setattr(upkeep.Removals, "finish", between)
        history.clear("going")
    assert files_below(tmp_path / "media") == []


def test_a_job_that_ends_after_its_visitor_was_forgotten_leaves_nothing(
    history: History, tmp_path: Path
) -> None:
    job = history.create(submission(owner="gone"))
    history.start(job.id)
    history.clear("gone")
    with pytest.raises(UserError):
        history.finish(job.id, "done", [text(CANARY), picture()])
    assert files_below(tmp_path / "media") == []


def test_the_house_purges_by_itself_after_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aigc_demo.history import rows

    with opened(tmp_path) as history:
        old, new = (finished(history, submission(CANARY), text()) for _ in range(2))
        history.delete("alice", [old.id])
        real = rows.now
        with monkeypatch.context() as patched:
            patched.setattr(rows, "now", lambda: real() - 3_700_000_000)
            history.restore("alice", [old.id])
            history.delete("alice", [old.id])
        history.delete("alice", [new.id])
    with opened(tmp_path) as history:
        deadline = time.monotonic() + 20
        while history.stats()["jobs_hidden"] > 1 and time.monotonic() < deadline:
            time.sleep(0.02)
        with pytest.raises(UserError):
            history.restore("alice", [old.id])
        assert history.restore("alice", [new.id]) == 1


def test_upkeep_goes_on_after_a_failure() -> None:
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("once")

    periodic = Periodic(work, seconds=0.001)
    periodic.start()
    while len(calls) < 3:
        time.sleep(0.001)
    periodic.stop()
