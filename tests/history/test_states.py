"""The state machine: every arrow that exists works, every other is refused, ends are ends."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import pytest

from aigc_demo.history import History, IllegalMove
from aigc_demo.history.rows import MOVES
from aigc_demo.types import ACTIVE, FINAL, Problem, Status, UserError
from tests.history.making import files_below, finished, opened, picture, submission, text

_WAY: dict[Status, list[Status]] = {
    "queued": [],
    "loading": ["loading"],
    "running": ["loading", "running"],
    "done": ["loading", "done"],
    "failed": ["failed"],
    "cancelled": ["cancelled"],
}


def _job_in(history: History, status: Status) -> str:
    job = history.create(submission())
    for step in _WAY[status]:
        if step in FINAL:
            history.finish(job.id, step)
        else:
            history.mark(job.id, step).result()
    return job.id


@pytest.mark.parametrize(("now", "wanted"), itertools.product(MOVES, MOVES))
def test_a_job_moves_along_the_arrows_and_nowhere_else(history: History, now: Status, wanted: Status) -> None:
    job_id = _job_in(history, now)

    def move() -> None:
        if wanted in FINAL:
            history.finish(job_id, wanted)
        else:
            history.mark(job_id, wanted).result()

    if wanted in MOVES[now]:
        move()
        assert history.job(job_id).status == wanted
    else:
        with pytest.raises(IllegalMove):
            move()
        assert history.job(job_id).status == now


def test_final_states_are_reached_through_finish_alone(history: History) -> None:
    job = history.create(submission())
    for status in FINAL:
        with pytest.raises(ValueError, match="finish"):
            history.mark(job.id, status)
    for status in ACTIVE:
        with pytest.raises(ValueError, match="not an end"):
            history.finish(job.id, status)


def test_an_end_counts_the_marks_that_were_queued_before_it(history: History) -> None:
    for _ in range(20):
        job = history.create(submission())
        history.start(job.id)
        history.mark(job.id, "running")
        assert history.finish(job.id, "done", [text()]).status == "done"


def test_of_two_ends_at_once_one_wins_and_its_files_stay(history: History, tmp_path: Path) -> None:
    for _ in range(10):
        job = history.create(submission())
        history.start(job.id)
        outcomes: list[object] = []

        def end(status: Status, job_id: str = job.id, outcomes: list[object] = outcomes) -> None:
            try:
                outcomes.append(history.finish(job_id, status, [text(status)]))
            except IllegalMove as error:
                outcomes.append(error)

        threads = [threading.Thread(target=end, args=(status,)) for status in ("done", "cancelled")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(isinstance(outcome, IllegalMove) for outcome in outcomes) == 1
        ended = history.get("alice", job.id)
        assert history.file("alice", job.id, "answer.txt").path.read_text() == ended.status


def test_a_failed_job_keeps_its_problem_its_reference_and_its_partial(history: History) -> None:
    problem = Problem("out_of_memory", "error.out_of_memory", {"name": "SmolLM2", "gb": 1.5}, "model")
    job = finished(history, submission(), text("so far"), status="failed", problem=problem, reference="ab12")
    found = history.get("alice", job.id)
    assert (found.problem, found.reference, found.outputs[0].text) == (problem, "ab12", "so far")


def test_a_cancelled_job_keeps_its_last_partial(history: History) -> None:
    job = finished(history, submission(), picture(), status="cancelled")
    assert history.file("alice", job.id, "picture.png").size > 0


def test_unknown_jobs_cannot_move(history: History) -> None:
    for attempt in (
        lambda: history.start("0" * 26).result(),
        lambda: history.mark("nonsense", "running").result(),
        lambda: history.finish("0" * 26, "done"),
    ):
        with pytest.raises(UserError) as caught:
            attempt()
        assert caught.value.status == 404


def test_waiting_lists_everybodys_queued_jobs_oldest_first_with_what_is_needed_to_run_them(
    history: History,
) -> None:
    jobs = [history.create(submission(f"n{n}", owner=owner, seed=n)) for n, owner in enumerate("abcab")]
    history.start(jobs[1].id).result()
    history.delete("a", [jobs[3].id])
    assert history.waiting() == (jobs[0], jobs[2], jobs[4])


def test_what_was_under_way_at_a_crash_is_taken_up_once_and_then_failed(tmp_path: Path) -> None:
    with opened(tmp_path) as history:
        queued, loading, running, done = (history.create(submission(f"{n}")) for n in range(4))
        history.start(loading.id)
        history.start(running.id)
        history.mark(running.id, "running")
        history.start(done.id)
        history.finish(done.id, "done", [text()])
    with opened(tmp_path) as history:
        history.recover()
        assert [job.id for job in history.waiting()] == [queued.id, loading.id, running.id]
        assert history.get("alice", running.id).attempts == 1
        history.start(running.id)
    with opened(tmp_path) as history:
        history.recover()
        failed = history.get("alice", running.id)
        assert failed.status == "failed"
        assert failed.problem == Problem("interrupted", "error.interrupted")
        assert failed.finished is not None
        assert history.get("alice", done.id).status == "done"
        assert history.get("alice", loading.id).status == "queued"


def test_a_hidden_job_is_not_taken_up_again(tmp_path: Path) -> None:
    with opened(tmp_path) as history:
        job = history.create(submission())
        history.start(job.id)
        history.delete("alice", [job.id])
    with opened(tmp_path) as history:
        history.recover()
        assert history.waiting() == ()
        history.restore("alice", [job.id])
        assert history.get("alice", job.id).status == "cancelled"


def test_a_taken_up_job_replaces_the_files_of_its_first_attempt(tmp_path: Path) -> None:
    with opened(tmp_path) as history:
        job = history.create(submission())
        history.start(job.id)
    with opened(tmp_path) as history:
        folder = tmp_path / "media" / "2000"  # nothing of the first attempt is named by a row
        history.recover()
        history.start(job.id)
        history.finish(job.id, "done", [text("second")])
        assert history.file("alice", job.id, "answer.txt").path.read_text() == "second"
        assert not folder.exists()
    assert len(files_below(tmp_path / "media")) == 2  # the text and its side-car


def test_putting_back_does_not_count_the_attempt(history: History) -> None:
    job = history.create(submission())
    history.start(job.id)
    history.put_back(job.id)
    found = history.get("alice", job.id)
    assert (found.status, found.attempts, found.started) == ("queued", 0, None)
