"""What EmojiFlow remembers: which thing words mean, and what that thing roughly looks like.

A reading network turns the words into a share of attention for each thing it has seen; each thing has a gist,
a few hundred numbers, which a linear layer sketches as latents, one for each look. The flow paints over that
sketch. So the question "which thing?" is answered by a network that learns it in minutes, and the flow can
spend its hours on "how is it painted?" (a prior before the painter: Ramesh et al. 2022; an associative
memory: Sukhbaatar et al. 2015).

Knows tensors only; what the things are called stands beside the weights in ``known.json``, in the same order.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn

from aigc_demo.tasks.image.net import ResidualMLP


class EmojiMemory(ModelMixin, ConfigMixin):
    """Words in, a sketch of the thing out: one latent for each look, side by side in the channels."""

    config_name = "config.json"

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self,
        things: int = 1556,
        text_width: int = 384,
        width: int = 512,
        gist_width: int = 512,
        looks: int = 2,
        latent_channels: int = 16,
        side: int = 8,
        dropout: float = 0.3,
        ends: int = 2,
        sureness: float = 5.0,
    ) -> None:
        """A memory without weights.

        ``ends`` is how many pieces the tokenizer adds to a text: one of no more says nothing. ``sureness``
        sharpens the attention: a mixture of many things sketches none of them.
        """
        super().__init__()
        self.register_buffer("text_mean", torch.zeros(text_width))
        self.register_buffer("text_std", torch.ones(text_width))
        self.read = nn.Sequential(nn.Linear(text_width, width), ResidualMLP(width), nn.LayerNorm(width))
        self.forget = nn.Dropout(dropout)
        self.recognise = nn.Linear(width, things)
        self.gists = nn.Parameter(torch.zeros(things, gist_width))
        self.sketch = nn.Linear(gist_width, looks * latent_channels * side**2)

    def thoughts(self, text: Tensor, text_mask: Tensor) -> Tensor:
        """How much each thing is meant: (batch, things), each row sums to 1.

        ``text``: (batch, words, text_width) states of the text encoder; ``text_mask``: (batch, words), True
        for words that count.
        """
        weights = text_mask[..., None].to(text.dtype)
        pooled = ((text - self.text_mean) / self.text_std * weights).sum(1) / weights.sum(1)
        return (self.config.sureness * self.match(pooled)).softmax(-1)

    def match(self, pooled: Tensor) -> Tensor:
        """How well each thing matches, as logarithms, (batch, things).

        ``pooled``: (batch, text_width) means of the states of texts, in standard deviations.
        """
        hidden = self.forget(self.read(F.layer_norm(pooled, pooled.shape[-1:])))
        matched: Tensor = self.recognise(hidden)
        return matched

    def forward(self, text: Tensor, text_mask: Tensor) -> Tensor:
        """What the words bring to mind, (batch, looks * latent_channels, side, side); zeros for no words."""
        side = self.config.side
        gist = self.thoughts(text, text_mask) @ self.gists
        recalled: Tensor = self.sketch(gist).unflatten(-1, (-1, side, side))
        says_something = text_mask.sum(1) > self.config.ends
        return recalled * says_something[:, None, None, None]
