"""Retention removes what is past its days, and most of a history only at the second look."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from aigc_demo.history import History, rows
from aigc_demo.history.retention import SECOND_LOOK_SECONDS, Caution
from tests.history.making import finished, opened, submission, text

DAY = 86_400 * 1_000_000


class Clock:
    """A clock that goes on only when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_half_may_go_at_once_and_more_only_if_it_would_an_hour_later_too() -> None:
    clock = Clock()
    caution = Caution(clock)
    assert caution.allows(0, 0)
    assert caution.allows(5, 10)
    assert not caution.allows(6, 10)
    clock.seconds = SECOND_LOOK_SECONDS - 1
    assert not caution.allows(9, 10)
    clock.seconds = SECOND_LOOK_SECONDS
    assert caution.allows(9, 10)
    assert not caution.allows(9, 10), "the next time is a first look again"


def test_a_clock_that_is_put_right_in_between_begins_the_hour_anew(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    caution = Caution(clock)
    with caplog.at_level(logging.WARNING):
        assert not caution.allows(10, 10)
    assert "10 of 10 items are past their days" in caplog.text
    assert "check the clock" in caplog.text
    clock.seconds = 600
    assert caution.allows(0, 10)
    clock.seconds = SECOND_LOOK_SECONDS + 60
    assert not caution.allows(10, 10)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with opened(tmp_path, retention_days=30) as history:
        yield history


def test_a_clock_that_jumps_years_ahead_and_back_removes_nothing(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {finished(history, submission(f"{n}"), text()).id for n in range(4)}
    real = rows.now
    with monkeypatch.context() as patched:
        patched.setattr(rows, "now", lambda: real() + 3650 * DAY)
        assert history.purge() == history.purge() == 0
    assert history.purge() == 0
    assert {job.id for job in history.page("alice").items} == kept


def test_days_that_really_went_by_count_at_the_second_look(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(history, "_caution", Caution(clock))
    for n in range(4):
        finished(history, submission(f"{n}"), text())
    real = rows.now
    monkeypatch.setattr(rows, "now", lambda: real() + 31 * DAY)
    assert history.purge() == 0
    clock.seconds = SECOND_LOOK_SECONDS
    assert history.purge() == 4


def test_what_was_deleted_by_hand_goes_whatever_retention_waits_for(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = (finished(history, submission(f"{n}"), text()) for n in range(2))
    history.delete("alice", [first.id])
    real = rows.now
    monkeypatch.setattr(rows, "now", lambda: real() + 31 * DAY)
    assert history.purge() == 1


def test_whoever_prunes_by_hand_is_sure(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(4):
        finished(history, submission(f"{n}"), text())
    real = rows.now
    monkeypatch.setattr(rows, "now", lambda: real() + 31 * DAY)
    assert history.purge(0, sure=True) == 4
