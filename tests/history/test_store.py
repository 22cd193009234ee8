"""What one visitor sees of the history: their own jobs, newest first, as they left them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aigc_demo.history import History
from aigc_demo.types import Output, UserError
from tests.history.making import finished, opened, picture, sound, submission, text


def refused(code: str) -> pytest.RaisesExc[UserError]:
    return pytest.RaisesExc(UserError, check=lambda error: error.problem.code == code)


def test_a_created_job_is_queued_with_everything_that_was_asked(history: History) -> None:
    job = history.create(submission("a cat in 雪地", seed=2**32 - 1))
    assert (job.status, job.owner, job.seed, job.attempts, job.outputs) == (
        "queued",
        "alice",
        2**32 - 1,
        0,
        (),
    )
    assert job.params["prompt"] == "a cat in 雪地"
    assert abs(job.created - datetime.now(UTC)) < timedelta(minutes=1)
    assert history.get("alice", job.id) == job


def test_an_acknowledged_job_is_there_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as history:
        asked = history.create(submission())
        result = finished(history, submission("another"), text(), picture())
    with opened(tmp_path) as history:
        assert history.get("alice", asked.id) == asked
        assert history.get("alice", result.id) == result
        assert history.page("alice").items == (result, asked)


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("a cat", "a cat"),
        ("  two\n lines\tof\x07 it ", "two lines of it"),
        ("word " * 30, "word word word word word word word word word word word…"),
        ("写一首关于春天的诗" * 10, "写一首关于春天的诗" * 6 + "写一首关于…"),
        ("safe\u202e evil", "safe evil"),
        ("", ""),
    ],
)
def test_a_title_is_the_first_words_of_the_wish(history: History, prompt: str, title: str) -> None:
    assert history.create(submission(prompt)).title == title


def test_a_child_needs_a_parent_of_the_same_visitor(history: History) -> None:
    mine, theirs = history.create(submission()), history.create(submission(owner="bob"))
    assert history.create(submission(parent=mine.id)).parent == mine.id
    with refused("not_found"):
        history.create(submission(parent=theirs.id))
    assert len(history.page("alice").items) == 2


@pytest.mark.parametrize(
    "job_id", ["", "x", "0" * 26, "' OR 1=1 --", "../x", "ß" * 26, "A" * 5000, None, ["a"], 7]
)
def test_unknown_ids_of_any_shape_answer_alike(history: History, job_id: object) -> None:
    with refused("not_found"):
        history.get("alice", job_id)  # type: ignore[arg-type]


def test_another_visitors_job_answers_exactly_like_an_unknown_one(history: History) -> None:
    theirs = finished(history, submission(owner="bob"), text())
    unknown = "0" * 26
    verbs = [
        lambda job_id: history.get("alice", job_id),
        lambda job_id: history.patch("alice", job_id, title="mine"),
        lambda job_id: history.patch("alice", job_id, starred=True),
        lambda job_id: history.delete("alice", [job_id]),
        lambda job_id: history.restore("alice", [job_id]),
        lambda job_id: history.links.make("alice", job_id, show_prompt=True),
        lambda job_id: history.links.of_job("alice", job_id),
        lambda job_id: history.links.end("alice", job_id),
        lambda job_id: history.file("alice", job_id, "answer.txt"),
        lambda job_id: history.get_upload("alice", job_id),
    ]
    for verb in verbs:
        answers = []
        for job_id in (theirs.id, unknown, theirs.id.upper(), theirs.id + " "):
            with pytest.raises(UserError) as caught:
                verb(job_id)
            answers.append((str(caught.value), caught.value.status, caught.value.problem))
        assert len({str(answer) for answer in answers}) == 1
    assert history.get("bob", theirs.id) == theirs


def test_pages_follow_one_another_without_gap_or_repeat_while_new_jobs_arrive(history: History) -> None:
    result = [history.create(submission(f"n{index}")).id for index in range(25)]
    history.create(submission(owner="bob"))
    seen: list[str] = []
    cursor = None
    while True:
        page = history.page("alice", cursor=cursor, limit=7)
        seen += [job.id for job in page.items]
        history.create(submission("late"))
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == result[::-1]


def test_a_page_that_ends_exactly_has_no_next(history: History) -> None:
    for _ in range(3):
        history.create(submission())
    assert history.page("alice", limit=3).next_cursor is None
    assert history.page("alice", limit=2).next_cursor is not None
    assert len(history.page("alice", limit=-5).items) == 1
    assert len(history.page("alice", limit=10**18).items) == 3


@pytest.mark.parametrize("cursor", ["", "1", "; DROP TABLE jobs", "Z" * 26, "9" * 26, "é" * 26])
def test_a_cursor_that_is_none_is_refused(history: History, cursor: str) -> None:
    with refused("bad_cursor"):
        history.page("alice", cursor=cursor)


def test_a_page_can_be_narrowed(history: History) -> None:
    plain = history.create(submission())
    star = history.patch("alice", history.create(submission(task="image")).id, starred=True)
    done = finished(history, submission(), text())
    assert history.page("alice", task="image").items == (star,)
    assert history.page("alice", starred=True).items == (star,)
    assert history.page("alice", starred=False).items == (done, plain)
    assert history.page("alice", status="done").items == (done,)
    assert history.page("alice", task="image", query="cat", starred=True).items == (star,)
    assert history.page("alice", task="music").items == ()
    assert history.page("alice", task=("music", "image")).items == (star,)
    assert history.page("alice", task=("image", "text")).items == (done, star, plain)
    assert history.page("alice", task=("image", "music"), query="cat").items == (star,)


def test_active_jobs_are_listed_oldest_first(history: History) -> None:
    first, second, third = (history.create(submission(f"{n}")) for n in range(3))
    history.create(submission(owner="bob"))
    history.start(second.id).result()
    history.finish(first.id, "cancelled")
    assert [job.id for job in history.active("alice")] == [second.id, third.id]


def test_a_title_can_be_changed_and_an_empty_one_brings_the_first_words_back(history: History) -> None:
    job = history.create(submission("a cat"))
    assert history.patch("alice", job.id, title=" My\ncat \x00").title == "My cat \ufffd"
    assert history.page("alice", query="my").items[0].id == job.id
    assert history.patch("alice", job.id, title="").title == "a cat"
    assert history.page("alice", query="my").items == ()
    assert history.patch("alice", job.id).title == "a cat"
    with refused("title_too_long"):
        history.patch("alice", job.id, title="x" * 201)


def test_outputs_keep_their_order_and_their_small_facts(history: History) -> None:
    result = finished(history, submission(), text(), picture(), sound(), text("more"))
    assert [output.name for output in result.outputs] == [
        "answer.txt",
        "picture.png",
        "tune.wav",
        "answer-3.txt",
    ]
    assert result.outputs[0].text == "Cats sleep."
    assert result.outputs[1].meta["steps"] == 4
    assert (result.outputs[1].meta["width"], result.outputs[1].meta["height"]) == (40, 30)
    for output in result.outputs:
        stored = history.file("alice", result.id, output.name)
        assert stored.size == output.size == len(stored.path.read_bytes())


def test_what_json_and_text_cannot_hold_is_replaced_not_refused(history: History) -> None:
    meta = {"speed": float("nan"), "deep": {"inf": [float("inf"), 1]}}
    odd = replace(text("half \ud800 and nul \x00."), meta=meta)
    result = finished(history, submission(), odd)
    assert result.outputs[0].text == "half ? and nul \ufffd."
    assert result.outputs[0].meta == {"speed": None, "deep": {"inf": [None, 1]}}


def test_a_picture_gets_a_labelled_thumbnail(history: History) -> None:
    from PIL import Image

    from aigc_demo import provenance

    result = finished(history, submission(), picture((900, 300)))
    name = result.outputs[0].meta["thumb"]
    stored = history.file("alice", result.id, name)
    with Image.open(stored.path) as image:
        assert (image.format, image.size) == ("WEBP", (256, 85))
    assert provenance.read(stored.path.read_bytes()) is not None


def test_a_picture_that_nobody_can_decode_is_kept_without_a_thumbnail(history: History) -> None:
    result = finished(
        history, submission(), Output("image", "x", "image/gif", data=b"GIF89a" + bytes(7) + b",broken")
    )
    assert "thumb" not in result.outputs[0].meta


@pytest.mark.parametrize(
    "name", ["../studio.db", "answer.txt/..", "", ".", "answer.txt\x00", "ANSWER.TXT", "x" * 5000, "con"]
)
def test_no_name_leads_out_of_a_jobs_folder(history: History, name: str) -> None:
    result = finished(history, submission(), text())
    with refused("not_found"):
        history.file("alice", result.id, name)


def test_ids_never_go_backwards_even_if_the_clock_does(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    before = [history.create(submission()).id for _ in range(3)]
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() - 3600 * 10**9)
    after = [history.create(submission()).id for _ in range(3)]
    assert sorted(before + after) == before + after
    assert [job.id for job in history.page("alice").items] == (before + after)[::-1]


def test_ids_go_on_after_a_restart_with_the_clock_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    with opened(tmp_path) as history:
        first = history.create(submission()).id
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() - 86_400 * 10**9)
    with opened(tmp_path) as history:
        assert history.create(submission()).id > first


def test_a_folder_and_its_files_are_the_servers_alone(history: History, tmp_path: Path) -> None:
    finished(history, submission(), text())
    modes = {path: path.stat().st_mode & 0o077 for path in tmp_path.rglob("*")}
    assert {path: mode for path, mode in modes.items() if mode and path.suffix != ".db-shm"} == {}
    assert tmp_path.stat().st_mode & 0o077 == 0


def test_stats_and_readiness(history: History) -> None:
    history.ready()
    finished(history, submission(), text(), picture())
    history.create(submission())
    stats = history.stats()
    assert (stats["jobs_done"], stats["jobs_queued"], stats["outputs"]) == (1, 1, 2)
    history.ready()


def test_current_time_runs_forward_within_a_job(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    from aigc_demo.history import rows

    job = history.create(submission())
    real = rows.now
    monkeypatch.setattr(rows, "now", lambda: real() - 3_600_000_000)
    history.start(job.id)
    ended = history.finish(job.id, "done", [text()])
    assert ended.started is not None and ended.finished is not None
    assert ended.created <= ended.started <= ended.finished
