"""A run ends when it should, keeps what is good, and is the same run after it was interrupted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from aigc_demo.learning import keeping
from aigc_demo.learning.run import Plan, Run
from aigc_demo.types import (
    CancelledByVisitor,
    Output,
    PausedByVisitor,
    Progress,
    RunContext,
    RunControl,
    Training,
)


class Falling:
    """Learns to make one number small; the loss is what it is asked to be, else the number."""

    def __init__(self, losses: Callable[[int], float] | None = None) -> None:
        self.number = torch.tensor([8.0])
        self.rate = 0.0
        self.asked = losses
        self.validations: list[float] = []

    def step(self, number: int) -> Mapping[str, Any]:
        self.number -= self.rate * self.number
        return {"loss": torch.tensor(self.asked(number)) if self.asked else self.number[0].clone()}

    def validate(self) -> Mapping[str, float]:
        return {"validation": self.validations.pop(0) if self.validations else float(self.number)}

    def samples(self) -> Output:
        return Output("text", "now.txt", "text/plain", text=f"{float(self.number):.4f}")

    def set_learning_rate(self, rate: float) -> None:
        self.rate = rate

    def state(self) -> dict[str, Any]:
        return {"number": self.number}

    def load(self, state: Mapping[str, Any]) -> None:
        self.number.copy_(state["number"])

    def files(self, measures: Mapping[str, Any]) -> Sequence[Output]:
        meta = {"ended": measures["ended"], "steps": measures["steps"]}
        return (Output("model", "model.safetensors", "application/vnd.safetensors", data=b"w", meta=meta),)


class Clock:
    """Goes on by so much whenever it is looked at."""

    def __init__(self, tick: float = 0.001) -> None:
        self.now, self.tick = 0.0, tick

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


def run(
    learner: Falling,
    plan: Plan,
    *,
    folder: Path | None = None,
    told: Callable[[int], Sequence[RunControl]] = lambda step: (),
    stop_at: int | None = None,
    clock: Callable[[], float] | None = None,
    earlier: keeping.Snapshot | None = None,
) -> tuple[dict[str, Output], list[Any]]:
    events: list[Any] = []

    def emit(event: Any) -> None:
        events.append(event)
        if isinstance(event, Progress) and stop_at is not None and event.done == stop_at:
            raise CancelledByVisitor

    def controls() -> Sequence[RunControl]:
        done = [event.done for event in events if isinstance(event, Progress)]
        return told(done[-1] if done else 0)

    context = RunContext(folder, controls)
    outputs = Run(learner, plan, emit, context, {"seed": 1}, {"kind": "test"}, earlier, clock or Clock())()
    return {output.name: output for output in outputs}, events


def trainings(events: Sequence[Any]) -> list[Training]:
    return [event for event in events if isinstance(event, Training)]


def card(outputs: Mapping[str, Output]) -> dict[str, Any]:
    return json.loads(outputs["card.json"].data or b"")


def test_a_run_ends_with_its_steps_and_leaves_every_file() -> None:
    outputs, events = run(Falling(), Plan(steps=25, seconds=None, learning_rate=0.1))
    assert set(outputs) == {
        "model.safetensors",
        "card.json",
        "curves.csv",
        "events.out.tfevents",
        "state.safetensors",
    }
    assert card(outputs)["steps"] == 25
    assert card(outputs)["ended"] == "steps"
    assert card(outputs)["seed"] == 1
    rows = (outputs["curves.csv"].data or b"").decode().splitlines()
    assert rows[0] == "step,loss"
    assert [row.split(",")[0] for row in rows[1:]] == ["1", "10", "20"]
    assert [event.done for event in events if isinstance(event, Progress)] == list(range(26))


def test_a_run_ends_with_its_seconds() -> None:
    outputs, _ = run(Falling(), Plan(steps=None, seconds=3.0, learning_rate=0.1), clock=Clock(0.1))
    assert card(outputs)["ended"] == "seconds"
    assert 3.0 <= card(outputs)["seconds"] < 4.0


def test_it_stops_by_itself_when_the_validation_no_longer_falls() -> None:
    learner = Falling()
    learner.validations = [5.0, 4.0, 4.0, 4.5, 4.2]
    plan = Plan(1000, None, 0.1, patience=3, validate_every=10)
    outputs, events = run(learner, plan)
    assert card(outputs)["ended"] == "early_stop"
    assert card(outputs)["steps"] == 50
    assert (card(outputs)["best_validation"], card(outputs)["best_step"]) == (4.0, 20)
    assert trainings(events)[-1].patience == (3, 3)
    assert trainings(events)[-1].notes == ("early_stop",)


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), 1e9])
def test_a_run_that_diverges_says_so_and_keeps_the_last_good_weights(broken: float) -> None:
    learner = Falling(lambda step: broken if step >= 30 else 1.0)
    outputs, events = run(learner, Plan(1000, None, 0.1, validate_every=20))
    assert card(outputs)["ended"] == "diverged"
    assert trainings(events)[-1].notes == ("diverged",)
    assert float(learner.number) == pytest.approx(8 * 0.9**20), "as it was at the last check that was good"


def test_a_run_that_diverges_at_once_keeps_what_it_began_with() -> None:
    learner = Falling(lambda step: float("nan"))
    outputs, _ = run(learner, Plan(1000, None, 100.0))
    assert card(outputs)["ended"] == "diverged"
    assert float(learner.number) == 8.0


def test_the_learning_rate_is_changed_and_steps_are_added_while_it_runs() -> None:
    def told(step: int) -> Sequence[RunControl]:
        if step == 10:
            return (RunControl("adjust", learning_rate=0.0), RunControl("adjust", more_steps=30))
        return ()

    learner = Falling()
    outputs, events = run(learner, Plan(20, None, 0.1), told=told)
    assert card(outputs)["steps"] == 40
    assert card(outputs)["learning_rate"] == 0.0
    assert float(learner.number) == pytest.approx(8 * 0.9**10)
    assert trainings(events)[-1].total == 40


def test_finish_ends_it_with_what_it_has() -> None:
    outputs, _ = run(
        Falling(), Plan(1000, None, 0.1), told=lambda s: (RunControl("finish"),) if s == 7 else ()
    )
    assert (card(outputs)["ended"], card(outputs)["steps"]) == ("finished", 7)


def test_a_paused_run_goes_on_where_it_was_as_if_nothing_had_happened(tmp_path: Path) -> None:
    whole, _ = run(Falling(), Plan(40, None, 0.05))
    with pytest.raises(PausedByVisitor):
        run(
            Falling(),
            Plan(40, None, 0.05),
            folder=tmp_path,
            told=lambda s: (RunControl("pause"),) if s == 15 else (),
        )
    again, events = run(Falling(), Plan(40, None, 0.05), folder=tmp_path)
    assert again["curves.csv"].data == whole["curves.csv"].data
    first = trainings(events)[0]
    assert first.step == 15
    assert [point.step for point in first.points] == [1, 10], "whoever comes late sees the whole curve"


def test_a_cancelled_run_has_left_its_files_by_the_time_it_ends(tmp_path: Path) -> None:
    with pytest.raises(CancelledByVisitor):
        run(Falling(), Plan(40, None, 0.1), folder=tmp_path, stop_at=23)
    listed = json.loads((tmp_path / keeping.LIST).read_text())
    assert {entry["name"] for entry in listed} >= {"model.safetensors", "card.json", "curves.csv"}
    assert json.loads((tmp_path / "card.json").read_text())["steps"] == 23


def test_numbers_that_broke_never_replace_a_good_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(CancelledByVisitor):
        run(Falling(), Plan(40, None, 0.1), folder=tmp_path, stop_at=5)
    before = (tmp_path / keeping.STATE).read_bytes()
    broken = Falling()
    broken.step = lambda number: (broken.number.fill_(float("nan")), {"loss": torch.tensor(1.0)})[1]  # type: ignore[method-assign]
    with pytest.raises(CancelledByVisitor):
        run(broken, Plan(40, None, 0.1), folder=tmp_path, stop_at=8)
    assert (tmp_path / keeping.STATE).read_bytes() == before


def test_another_run_begins_where_a_finished_one_ended(tmp_path: Path) -> None:
    first, _ = run(Falling(), Plan(20, None, 0.05))
    (tmp_path / "state.safetensors").write_bytes(first["state.safetensors"].data or b"")
    earlier = keeping.read_snapshot(tmp_path / "state.safetensors", "base")
    second, _ = run(Falling(), Plan(20, None, 0.05), earlier=earlier)
    whole, _ = run(Falling(), Plan(40, None, 0.05))
    assert card(second)["steps"] == 40
    assert second["curves.csv"].data == whole["curves.csv"].data


def test_telling_takes_at_most_three_per_cent_of_the_time_and_comes_at_most_five_times_a_second() -> None:
    clock = Clock(0.0)

    class Slow(Falling):
        def step(self, number: int) -> Mapping[str, Any]:
            clock.now += 0.01
            return super().step(number)

        def samples(self) -> Output:
            clock.now += 0.05
            return super().samples()

    run_events = run(Slow(), Plan(None, 60.0, 0.001), clock=clock)[1]
    told = trainings(run_events)
    assert 60 * 0.03 / 0.05 * 0.8 <= len(told) <= 60 * 0.03 / 0.05 + 2
    quick = trainings(run(Falling(), Plan(None, 10.0, 0.0001), clock=Clock(0.01))[1])
    assert 10 <= len(quick) <= 10 * 5 + 2


def test_a_file_that_is_no_state_is_refused_in_words(tmp_path: Path) -> None:
    from aigc_demo.types import UserError

    for data in (b"", b"\x00" * 100, b"PK\x03\x04", (1 << 40).to_bytes(8, "little") + b"{}"):
        (tmp_path / "state").write_bytes(data)
        with pytest.raises(UserError) as caught:
            keeping.read_snapshot(tmp_path / "state", "base")
        assert caught.value.problem.code == "bad_state"
