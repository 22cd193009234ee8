"""Teach EmojiFlow to paint in four steps: python -m aigc_demo.training.emojiflow_distil [--minutes 30].

The way from noise to picture is cut into four windows. Within a window the teacher, with guidance, takes
several small steps; the student, which starts as the teacher, learns to reach the same place in one, without
guidance (piecewise rectified flow, Yan et al. 2024). A window starts from a real picture mixed with noise.

Needs the weights written by ``emojiflow --decay-minutes``. Resumable; writes ``.training/emojiflow/fast/``.
Knows nothing of how the result is judged: ``emojiflow_eval`` does that for both.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_demo.tasks.image.net import EmojiTransformer
from aigc_demo.training.checkpoint import fast_autocast, save_state
from aigc_demo.training.emojiflow import Training
from aigc_demo.training.emojiflow_batches import FlowData, Text, guided_by, load_data
from aigc_demo.training.loop import begin, halved, options, saving, sitting

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
    rng: torch.Generator,
) -> Tensor:
    """Squared error between the student's one step and the teacher's several."""
    latents, *words = data.batch(size, 0.02, rng)
    text = words[0], words[1], words[2]
    windows = torch.randint(1, WINDOWS + 1, (size,), generator=rng)
    starts = windows / WINDOWS
    noise = torch.randn(latents.shape, generator=rng)
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
        self.teacher, self.student, self.how = teacher, student, how

    def objective(self) -> Tensor:
        """See :class:`Training`."""
        how = self.how
        return distil_loss(
            self.student, self.teacher, self.data, how.batch, how.small_steps, how.guidance, self.rng
        )


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    parser = options(__doc__, ".training/emojiflow", minutes=30.0, rate=3e-4, batch=96)
    parser.add_argument(
        "--small-steps", type=int, default=3, help="of the teacher, in each of the four windows"
    )
    parser.add_argument("--guidance", type=float, default=3.0)
    args = parser.parse_args(arguments)

    log = begin(args)
    teacher = EmojiTransformer.from_pretrained(args.folder / "flow").eval().requires_grad_(False)
    student = EmojiTransformer.from_pretrained(args.folder / "flow").train()
    how = Teaching(args.batch, args.rate, args.small_steps, args.guidance)
    training = Distilling(teacher, student, load_data(args.folder, 0.1, 1.0, log), how)
    training.average.decay = 0.99
    state_file = args.folder / "fast.pt"
    training.resume(state_file)
    every = [saving(training, state_file, seconds=240)]
    for done in sitting(training, args, log, name="fast", every=every):
        training.train_step(halved(done))
    save_state(state_file, training.state())
    training.average.copy_to(student)
    student.eval().save_pretrained(args.folder / "fast")
    log(f"fast: written after step {training.step}, loss {training.loss:.4f}")


if __name__ == "__main__":
    main()
