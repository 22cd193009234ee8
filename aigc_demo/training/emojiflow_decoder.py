"""Teach the decoder of EmojiFlow what the flow paints: python -m aigc_demo.training.emojiflow_decoder.

A painted latent is never quite one that the encoder would make, and small errors show as blotches. Here real
pictures go some way into noise and are led back by the trained flow; the decoder learns to make the real
picture of what comes back, or of the latent with plain noise. Encoder and latents stay as they are, so the
flow stays valid.

Needs the weights written by ``emojiflow --decay-minutes``. Not resumable, for it is short; replaces the
decoder in ``.training/emojiflow/vae/``. Knows nothing of how pictures are judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from aigc_demo.tasks.image.net import EmojiTransformer, EmojiVAE
from aigc_demo.training.checkpoint import fast_autocast, load_state
from aigc_demo.training.emojiflow_batches import FlowData, load_data
from aigc_demo.training.emojiflow_data import load_emoji, make_split
from aigc_demo.training.emojiflow_text import compose_all
from aigc_demo.training.emojiflow_vae import learning_rate, reconstruction_loss, save_grid
from aigc_demo.training.loop import Trainer, begin, options, sitting

FARTHEST = 0.65
"""How far into noise a picture goes at most: beyond that the flow may well paint another one."""
STEPS = 3
NOISE = 0.35
"""Plain noise at most, in standard deviations of the latent."""


def training_pixels(folder: Path) -> Tensor:
    """The pictures whose latents ``load_data`` gives, in its order: (pictures, 3, 64, 64) of uint8."""
    text = load_state(folder / "captions.pt")
    if text is None:
        raise FileNotFoundError("There are no captions yet: run aigc_demo.training.emojiflow_text first.")
    emoji = load_emoji(folder / "downloads")
    pictures, _ = compose_all(emoji, make_split(emoji), text["plain"], text["with_look"], text["seed"])
    return torch.stack([torch.from_numpy(p.pixels.copy()) for p in pictures]).permute(0, 3, 1, 2)


@torch.no_grad()
def led_back(
    model: EmojiTransformer, latents: Tensor, text: Sequence[Tensor], rng: torch.Generator
) -> Tensor:
    """Latents that went up to ``FARTHEST`` into noise and came back in ``STEPS`` Euler steps."""
    start = FARTHEST * torch.rand(len(latents), generator=rng)
    x = torch.lerp(latents, torch.randn(latents.shape, generator=rng), start[:, None, None, None])
    for step in range(STEPS):
        now = start * (STEPS - step) / STEPS
        with fast_autocast():
            velocity = model(x, now, *text).float()
        x = x - (start / STEPS)[:, None, None, None] * velocity
    return x


def decoder_batch(
    data: FlowData, pixels: Tensor, model: EmojiTransformer, size: int, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Latents as painted, half of them, or with noise; and their pictures in [-1, 1]."""
    chosen, (latents, *text) = data.draw(size, 0.0, rng)
    half = size // 2
    painted = led_back(model, latents[:half], [part[:half] for part in text], rng)
    level = NOISE * torch.rand(size - half, 1, 1, 1, generator=rng)
    noised = latents[half:] + level * torch.randn(latents[half:].shape, generator=rng)
    return torch.cat([painted, noised]), pixels[chosen].float() / 127.5 - 1.0


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    args = options(__doc__, ".training/emojiflow", minutes=12.0, rate=5e-4, batch=16).parse_args(arguments)

    log = begin(args)
    data, pixels = load_data(args.folder, 0.1, 1.0, log), training_pixels(args.folder)
    model = EmojiTransformer.from_pretrained(args.folder / "flow").eval().requires_grad_(False)
    vae = EmojiVAE.from_pretrained(args.folder / "vae").eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    vae.requires_grad_(False)
    learning = [p.requires_grad_() for part in (vae.decoder, vae.patches_out) for p in part.parameters()]
    optimiser = torch.optim.AdamW(learning, lr=args.rate, betas=(0.9, 0.98), weight_decay=0.01)
    training = Trainer(vae, [optimiser], smoothing=0.01)
    for done in sitting(training, args, log, name="decoder"):
        latents, wanted = decoder_batch(data, pixels, model, args.batch, training.rng)
        with fast_autocast():
            decoded = vae.decode(latents.contiguous(memory_format=torch.channels_last))
        training.advance(reconstruction_loss(decoded, wanted), args.batch, learning_rate(done))
    shown = pixels[torch.randperm(len(pixels), generator=training.rng)[:16]]
    error = save_grid(vae, shown, args.folder / "vae.png")
    vae.save_pretrained(args.folder / "vae")
    log(f"decoder: written after step {training.step}, squared error {error:.4f}")


if __name__ == "__main__":
    main()
