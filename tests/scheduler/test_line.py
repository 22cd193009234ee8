"""The waiting line is fair, complete and bounded in what it postpones."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aigc_demo.scheduler.line import MAX_PASSED_OVER, Line


def anything(_: str) -> bool:
    return True


def nothing(_: str) -> bool:
    return False


def drain(line: Line) -> list[str]:
    taken = []
    while (place := line.next(anything, nothing)) is not None:
        taken.append(place.id)
    return taken


def test_a_visitor_with_a_batch_of_ten_does_not_block_the_others() -> None:
    line = Line()
    for number in range(10):
        line.join(f"batch{number}", "ann", "m")
    line.join("ben", "ben", "m")
    line.join("cat", "cat", "m")
    assert drain(line)[:3] == ["batch0", "ben", "cat"]


def test_a_visitors_own_jobs_keep_their_order() -> None:
    line = Line()
    for number in range(5):
        line.join(str(number), "ann", "m")
    assert drain(line) == ["0", "1", "2", "3", "4"]


def test_who_was_served_least_recently_comes_first() -> None:
    line = Line()
    line.join("a1", "ann", "m")
    line.next(anything, nothing)
    line.join("a2", "ann", "m")
    line.join("b1", "ben", "m")
    assert drain(line) == ["b1", "a2"]


def test_a_job_that_lost_its_worker_goes_to_the_front() -> None:
    line = Line()
    line.join("b1", "ben", "m")
    line.join("a1", "ann", "m", front=True)
    assert drain(line) == ["a1", "b1"]


def test_a_job_whose_model_is_loaded_may_go_ahead_but_never_for_long() -> None:
    line = Line()
    line.join("slow", "ann", "cold")
    for number in range(10):
        line.join(f"quick{number}", f"visitor{number}", "warm")
    order = []
    while (place := line.next(anything, "warm".__eq__)) is not None:
        order.append(place.id)
    assert order.index("slow") == MAX_PASSED_OVER


def test_a_job_whose_model_is_busy_waits_without_blocking_others() -> None:
    line = Line()
    line.join("a", "ann", "busy")
    line.join("b", "ben", "free")
    place = line.next("free".__eq__, nothing)
    assert place is not None
    assert place.id == "b"
    assert line.next("free".__eq__, nothing) is None
    assert "a" in line


def test_newcomers_get_every_second_turn_while_anybody_else_waits() -> None:
    """A program that never sends its cookie back is a new visitor each time, and never served before."""
    line = Line()
    for name in ("ann", "ben"):
        line.join(name, name, "m")
    drain(line)
    for number in range(20):
        line.join(f"new{number}", f"stranger{number}", "m", newcomer=True)
    for number in range(3):
        line.join(f"a{number}", "ann", "m")
        line.join(f"b{number}", "ben", "m")
    order = drain(line)
    assert [name for name in order[:12] if not name.startswith("new")] == ["a0", "b0", "a1", "b1", "a2", "b2"]
    assert all(first.startswith("new") != second.startswith("new") for first, second in pairwise(order[:12]))


def test_newcomers_among_themselves_are_served_as_they_came() -> None:
    line = Line()
    for number in range(5):
        line.join(str(number), f"stranger{number}", "m", newcomer=True)
    assert drain(line) == ["0", "1", "2", "3", "4"]


def test_a_newcomer_who_comes_back_is_one_no_more() -> None:
    line = Line()
    for number in range(3):
        line.join(f"new{number}", f"stranger{number}", "m", newcomer=True)
    assert line.newcomers() == 3
    line.welcome("stranger2")
    assert line.newcomers() == 2
    assert drain(line) == ["new0", "new2", "new1"]
    assert line.newcomers() == 0


joins = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["m", "n"])), max_size=40)


@given(joins, st.sets(st.sampled_from("abcd")))
def test_everyone_is_served_exactly_once_in_the_announced_order(
    people: list[tuple[str, str]], newcomers: set[str]
) -> None:
    line = Line()
    for number, (owner, model) in enumerate(people):
        line.join(str(number), owner, model, newcomer=owner in newcomers)
    announced = [place.id for place in line.order()]
    assert drain(line) == announced
    assert sorted(announced, key=int) == [str(n) for n in range(len(people))]


@given(joins, st.data())
def test_nobody_is_served_twice_while_another_waits(
    people: list[tuple[str, str]], data: st.DataObject
) -> None:
    line = Line()
    for number, (owner, model) in enumerate(people):
        line.join(str(number), owner, model)
    since: dict[str, int] = {}
    while len(line):
        waiting = {place.owner for place in line.order()}
        place = line.next(anything, nothing)
        assert place is not None
        for other in waiting - {place.owner}:
            since[other] = since.get(other, 0) + 1
            # At most one turn of each other visitor lies between two of mine.
            assert since[other] <= 4
        since[place.owner] = 0
        if data.draw(st.booleans()):
            line.leave(next((p.id for p in line.order()), ""))
