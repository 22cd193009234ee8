"""Teach EmojiFlow to paint in four steps: python -m aigc_demo.training.emojiflow_distil [--minutes 30].

The way from noise to picture is cut into four windows. Within a window the teacher, with guidance, takes
several small steps; the student, which starts as the teacher, learns to reach the same place in one, without
guidance (piecewise rectified flow, Yan et al. 2024). A window starts from a real picture mixed with noise.

Needs the weights written by ``emojiflow --decay-minutes``. Resumable; writes ``.training/emojiflow/fast/``.
Knows nothing of how the result is judged: ``emojiflow_eval --steps 4 --guidance 1`` does that.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch
from torch import Tensor

from aigc_demo.tasks.image.net import EmojiTransformer
from aigc_demo.training.checkpoint import Average, Log, fast_autocast, load_state, save_state
from aigc_demo.training.emojiflow import FlowData, load_data

WINDOWS = 4
Batch = tuple[Tensor, Tensor, Tensor]


@torch.no_grad()
def teacher_way(
    teacher: EmojiTransformer,
    x: Tensor,
    starts: Tensor,
    text: Batch,
    empty: Batch,
    small_steps: int,
    guidance: float,
) -> Tensor:
    """The mean velocity of the guided teacher over one window from ``starts`` (batch,) on."""
    count = len(x)
    states = torch.cat([text[1], empty[1].expand(count, -1, -1)])
    mask = torch.cat([text[2], empty[2].expand(count, -1)])
    length = 1.0 / WINDOWS
    here = x
    for small in range(small_steps):
        now = starts - length * small / small_steps
        with fast_autocast():
            wanted, plain = (
                teacher(torch.cat([here, here]), torch.cat([now, now]), states, mask).float().chunk(2)
            )
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
    batch = data.batch(size, 0.02, chance)
    latents, text, mask = batch
    windows = torch.randint(1, WINDOWS + 1, (size,), generator=chance)
    starts = windows / WINDOWS
    noise = torch.randn(latents.shape, generator=chance)
    x = torch.lerp(latents, noise, starts[:, None, None, None])
    empty_text, empty_mask = data.text(torch.tensor([0]))
    empty = (latents[:0], empty_text, empty_mask)
    wanted = teacher_way(teacher, x, starts, batch, empty, small_steps, guidance)
    with fast_autocast():
        velocity: Tensor = student(x, starts, text, mask)
    return (velocity.float() - wanted).square().mean()


def main(arguments: list[str] | None = None) -> None:  # noqa: PLR0915 - straight on, top to bottom
    """The command of the first line of this page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument(
        "--folder", type=Path, default=Path(".training/emojiflow"), help="state and downloads"
    )
    options.add_argument(
        "--minutes", type=float, default=30.0, help="time to train in all, over every sitting"
    )
    options.add_argument("--batch", type=int, default=32)
    options.add_argument("--rate", type=float, default=2e-4)
    options.add_argument(
        "--small-steps", type=int, default=4, help="of the teacher, in each of the four windows"
    )
    options.add_argument("--guidance", type=float, default=3.0)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--smoke", action="store_true", help="two steps and no more")
    args = options.parse_args(arguments)

    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    log = Log(args.folder / "log.txt")
    data = load_data(args.folder, 0.1, 1.0, log)
    teacher = EmojiTransformer.from_pretrained(args.folder / "flow").eval().requires_grad_(False)
    student = EmojiTransformer.from_pretrained(args.folder / "flow").train()
    optimiser = torch.optim.AdamW(student.parameters(), lr=args.rate, betas=(0.9, 0.98), weight_decay=0.0)
    average, chance = Average(student, 0.998), torch.Generator().manual_seed(0)
    step, spent, smooth = 0, 0.0, 0.0
    state_file = args.folder / "fast.pt"
    if state := load_state(state_file):
        student.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        average.load(state["average"])
        chance.set_state(state["chance"])
        step, spent, smooth = state["step"], state["spent"], state["loss"]

    def keep() -> None:
        save_state(
            state_file,
            {
                "model": student.state_dict(),
                "optimiser": optimiser.state_dict(),
                "average": average.shadow,
                "chance": chance.get_state(),
                "step": step,
                "spent": spent,
                "loss": smooth,
            },
        )

    start, saved, first = time.monotonic() - spent, time.monotonic(), step
    while (spent := time.monotonic() - start) < 60 * args.minutes:
        left = 1 - spent / (60 * args.minutes)
        for group in optimiser.param_groups:
            group["lr"] = args.rate * min(1.0, (step + 1) / 100, 5 * left)  # falls over the last fifth
        loss = distil_loss(student, teacher, data, args.batch, args.small_steps, args.guidance, chance)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        step += 1
        average.update(student, min(average.decay, step / (step + 10)))
        smooth += (loss.item() - smooth) * max(0.02, 1 / step)
        if step % 50 == 0:
            log(f"fast: step {step}, {spent / 60:.1f} min, loss {smooth:.4f}")
        if time.monotonic() - saved > 240:
            saved = time.monotonic()
            keep()
        if args.smoke and step - first == 2:
            break
    keep()
    average.copy_to(student)
    student.eval().save_pretrained(args.folder / "fast")
    log(f"fast: written after step {step}, loss {smooth:.4f}")


if __name__ == "__main__":
    main()
