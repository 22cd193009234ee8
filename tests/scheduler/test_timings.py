"""Waiting times follow from what was measured, and say nothing where nothing is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_demo.scheduler.slots import Slots
from aigc_demo.scheduler.timings import Timings, Work, starts


def slots(count: int, **concurrency: int) -> Slots:
    """Lanes where a model takes as many jobs as there are lanes, but for those named; ``shared`` shares."""
    return Slots(count, lambda model: concurrency.get(model, count), lambda model: model == "shared")


def some(*seconds: float | None, model: str = "a") -> list[Work]:
    return [Work(model, each) for each in seconds]


def test_two_lanes_take_jobs_as_they_become_free() -> None:
    assert starts(some(4.0, 4.0, 4.0), some(1.0, 3.0), slots(2)) == [1.0, 3.0, 5.0]


def test_an_idle_lane_takes_the_first_job_at_once() -> None:
    assert starts(some(4.0, 4.0), some(3.0), slots(2)) == [0.0, 3.0]


def test_an_unknown_running_job_hides_only_its_lane() -> None:
    assert starts(some(2.0, 2.0), some(None, 1.0), slots(2)) == [1.0, 3.0]
    assert starts(some(2.0), some(None), slots(1)) == [None]


def test_an_unknown_waiting_job_makes_those_behind_it_unknown() -> None:
    assert starts(some(None, 2.0), some(1.0), slots(1)) == [1.0, None]


def test_a_model_that_takes_one_job_at_a_time_uses_one_lane_however_many_there_are() -> None:
    assert starts(some(2.0, 2.0), some(1.0), slots(2, a=1)) == [1.0, 3.0]


def test_while_a_model_is_busy_the_other_lane_takes_the_next_job_of_another_model() -> None:
    waiting = [Work("a", 2.0), Work("a", 2.0), Work("b", 5.0)]
    assert starts(waiting, some(1.0), slots(2, a=1)) == [1.0, 3.0, 0.0]


def test_jobs_of_a_model_that_shares_come_together_in_one_lane_up_to_its_number() -> None:
    waiting = some(2.0, 2.0, 2.0, model="shared") + some(1.0)
    assert starts(waiting, some(4.0, model="shared"), slots(1, shared=3)) == [0.0, 0.0, 2.0, 4.0]


def test_a_model_that_was_never_measured_is_guessed_from_the_others() -> None:
    timings = Timings()
    assert timings.of("new") is None
    timings.add("a", 2.0)
    timings.add("b", 4.0)
    assert timings.of("new") == 3.0


def test_estimates_move_towards_new_measurements() -> None:
    timings = Timings()
    for _ in range(20):
        timings.add("a", 2.0)
    timings.add("a", 4.0)
    assert 2.0 < (timings.of("a") or 0) < 4.0


seconds = st.floats(0, 1e4)


@given(st.lists(seconds, max_size=20), st.lists(seconds, max_size=4), st.integers(1, 4))
def test_times_of_one_model_never_go_backwards_along_the_line(
    waiting: list[float], running: list[float], count: int
) -> None:
    begun = starts(some(*waiting), some(*running[:count]), slots(count))
    assert len(begun) == len(waiting)
    known = [start for start in begun if start is not None]
    assert known == sorted(known)
    assert known == pytest.approx(known)
