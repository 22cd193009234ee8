"""The line has room for everybody: no visitor and no crowd of strangers can fill it."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from aigc_demo.scheduler.admission import Admission
from aigc_demo.types import UserError


class Waiting:
    """A scheduler in which nothing is ever served; who waits is counted as the test says."""

    def __init__(self, known: int = 0, newcomers: int = 0) -> None:
        self.known = known
        self.strangers = newcomers

    def counts(self, owner: str | None = None) -> tuple[int, int]:
        return (self.known + self.strangers if owner is None else 0), 0

    def newcomers(self) -> int:
        return self.strangers

    def wait_estimate(self) -> float:
        return 2.0


def admission(waiting: Waiting, per_visitor: int = 4, total: int = 20) -> Admission:
    return Admission(waiting, per_visitor=per_visitor, total=total)  # type: ignore[arg-type]


def refused(admission: Admission, owner: str, *, newcomer: bool) -> UserError:
    with pytest.raises(UserError) as caught, admission.place(owner, newcomer=newcomer):
        pass
    return caught.value


def test_a_program_that_never_sends_its_cookie_back_leaves_room_for_all_who_do() -> None:
    door = admission(Waiting(newcomers=15))
    error = refused(door, "one more stranger", newcomer=True)
    assert (error.status, error.retry_after) == (503, 1)
    with door.place("ann", newcomer=False):
        pass


def test_strangers_who_come_in_the_same_moment_are_counted_too() -> None:
    door = admission(Waiting())
    with ExitStack() as arriving:
        for number in range(15):
            arriving.enter_context(door.place(f"stranger{number}", newcomer=True))
        assert refused(door, "one more stranger", newcomer=True).problem.values["count"] == 15
        for number in range(5):
            arriving.enter_context(door.place(f"visitor{number}", newcomer=False))
        assert refused(door, "ann", newcomer=False).problem.key == "error.queue_full"
    with door.place("stranger", newcomer=True):
        pass


def test_those_who_come_back_take_no_place_from_newcomers_but_the_last() -> None:
    door = admission(Waiting(known=19))
    with door.place("stranger", newcomer=True):
        assert refused(door, "another", newcomer=True).problem.key == "error.queue_full"


def test_a_line_of_one_place_still_takes_a_newcomer() -> None:
    with admission(Waiting(), total=1).place("stranger", newcomer=True):
        pass


def test_one_visitor_may_have_only_so_many_at_once() -> None:
    door = admission(Waiting(), per_visitor=2)
    with door.place("ann", newcomer=False), door.place("ann", newcomer=False):
        error = refused(door, "ann", newcomer=False)
        assert (error.status, error.problem.values["count"], error.retry_after) == (429, 2, 4)
        with door.place("ben", newcomer=False):
            pass
    with door.place("ann", newcomer=False):
        pass
