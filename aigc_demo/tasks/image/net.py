"""The networks of EmojiFlow, the text-to-image model of our own.

Two plain modules, each saved and loaded by ``save_pretrained`` / ``from_pretrained`` (safetensors); the text
encoder is in ``e5.py``, the prior in ``prior.py``:

* ``EmojiVAE``: 64x64 pictures <-> an 8x8 latent of 16 channels with zero mean and unit variance;
* ``EmojiTransformer``: predicts the velocity of a rectified flow over patches of the latent.

Knows tensors only: no files, no sampling loop (see ``flow.py``), no training (see ``aigc_demo.training``).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aigc_demo.tasks.image.module import ConfiguredModule, register_to_config

# ---------------------------------------------------------------------------------------------------------
# Autoencoder


class ResBlock(nn.Module):
    """Two 3x3 convolutions around a skip; keeps the shape (batch, width, height, height)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(8, width)
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Add to x what two convolutions make of it; same shape."""
        hidden = self.conv1(F.silu(self.norm1(x)))
        changed: Tensor = x + self.conv2(F.silu(self.norm2(hidden)))
        return changed


class EmojiVAE(ConfiguredModule):
    """A convolutional autoencoder, 8 times smaller on each side, whose latent is normalised by itself.

    The "variational" part is plain: training adds noise of a fixed size to a latent of unit variance, so that
    neighbouring latents decode to neighbouring pictures, and no scaling factor is needed anywhere.

    Beside the deep path on each side runs a linear one over patches of 8x8 pixels. Training starts it as a
    principal component analysis, so that colours and coarse shapes are right from the first step.
    """

    @register_to_config
    def __init__(
        self,
        latent_channels: int = 16,
        encoder_widths: tuple[int, int, int] = (48, 96, 128),
        decoder_widths: tuple[int, int, int] = (160, 96, 64),
    ) -> None:
        super().__init__()
        near, middle, far = encoder_widths
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(12, near, 3, padding=1),
            ResBlock(near),
            nn.Conv2d(near, middle, 3, stride=2, padding=1),
            ResBlock(middle),
            nn.Conv2d(middle, far, 3, stride=2, padding=1),
            ResBlock(far),
            nn.GroupNorm(8, far),
            nn.SiLU(),
            nn.Conv2d(far, latent_channels, 3, padding=1),
        )
        self.patches_in = nn.Conv2d(3, latent_channels, 8, stride=8)
        self.patches_out = nn.ConvTranspose2d(latent_channels, 3, 8, stride=8)
        self.latent_norm = nn.BatchNorm2d(latent_channels, affine=False, momentum=0.02)
        far, middle, near = decoder_widths
        self.decoder = nn.Sequential(
            nn.Conv2d(latent_channels, far, 3, padding=1),
            ResBlock(far),
            nn.Conv2d(far, 4 * middle, 1),
            nn.PixelShuffle(2),
            ResBlock(middle),
            ResBlock(middle),
            nn.Conv2d(middle, 4 * near, 1),
            nn.PixelShuffle(2),
            ResBlock(near),
            nn.GroupNorm(8, near),
            nn.SiLU(),
            nn.Conv2d(near, 64, 3, padding=1),
            nn.PixelShuffle(2),
            nn.SiLU(),
            nn.Conv2d(16, 3, 3, padding=1),  # at full size, so that no 2x2 grid shows
        )

    def encode(self, pictures: Tensor) -> Tensor:
        """(batch, 3, 64, 64) in [-1, 1] -> (batch, 16, 8, 8), each channel of mean 0 and variance 1."""
        raw = self.encoder(pictures) + self.patches_in(pictures)
        latents: Tensor = self.latent_norm(raw.to(self.dtype))
        return latents

    def decode(self, latents: Tensor) -> Tensor:
        """(batch, 16, 8, 8) -> (batch, 3, 64, 64), about [-1, 1], not clipped."""
        pictures: Tensor = self.decoder(latents) + self.patches_out(latents)
        return pictures

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures as the autoencoder remembers them, same shape."""
        return self.decode(self.encode(pictures))


# ---------------------------------------------------------------------------------------------------------
# Flow transformer


