"""Train the autoencoder of EmojiFlow: python -m aigc_demo.training.emojiflow_vae [--minutes 20].

Pictures 64x64x3 <-> latents 8x8x16. Resumable: a second start goes on where the first stopped. Writes
``.training/emojiflow/vae/`` (save_pretrained) and a grid of reconstructions. Knows nothing of text.

What makes the latent easy for the flow: unit variance per channel, noise added in training, and a decoder
that must agree with turned, mirrored and shrunk latents (equivariance, EQ-VAE, Kouzelis et al. 2025).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from aigc_demo.tasks.image.net import EmojiVAE
from aigc_demo.training.checkpoint import fast_autocast
from aigc_demo.training.emojiflow_data import Emoji, load_emoji, make_split
from aigc_demo.training.loop import Every, Trainer, begin, options, saving, sitting


def all_pictures(emoji: list[Emoji]) -> Tensor:
    """Every picture of every emoji that is not held out, (pictures, 3, 64, 64) of uint8."""
    unseen = make_split(emoji).emoji
    pixels = [p for e in emoji if e.code not in unseen for p in [*e.pictures.values(), *e.skins]]
    return torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).contiguous()


def augment(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """Mirror, shift by up to 4 pixels and swap colour channels; uint8 -> float in [-1, 1]."""
    x = pictures.float() / 127.5 - 1.0
    batch = x.shape[0]
    if torch.rand((), generator=rng) < 0.5:
        x = x.flip(-1)
    padded = F.pad(x, (4, 4, 4, 4), value=1.0)
    dx, dy = (int(v) for v in torch.randint(0, 9, (2,), generator=rng))
    x = padded[:, :, dy : dy + 64, dx : dx + 64]
    part = batch // 4
    swapped = x[:part, torch.randperm(3, generator=rng)]
    return torch.cat([swapped, x[part:]])


def transform_both(latents: Tensor, pictures: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Apply the same turn, mirroring or halving to latents and pictures; mostly nothing."""
    draw = float(torch.rand((), generator=rng))
    if draw < 0.7:
        return latents, pictures
    if draw < 0.8:
        turns = int(torch.randint(1, 4, (), generator=rng))
        return latents.rot90(turns, (2, 3)), pictures.rot90(turns, (2, 3))
    return F.avg_pool2d(latents, 2), F.avg_pool2d(pictures, 2)


def reconstruction_loss(result: Tensor, wanted: Tensor) -> Tensor:
    """L1 + squared error + L1 of the differences between neighbouring pixels (edges)."""
    difference = result.float() - wanted
    edges = difference.diff(dim=-1).abs().mean() + difference.diff(dim=-2).abs().mean()
    return difference.abs().mean() + difference.square().mean() + 0.5 * edges


@torch.no_grad()
def start_from_components(vae: EmojiVAE, pictures: Tensor) -> None:
    """Set the linear paths to whitened principal components of 8x8 patches and quieten the deep paths."""
    channels = vae.config.latent_channels
    x = pictures.float() / 127.5 - 1.0
    patches = F.unfold(x, 8, stride=8).transpose(1, 2).reshape(-1, 192)  # (pictures * 64, 3 * 8 * 8)
    mean = patches.mean(0)
    _, values, vectors = torch.svd_lowrank(patches - mean, q=channels + 8, niter=4)
    deviation = values[:channels] / len(patches) ** 0.5
    directions = vectors[:, :channels].T  # (channels, 192)
    vae.patches_in.weight.copy_((directions / deviation[:, None]).view(channels, 3, 8, 8))
    vae.patches_in.bias = nn.Parameter(-(directions / deviation[:, None]) @ mean)
    vae.patches_out.weight.copy_((directions * deviation[:, None]).view(channels, 3, 8, 8))
    vae.patches_out.bias = nn.Parameter(mean.view(3, 64).mean(1))
    for last in (vae.encoder[-1], vae.decoder[-1]):
        for parameter in last.parameters():
            parameter.mul_(0.1)


def learning_rate(progress: float) -> float:
    """Of the peak: warm up over the first 2 %, hold, then a cosine to 2 % over the last 60 %."""
    if progress < 0.02:
        return progress / 0.02
    fall = max(0.0, (progress - 0.4) / 0.6)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, fall)))


def save_grid(vae: EmojiVAE, pictures: Tensor, path: Path) -> float:
    """Write originals above reconstructions; return the mean squared error on [-1, 1]."""
    was = vae.training
    vae.eval()
    x = pictures.float() / 127.5 - 1.0
    with torch.no_grad():
        result = vae(x).clamp(-1, 1)
    rows = torch.cat([x, result])
    side = len(pictures)
    grid = rows.view(2, side, 3, 64, 64).permute(0, 3, 1, 4, 2).reshape(128, side * 64, 3)
    Image.fromarray(((grid + 1) * 127.5).byte().numpy()).resize((side * 96, 192)).save(path)
    vae.train(was)
    return float((result - x).square().mean())


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    parser = options(__doc__, ".training/emojiflow", minutes=20.0, rate=1e-3, batch=16)
    parser.add_argument("--noise", type=float, default=0.1, help="on the latent, in standard deviations")
    args = parser.parse_args(arguments)

    log = begin(args)
    pictures = all_pictures(load_emoji(args.folder / "downloads"))
    torch.manual_seed(0)
    vae = EmojiVAE().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    start_from_components(vae, pictures)
    optimiser = torch.optim.AdamW(vae.parameters(), lr=args.rate, betas=(0.9, 0.98), weight_decay=0.01)
    training, state_file = Trainer(vae, [optimiser]), args.folder / "vae.pt"
    training.resume(state_file)
    show = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(2))[:16]
    log(f"vae: {sum(p.numel() for p in vae.parameters()):,} parameters, {len(pictures):,} pictures")

    def look(_: float) -> None:
        log(f"vae: squared error {save_grid(vae, pictures[show], args.folder / 'vae.png'):.4f}")

    every = [saving(training, state_file, seconds=120), Every(120, look)]
    for done in sitting(training, args, log, name="vae", every=every):
        chosen = torch.randint(len(pictures), (args.batch,), generator=training.rng)
        x = augment(pictures[chosen], training.rng).contiguous(memory_format=torch.channels_last)
        vae.train()
        with fast_autocast():
            latents = vae.encode(x)
            latents = latents + args.noise * torch.randn(latents.shape, generator=training.rng)
            latents, wanted = transform_both(latents, x, training.rng)
            decoded = vae.decode(latents)
        training.advance(reconstruction_loss(decoded, wanted), args.batch, learning_rate(done))
    look(1.0)
    vae.eval()
    vae.save_pretrained(args.folder / "vae")
    log(f"vae: done after step {training.step}")


if __name__ == "__main__":
    main()
