"""Teach EmojiFlow to paint in four steps: python -m aigc_demo.training.emojiflow_distil [--minutes 30].

The way from noise to picture is cut into four windows. Within a window the teacher, with guidance, takes
several small steps; the student, which starts as the teacher, learns to reach the same place in one, without
guidance (piecewise rectified flow, Yan et al. 2024). A window starts from a real picture mixed with noise.

Needs the weights written by ``emojiflow --decay-minutes``. Resumable; writes ``.training/emojiflow/fast/``.
Knows nothing of how the result is judged: ``emojiflow_eval`` does that for both.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from aigc_demo.tasks.image.net import EmojiTransformer
from aigc_demo.training.checkpoint import Log, fast_autocast, load_state, save_state
from aigc_demo.training.emojiflow import Training
from aigc_demo.training.emojiflow_batches import FlowData, Text, guided_by, load_data

WINDOWS = 4


@dataclass(frozen=True)
class Teaching:
    """Pictures a step, learning rate, steps of the teacher in a window, and its guidance."""

    batch: int
    rate: float
    small_steps: int
    guidance: float


@torch.no_grad()
def teacher_way(
    teacher: EmojiTransformer,
    x: Tensor,
    starts: Tensor,
    text: Text,
    empty: Text,
    small_steps: int,
    guidance: float,
) -> Tensor:
    """The mean velocity of the guided teacher over one window from ``starts`` (batch,) on."""
    both = guided_by(text, empty)
    length = 1.0 / WINDOWS
    here = x
    for small in range(small_steps):
        now = starts - length * small / small_steps
        with fast_autocast():
            velocity = teacher(torch.cat([here, here]), torch.cat([now, now]), *both).float()
        wanted, plain = velocity.chunk(2)
        here = here - length / small_steps * (plain + guidance * (wanted - plain))
    return (x - here) / length


def distil_loss(
    student: EmojiTransformer,
    teacher: EmojiTransformer,
    data: FlowData,
    size: int,
    small_steps: int,
    guidance: float,
    chance: torch.Generator,
) -> Tensor:
    """Squared error between the student's one step and the teacher's several."""
    latents, *words = data.batch(size, 0.02, chance)
    text = words[0], words[1], words[2]
    windows = torch.randint(1, WINDOWS + 1, (size,), generator=chance)
    starts = windows / WINDOWS
    noise = torch.randn(latents.shape, generator=chance)
    x = torch.lerp(latents, noise, starts[:, None, None, None])
    wanted = teacher_way(teacher, x, starts, text, data.empty(), small_steps, guidance)
    with fast_autocast():
        velocity: Tensor = student(x, starts, *text)
    return (velocity.float() - wanted).square().mean()


class Distilling(Training):
    """Training whose aim is the teacher's way; the student starts as the teacher."""

    def __init__(
        self, teacher: EmojiTransformer, student: EmojiTransformer, data: FlowData, how: Teaching
    ) -> None:
        super().__init__(student, data, how.rate, how.batch)
        self.teacher, self.how = teacher, how

    def objective(self) -> Tensor:
        """See :class:`Training`."""
        how = self.how
        return distil_loss(
            self.model, self.teacher, self.data, how.batch, how.small_steps, how.guidance, self.chance
        )


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument(
        "--folder", type=Path, default=Path(".training/emojiflow"), help="state and downloads"
    )
    options.add_argument(
        "--minutes", type=float, default=30.0, help="time to train in all, over every sitting"
    )
    options.add_argument("--batch", type=int, default=96)
    options.add_argument("--rate", type=float, default=3e-4)
    options.add_argument(
        "--small-steps", type=int, default=3, help="of the teacher, in each of the four windows"
    )
    options.add_argument("--guidance", type=float, default=3.0)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--smoke", action="store_true", help="two steps and no more")
    args = options.parse_args(arguments)

    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    log = Log(args.folder / "log.txt")
    teacher = EmojiTransformer.from_pretrained(args.folder / "flow").eval().requires_grad_(False)
    student = EmojiTransformer.from_pretrained(args.folder / "flow").train()
    how = Teaching(args.batch, args.rate, args.small_steps, args.guidance)
    training = Distilling(teacher, student, load_data(args.folder, 0.1, 1.0, log), how)
    training.average.decay = 0.99
    state_file = args.folder / "fast.pt"
    if state := load_state(state_file):
        training.load(state)
    saved, first, limit = time.monotonic(), training.step, 60 * args.minutes
    start = time.monotonic() - training.spent
    while (spent := time.monotonic() - start) < limit:
        training.advance(min(1.0, 2 * (1 - spent / limit)))  # falls over the second half
        training.spent = spent
        if training.step % 50 == 0:
            log(f"fast: step {training.step}, {spent / 60:.1f} min, loss {training.loss:.4f}")
        if time.monotonic() - saved > 240:
            saved = time.monotonic()
            save_state(state_file, training.state())
        if args.smoke and training.step - first == 2:
            break
    save_state(state_file, training.state())
    training.average.copy_to(student)
    student.eval().save_pretrained(args.folder / "fast")
    log(f"fast: written after step {training.step}, loss {training.loss:.4f}")


if __name__ == "__main__":
    main()
