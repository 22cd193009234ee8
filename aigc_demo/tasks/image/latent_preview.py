"""Previews of what a diffusion model is about to paint, without its slow decoder.

Knows that a latent's channels are nearly a linear picture of the colours: how, is found once for each
autoencoder by least squares over a photo of ours. Knows nothing of jobs.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from aigc_demo.pictures.picture import to_image, to_tensor
from aigc_demo.settings import ASSETS

SIDE = 256
_PHOTOS = ("pagoda", "flower")


class LatentPreview:
    """Small pictures from the latents of one pipeline; None where its latents are not understood."""

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe
        self._matrix: Tensor | None = None
        self._failed = False

    def __call__(self, latents: Tensor, width: int, height: int) -> Image.Image | None:
        """The first of the latents as a picture of a latent's size."""
        spread = self._spread(latents, width, height)
        if spread is None or self._failed:
            return None
        if self._matrix is None:
            self._matrix = self._fitted()
        if self._matrix is None or self._matrix.shape[0] != spread.shape[1] + 1:
            return None
        values = spread[0].float().cpu()
        colours = torch.einsum("chw,ck->khw", values, self._matrix[:-1]) + self._matrix[-1][:, None, None]
        return to_image(colours)

    def _spread(self, latents: Tensor, width: int, height: int) -> Tensor | None:
        """Latents as (batch, channels, height, width), also where the pipeline packs them into tokens."""
        if latents.ndim == 4:
            return latents
        unpack = getattr(self._pipe, "_unpack_latents", None)
        if latents.ndim != 3 or unpack is None:
            return None
        try:
            unpacked = unpack(latents, height, width, self._pipe.vae_scale_factor)
        except (TypeError, ValueError, RuntimeError):
            return None
        return unpacked if isinstance(unpacked, Tensor) and unpacked.ndim == 4 else None

    @torch.inference_mode()
    def _fitted(self) -> Tensor | None:
        """(channels + 1, 3): what each channel, and none of them, adds to red, green and blue."""
        try:
            rows, colours = zip(*(self._pair(name) for name in _PHOTOS), strict=True)
        except (AttributeError, TypeError, ValueError, RuntimeError):
            self._failed = True  # an autoencoder of another kind: the work goes on without previews
            return None
        known = torch.cat(rows)
        known = torch.cat([known, torch.ones(len(known), 1)], dim=1)
        wanted = torch.cat(colours)
        steady = 1e-3 * torch.eye(known.shape[1])
        return torch.linalg.solve(known.T @ known + steady, known.T @ wanted)

    def _pair(self, name: str) -> tuple[Tensor, Tensor]:
        """Latents (places, channels) of a photo and its colours (places, 3) there."""
        image = Image.open(ASSETS / "examples" / "style" / f"{name}.webp").convert("RGB").resize((SIDE, SIDE))
        pixels = to_tensor(image)[None]
        vae = self._pipe.vae
        encoded = vae.encode((pixels * 2 - 1).to(vae.device, vae.dtype))
        raw = encoded.latent_dist.mean if hasattr(encoded, "latent_dist") else encoded[0]
        config = vae.config
        latents = (raw.float().cpu() - (getattr(config, "shift_factor", None) or 0.0)) * config.scaling_factor
        small = F.adaptive_avg_pool2d(pixels, latents.shape[-2:])
        return latents[0].flatten(1).T, small[0].flatten(1).T
