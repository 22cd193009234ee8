"""What every training has in common: its options, one optimiser step, a sitting that ends in time, its state.

Knows networks only as modules, optimisers and a loss; a script brings the batches and says what is learnt.
Time is counted over every sitting: a later one with more ``--minutes`` goes on where the last one stopped.
"""

from __future__ import annotations

import argparse
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aigc_demo.training.checkpoint import Average, Log, load_state, save_state

LOG_EVERY = 50
"""Steps between two lines of the log."""


def options(
    description: str | None, folder: str, *, minutes: float, rate: float, batch: int | None = None
) -> argparse.ArgumentParser:
    """The arguments that every training takes; a script may add its own.

    Args:
        description: the script's docstring.
        folder: where state and downloads are kept unless another is given.
        minutes: to train in all, over every sitting.
        rate: peak learning rate.
        batch: examples a step, where the script counts in examples.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(folder), help="state and downloads")
    parser.add_argument(
        "--minutes", type=float, default=minutes, help="time to train in all, over every sitting"
    )
    parser.add_argument("--rate", type=float, default=rate)
    if batch is not None:
        parser.add_argument("--batch", type=int, default=batch)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--smoke", action="store_true", help="two steps and no more")
    return parser


def begin(args: argparse.Namespace) -> Log:
    """Set torch to what :func:`options` gave; the log in its folder."""
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)  # zero-initialised layers make denormals, which are very slow
    return Log(args.folder / "log.txt")


class Trainer:
    """A network, its optimisers, the running average of its weights, randomness and counters.

    Args:
        model: the network; only parameters that require gradients learn.
        optimisers: their learning rates are the peak ones.
        average: how slowly the running average of weights follows (its decay); None keeps none.
        warmup: steps over which the rates rise from zero.
        clip: largest norm of all gradients together; None leaves them.
        smoothing: how quickly the running loss follows the last one.
    """

    def __init__(
        self,
        model: nn.Module,
        optimisers: Sequence[torch.optim.Optimizer],
        *,
        average: float | None = None,
        warmup: int = 0,
        clip: float | None = 1.0,
        smoothing: float = 0.02,
    ) -> None:
        self.model, self.optimisers = model, list(optimisers)
        self.rates = [group["lr"] for group in self._groups()]
        self.learning = [parameter for group in self._groups() for parameter in group["params"]]
        self.average = None if average is None else Average(model, average)
        self.warmup, self.clip, self.smoothing = warmup, clip, smoothing
        self.rng = torch.Generator().manual_seed(0)
        self.step, self.seen, self.spent, self.loss = 0, 0, 0.0, 0.0

    def advance(self, loss: Tensor, seen: int, rate: float = 1.0) -> None:
        """One optimiser step down ``loss``.

        ``seen`` examples or tokens went into it; it is taken at ``rate`` times the peak learning rates.
        """
        warm = min(1.0, (self.step + 1) / self.warmup) if self.warmup else 1.0
        for group, peak in zip(self._groups(), self.rates, strict=True):
            group["lr"] = peak * rate * warm
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        if self.clip is not None:
            nn.utils.clip_grad_norm_(self.learning, self.clip)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        self.seen += seen
        if self.average is not None:
            self.average.update(self.model, min(self.average.decay, self.step / (self.step + 10)))
        self.loss += (loss.item() - self.loss) * max(self.smoothing, 1 / self.step)

    def _groups(self) -> list[dict[str, Any]]:
        """The optimisers' groups of parameters; loading a state makes them anew."""
        return [group for one in self.optimisers for group in one.param_groups]

    def state(self) -> dict[str, Any]:
        """All that is needed to go on exactly as if training had never stopped."""
        return {
            "model": self.model.state_dict(),
            "optimisers": [one.state_dict() for one in self.optimisers],
            "average": None if self.average is None else self.average.shadow,
            "rng": self.rng.get_state(),
            "numbers": [self.step, self.seen, self.spent, self.loss],
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take up a saved state."""
        self.model.load_state_dict(state["model"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        if self.average is not None:
            self.average.load(state["average"])
        self.rng.set_state(state["rng"])
        self.step, self.seen, self.spent, self.loss = state["numbers"]

    def resume(self, path: Path) -> bool:
        """Take up the state in a file; False where there is none yet."""
        state = load_state(path)
        if state is not None:
            self.load(state)
        return state is not None


@dataclass(frozen=True)
class Every:
    """Something done now and then in a sitting: after so many ``seconds``, with how far it is (0 to 1)."""

    seconds: float
    do: Callable[[float], None]


def sitting(
    trainer: Trainer,
    args: argparse.Namespace,
    log: Callable[[str], None],
    *,
    name: str,
    unit: str = "pictures",
    minutes: float | None = None,
    every: Sequence[Every] = (),
    describe: Callable[[float], str] = lambda loss: f"loss {loss:.4f}",
) -> Iterator[float]:
    """Yield how far training is, from 0 to 1, once a step, until the time is spent or somebody stops it.

    The caller computes a loss and calls :meth:`Trainer.advance`. SIGTERM and SIGINT end it after a step.

    Args:
        trainer: whose steps are counted; its ``spent`` seconds count towards ``args.minutes``.
        args: of :func:`options`.
        log: gets a line every :data:`LOG_EVERY` steps.
        name: how the log calls it.
        unit: what ``Trainer.seen`` counts.
        minutes: of this sitting alone; None for ``args.minutes`` over all sittings.
        every: what else is done now and then: saving the state, looking at samples.
        describe: the running loss in words.
    """
    stopped = _stop_by_signal()
    before, first, seen = trainer.spent, trainer.step, trainer.seen
    offset, limit = (before, 60 * args.minutes) if minutes is None else (0.0, 60 * minutes)
    start = time.monotonic()
    last = [start] * len(every)
    while not stopped.is_set():
        passed = time.monotonic() - start
        progress = min(1.0, (offset + passed) / limit) if limit > 0 else 1.0
        trainer.spent = before + passed
        if progress >= 1.0:
            return
        step = trainer.step
        yield progress
        if trainer.step // LOG_EVERY > step // LOG_EVERY:
            speed = (trainer.seen - seen) / max(1e-9, passed)
            log(
                f"{name}: step {trainer.step}, {trainer.spent / 60:.1f} min, {trainer.seen:,} {unit}, "
                f"{speed:.0f}/s, {describe(trainer.loss)}"
            )
        for index, one in enumerate(every):
            if time.monotonic() - last[index] > one.seconds:
                last[index] = time.monotonic()
                one.do(progress)
        if args.smoke and trainer.step - first >= 2:
            return


def saving(trainer: Trainer, path: Path, *, until: float = 1.0, seconds: float = 180.0) -> Every:
    """Save the state now and then, while training is less than ``until`` of the way."""
    return Every(seconds, lambda progress: save_state(path, trainer.state()) if progress < until else None)


def decayed(progress: float, last: float = 0.25) -> float:
    """1, and over the ``last`` part of the way down to 0 (warm-up, stable, decay: Hagele et al. 2024)."""
    left = max(0.0, 1.0 - progress)
    return 1.0 if left > last else 1.0 - math.sqrt(1.0 - left / last)


def halved(progress: float) -> float:
    """1 over the first half of the way, then straight down to 0."""
    return min(1.0, 2.0 * (1.0 - progress))


def _stop_by_signal() -> threading.Event:
    """Set by SIGTERM and SIGINT, so that a step is finished and the state saved."""
    stopped = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
    return stopped
