"""Learn: how soon a small network can be watched, how soon it is good, and what the loop is worth.

The peer is the same adversarial loop written plainly: a data loader, PyTorch's optimisers as they come, an
average of weights by a loop over the parameters. Seconds hold for an idle machine with two cores; each run
computes on one of them, as it does beside others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.data import DataLoader, TensorDataset

from aigc_demo import bench
from aigc_demo.bench import inside, learn_text
from aigc_demo.learning.pictures import data, nets
from aigc_demo.learning.run import Plan, Run
from aigc_demo.tasks.train_pictures.params import TrainPicturesParams
from aigc_demo.tasks.train_pictures.pipeline import METHODS, PictureTrainer, learner_for
from aigc_demo.types import Output, RunContext, Training

STEPS, ROUNDS = 300, 5
GOALS = {"gan": (0.95, 30.0), "vae": (0.95, 10.0), "flow": (0.99, 60.0)}
"""By method: which part of what it draws the classifier is to recognise, and within how many seconds."""


class _Enough(Exception):
    """The figure is known."""


def main() -> None:
    """Measure and tell."""
    bench.tell(figures())


def figures() -> list[bench.Figure]:
    """All figures."""
    torch.set_num_threads(1)
    return [*_goals(), _speed(), _telling(), *learn_text.figures(), inside.figure()]


def _goals() -> Iterator[bench.Figure]:
    for method, (goal, limit) in GOALS.items():
        first, reached, step = _until(method, goal)
        note = (
            f"until {goal:.0%} of drawn digits are recognised: {step} steps; first grid after {first:.2f} s"
        )
        yield _seconds_at_most(f"learn.{method}.seconds", reached, limit, note)
        if method == "gan":
            yield _seconds_at_most("learn.first", first, 3.0, "until the first grid, PyTorch loaded")


def _seconds_at_most(name: str, value: float, limit: float, note: str) -> bench.Figure:
    return bench.Figure(name, round(value, 2), limit, "seconds, at most", value <= limit, note)


def _until(method: str, goal: float) -> tuple[float, float, int]:
    """Seconds to the first grid and to the goal, and the steps that it took."""
    began = time.perf_counter()
    first = reached = 0.0
    steps = 0

    def emit(event: object) -> None:
        nonlocal first, reached, steps
        if not isinstance(event, Training):
            return
        first = first or time.perf_counter() - began
        if event.metrics.get("recognised", 0.0) >= goal:
            reached, steps = time.perf_counter() - began, event.step
            raise _Enough

    params = TrainPicturesParams(method=method, seconds=300.0, patience=0, seed=1)  # type: ignore[arg-type]
    try:
        PictureTrainer()(params, emit)
    except _Enough:
        return first, reached, steps
    return first, 300.0, steps


def _speed() -> bench.Figure:
    learner = learner_for(TrainPicturesParams(method="gan", seed=1))
    plain = Plain()
    numbers = iter(range(1, 1_000_000))
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda: learner.step(next(numbers))))
        theirs.append(_seconds(plain.step))
    ratio = min(theirs) / min(ours)
    note = (
        f"steps a second over the plain loop's: {STEPS / min(ours):.0f} over {STEPS / min(theirs):.0f} (GAN)"
    )
    return bench.at_least("learn.speed", ratio, 2.0, note)


def _seconds(step: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(STEPS):
        step()
    return time.perf_counter() - began


class Plain:
    """The adversarial loop as one writes it first; the networks are ours."""

    def __init__(self) -> None:
        known, method = data.digits(), METHODS["gan"]
        self.noise = method.noise
        self.generator = nets.Generator(method.noise, 10, 8, 1, method.width)
        self.discriminator = nets.Discriminator(10, 8, 1, method.width)
        rate, betas = method.usual.learning_rate, (0.5, 0.99)
        self.optimizer_g = torch.optim.Adam(self.generator.parameters(), lr=rate, betas=betas)
        self.optimizer_d = torch.optim.Adam(self.discriminator.parameters(), lr=rate, betas=betas)
        self.average = [parameter.detach().clone() for parameter in self.generator.parameters()]
        self.loader = DataLoader(
            TensorDataset(known.pictures, known.labels), batch_size=64, shuffle=True, drop_last=True
        )
        self.batches = iter(self.loader)

    def step(self) -> None:
        """One of the discriminator, one of the generator."""
        try:
            real, labels = next(self.batches)
        except StopIteration:
            self.batches = iter(self.loader)
            real, labels = next(self.batches)
        ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)

        drawn = self.generator(torch.randn(len(real), self.noise), labels)
        loss_d = self._loss(real, labels, ones) + self._loss(drawn.detach(), labels, zeros)
        self.optimizer_d.zero_grad()
        loss_d.backward()
        self.optimizer_d.step()

        drawn = self.generator(torch.randn(len(real), self.noise), labels)
        loss_g = self._loss(drawn, labels, ones)
        self.optimizer_g.zero_grad()
        loss_g.backward()
        self.optimizer_g.step()

        with torch.no_grad():
            for average, parameter in zip(self.average, self.generator.parameters(), strict=True):
                average.mul_(0.995).add_(parameter, alpha=0.005)
        loss_d.item()
        loss_g.item()

    def _loss(self, pictures: torch.Tensor, labels: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        blurred = pictures + 0.1 * torch.randn_like(pictures)
        return binary_cross_entropy_with_logits(self.discriminator(blurred, labels), wanted)


def _telling() -> bench.Figure:
    """Of a run's time that which goes into samples and events."""
    learner = learner_for(TrainPicturesParams(method="gan", seed=1))
    draw, spent = learner.samples, 0.0

    def samples() -> Output:
        nonlocal spent
        began = time.perf_counter()
        shown = draw()
        spent += time.perf_counter() - began
        return shown

    learner.samples = samples  # type: ignore[method-assign]
    began = time.perf_counter()
    plan = Plan(steps=None, seconds=8.0, learning_rate=METHODS["gan"].usual.learning_rate)
    Run(learner, plan, lambda event: None, RunContext(), {}, {})()
    share = spent / (time.perf_counter() - began)
    return bench.at_most("learn.telling", share, 0.03, "of the time goes into drawing and telling (GAN, 8 s)")
