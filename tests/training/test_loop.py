"""The one loop of every training: it ends in time, goes on where it stopped, and tells how it goes."""

from __future__ import annotations

import argparse
import itertools
import signal
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from aigc_demo.training import loop


def trainer(**options: float) -> loop.Trainer:
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    return loop.Trainer(model, [torch.optim.SGD(model.parameters(), lr=0.1)], **options)  # type: ignore[arg-type]


def loss_of(training: loop.Trainer) -> Tensor:
    x = torch.randn(8, 3, generator=training.rng)
    return (training.model(x) - x.sum(1, keepdim=True)).square().mean()


def arguments(*more: str) -> argparse.Namespace:
    return loop.options("", "unused", minutes=1.0, rate=0.1, batch=8).parse_args(more)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock is half a second later: no test waits, none depends on the machine."""
    ticks = itertools.count(0.0, 0.5)
    monkeypatch.setattr("time.monotonic", lambda: next(ticks))


def test_a_step_goes_down_and_counts_what_it_saw() -> None:
    training = trainer(average=0.9)
    for _ in range(60):
        training.advance(loss_of(training), 8)
    assert (training.step, training.seen) == (60, 480)
    assert loss_of(training).item() < 0.01
    assert training.average is not None
    assert torch.allclose(training.average.shadow[0], torch.ones(1, 3), atol=0.1)


def test_rates_rise_over_the_warm_up_and_follow_the_schedule() -> None:
    training = trainer(warmup=10)
    group = training.optimisers[0].param_groups[0]
    training.advance(loss_of(training), 8)
    assert group["lr"] == pytest.approx(0.01)
    for _ in range(20):
        training.advance(loss_of(training), 8, 0.5)
    assert group["lr"] == pytest.approx(0.05)


@pytest.mark.usefixtures("clock")
def test_a_sitting_goes_from_nothing_to_all_of_its_time() -> None:
    training, progress = trainer(), []
    for done in loop.sitting(training, arguments(), lambda _: None, name="tiny"):
        progress.append(done)
        training.advance(loss_of(training), 8)
    assert progress == sorted(progress)
    assert progress[0] < 0.05
    assert progress[-1] > 0.95
    assert training.spent == pytest.approx(60, abs=2)


@pytest.mark.usefixtures("clock")
def test_a_second_sitting_goes_on_where_the_first_one_stopped(tmp_path: Path) -> None:
    first = trainer()
    for done in loop.sitting(first, arguments(), lambda _: None, name="tiny"):
        first.advance(loss_of(first), 8)
        if done > 0.5:
            break
    loop.save_state(tmp_path / "state.pt", first.state())
    second = trainer()
    assert second.resume(tmp_path / "state.pt")
    assert second.step == first.step
    assert torch.equal(loss_of(second), loss_of(first))
    assert next(iter(loop.sitting(second, arguments(), lambda _: None, name="tiny"))) >= 0.5


@pytest.mark.usefixtures("clock")
def test_now_and_then_the_log_gets_a_line_and_what_is_due_is_done() -> None:
    training, lines, looks = trainer(), [], []
    every = [loop.Every(10.0, looks.append)]
    for _ in loop.sitting(training, arguments(), lines.append, name="tiny", every=every):
        for _ in range(loop.LOG_EVERY):
            training.advance(loss_of(training), 8)
    assert all(line.startswith("tiny: step ") and "pictures" in line for line in lines)
    assert len(lines) > 3
    assert 3 <= len(looks) <= 6


@pytest.mark.usefixtures("clock")
def test_a_signal_ends_the_sitting_after_the_step() -> None:
    training = trainer()
    before = signal.getsignal(signal.SIGINT)
    try:
        for _ in loop.sitting(training, arguments(), lambda _: None, name="tiny"):
            training.advance(loss_of(training), 8)
            if training.step == 3:
                signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    assert training.step == 3


@pytest.mark.usefixtures("clock")
def test_a_smoke_run_takes_two_steps() -> None:
    training = trainer()
    for _ in loop.sitting(training, arguments("--smoke"), lambda _: None, name="tiny"):
        training.advance(loss_of(training), 8)
    assert training.step == 2


def test_a_rate_that_decays_is_held_first_and_ends_at_zero() -> None:
    assert loop.decayed(0.0) == loop.decayed(0.74) == 1.0
    assert loop.decayed(1.0) == 0.0
    assert loop.halved(0.5) == 1.0
    assert loop.halved(0.75) == 0.5