def timestep_features(t: Tensor, width: int) -> Tensor:
    """Sines and cosines of t in [0, 1], (batch,) -> (batch, width); frequencies as in Vaswani et al. 2017."""
    half = width // 2
    frequencies = torch.exp(-math.log(10_000.0) * torch.arange(half, device=t.device) / half)
    angles = 1000.0 * t.float()[:, None] * frequencies[None]
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def grid_positions(side: int, width: int) -> Tensor:
    """Sines and cosines of row and column: (side * side, width), the starting point of learned positions."""
    axis = timestep_features(torch.arange(side) / 1000.0, width // 2)  # (side, width / 2)
    rows = axis[:, None].expand(side, side, -1)
    columns = axis[None].expand(side, side, -1)
    return torch.cat([rows, columns], dim=-1).reshape(side * side, width)


def into_patches(latents: Tensor, patch: int) -> Tensor:
    """(batch, channels, side, side) -> (batch, tokens, channels * patch * patch), row by row."""
    return F.pixel_unshuffle(latents, patch).flatten(2).transpose(1, 2)


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Softmax attention written out: the backward pass of the fused kernel is seven times slower on a CPU.

    query, key, value: (batch, heads, tokens, width); mask: True where seen, broadcast over heads and queries.
    """
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
    seen: Tensor = scores.masked_fill(~mask, -1e4).softmax(-1).to(value.dtype) @ value
    return seen


class ResidualMLP(nn.Module):
    """A normalised two-layer perceptron around a skip; keeps the shape (batch, width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Add to x what two layers make of it; same shape."""
        changed: Tensor = x + self.down(F.gelu(self.up(F.layer_norm(x, x.shape[-1:])), approximate="tanh"))
        return changed


class FlowBlock(nn.Module):
    """Attention of picture tokens to words and to each other, then an MLP, both modulated by adaLN-zero.

    The words come from a text encoder and are read as they are: only picture tokens are changed, which saves
    a third of the work that a block over both would do.
    """

    def __init__(self, width: int, heads: int, meaning: int) -> None:
        super().__init__()
        self.heads = heads
        self.modulation = nn.Linear(meaning, 6 * width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.words_kv = nn.Linear(width, 2 * width, bias=False)
        self.q_norm = nn.LayerNorm(width // heads, bias=False)
        self.k_norm = nn.LayerNorm(width // heads, bias=False)
        self.out = nn.Linear(width, width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x: Tensor, words: Tensor, condition: Tensor, mask: Tensor) -> Tensor:
        """x: (batch, tokens, width), words: (batch, words, width), condition: (batch, meaning).

        mask: True where one of the words, then of the tokens, may be seen, (batch, 1, 1, words + tokens).
        """
        batch, tokens, width = x.shape
        changes = self.modulation(F.silu(condition))[:, None].chunk(6, dim=-1)
        shift1, scale1, gate1, shift2, scale2, gate2 = changes

        hidden = F.layer_norm(x, (width,)) * (1 + scale1) + shift1
        query, own_key, own_value = self.qkv(hidden).view(batch, tokens, 3, self.heads, -1).unbind(2)
        word_key, word_value = self.words_kv(words).view(batch, words.shape[1], 2, self.heads, -1).unbind(2)
        key = torch.cat([word_key, own_key], dim=1).transpose(1, 2)  # (batch, heads, words + tokens, ..)
        value = torch.cat([word_value, own_value], dim=1).transpose(1, 2)
        seen = attend(self.q_norm(query.transpose(1, 2)), self.k_norm(key), value, mask)
        x = x + gate1 * self.out(seen.transpose(1, 2).reshape(batch, tokens, width))

        hidden = F.layer_norm(x, (width,)) * (1 + scale2) + shift2
        changed: Tensor = x + gate2 * self.down(F.gelu(self.up(hidden), approximate="tanh"))
        return changed


class EmojiTransformer(ConfiguredModule):
    """A diffusion transformer whose text is read twice: word by word, and as one meaning.

    The meaning, the mean of the words through a few layers of its own, steers every block and draws a first
    sketch onto the picture tokens. It is one token's work beside that of all the picture tokens, so most of
    what the model knows about which word looks how can lie there and cost little time.

    What the prior retrieves for the words (see ``prior.py``) is added to the tokens as well: so many channels
    as ``recalled_channels`` at every place of the latent. Of what is there and of what is recalled, a share
    goes straight into the velocity, as time and meaning say: for a known thing much of the answer is a
    weighted sum of the two (of a normal prior it would be all), and the blocks are left with the difference.

    A token covers ``patch`` x ``patch`` places of the latent: 2 trains 2.4 times as many pictures in the same
    time as 1, which is worth more than finer tokens until training is very long.

    ``timestep`` runs from 0 (picture) to 1 (noise) and the output is the velocity noise - picture, which is
    what diffusers' ``FlowMatchEulerDiscreteScheduler`` integrates (its timesteps divided by 1000).
    """

    text_mean: Tensor
    text_std: Tensor

    @register_to_config
    def __init__(
        self,
        latent_channels: int = 16,
        side: int = 8,
        patch: int = 2,
        text_width: int = 384,
        width: int = 256,
        depth: int = 6,
        heads: int = 4,
        meaning_width: int = 384,
        meaning_depth: int = 3,
        recalled_channels: int = 32,
    ) -> None:
        super().__init__()
        tokens = (side // patch) ** 2
        # The states of e5 crowd in one direction; subtracting their mean makes words differ from each other.
        self.register_buffer("text_mean", torch.zeros(text_width))
        self.register_buffer("text_std", torch.ones(text_width))
        self.picture_in = nn.Linear(latent_channels * patch**2, width)
        self.recalled_in = nn.Linear(recalled_channels * patch**2, width, bias=False)
        self.positions = nn.Parameter(grid_positions(side // patch, width))
        self.text_in = nn.Sequential(nn.Linear(text_width, width), nn.LayerNorm(width))
        self.meaning_in = nn.Linear(text_width, meaning_width)
        self.meaning = nn.Sequential(*(ResidualMLP(meaning_width) for _ in range(meaning_depth)))
        self.sketch = nn.Linear(meaning_width, tokens * width)
        self.time_in = nn.Sequential(
            nn.Linear(256, meaning_width), nn.SiLU(), nn.Linear(meaning_width, meaning_width)
        )
        self.blocks = nn.ModuleList(FlowBlock(width, heads, meaning_width) for _ in range(depth))
        self.final_modulation = nn.Linear(meaning_width, 2 * width)
        self.final = nn.Linear(width, latent_channels * patch**2)
        self.shares = nn.Linear(meaning_width, latent_channels + recalled_channels)
        for layer in (self.final_modulation, self.final, self.shares):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.recalled_in.weight)

    def forward(
        self, latents: Tensor, timestep: Tensor, text: Tensor, text_mask: Tensor, recalled: Tensor
    ) -> Tensor:
        """Velocity at ``latents`` (batch, channels, side, side).

        ``timestep``: (batch,) in [0, 1]; ``text``: (batch, words, text_width) states of the text encoder;
        ``text_mask``: (batch, words), True for words that count (at least one in every row); ``recalled``:
        (batch, recalled_channels, side, side) of the prior.
        """
        patch, side = self.config.patch, latents.shape[-1] // self.config.patch
        states = (text - self.text_mean) / self.text_std
        weights = text_mask[..., None].to(states.dtype)
        pooled = (states * weights).sum(1) / weights.sum(1)
        meaning = self.meaning(self.meaning_in(F.layer_norm(pooled, pooled.shape[-1:])))
        condition = self.time_in(timestep_features(timestep, 256).to(meaning.dtype)) + meaning

        patches = into_patches(latents, patch)
        sketch = self.sketch(F.layer_norm(meaning, meaning.shape[-1:])).view(*patches.shape[:2], -1)
        seen = self.picture_in(patches) + self.recalled_in(into_patches(recalled, patch))
        x = seen + self.positions + sketch  # (batch, side * side, width)
        words = self.text_in(states)
        mask = F.pad(text_mask, (0, patches.shape[1]), value=True)[:, None, None]
        for block in self.blocks:
            x = block(x, words, condition, mask)
        shift, scale = self.final_modulation(F.silu(condition))[:, None].chunk(2, dim=-1)
        x = F.layer_norm(x, x.shape[-1:]) * (1 + scale) + shift
        painted = F.pixel_shuffle(self.final(x).transpose(1, 2).unflatten(2, (side, side)), patch)
        given = torch.cat([latents, recalled], dim=1)
        straight = self.shares(F.silu(condition))[:, :, None, None] * given
        velocity: Tensor = painted + straight.unflatten(1, (-1, latents.shape[1])).sum(1)
        return velocity
