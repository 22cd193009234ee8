"""EmojiFlow's prior: which thing words mean, and what that thing roughly looks like.

A reading network turns the words into a probability for each thing it has seen; one is drawn, so that words
that may mean several things are painted now as one, now as another. Each thing has a prototype, some hundred
numbers, which a linear layer sketches as latents, one for each look. The flow paints over that sketch. So the
question "which thing?" is answered by a network that learns it in minutes, and the flow can spend its hours
on "how is it painted?" (a prior before the painter: Ramesh et al. 2022; an associative memory: Sukhbaatar et
al. 2015).

Knows tensors only; what the things are called stands beside the weights in ``known.json``, in the same order.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aigc_demo.tasks.image.module import ConfiguredModule, register_to_config
from aigc_demo.tasks.image.net import ResidualMLP

LIKENESS = 5.0
"""How soon a sketch is unlike a picture: by this power of e for a mean squared difference of 1."""


class EmojiPrior(ConfiguredModule):
    """Words in, a sketch of the thing out: one latent for each look, side by side in the channels."""

    text_mean: Tensor
    text_std: Tensor

    @register_to_config
    def __init__(
        self,
        things: int = 1556,
        text_width: int = 384,
        width: int = 512,
        prototype_width: int = 768,
        looks: int = 2,
        latent_channels: int = 16,
        side: int = 8,
        dropout: float = 0.3,
        ends: int = 2,
        logit_scale: float = 3.0,
    ) -> None:
        """A prior without weights.

        ``ends`` is how many pieces the tokenizer adds to a text: one of no more says nothing. ``logit_scale``
        scales the logits: what is named shall be painted, and what is hinted at may vary.
        """
        super().__init__()
        self.register_buffer("text_mean", torch.zeros(text_width))
        self.register_buffer("text_std", torch.ones(text_width))
        self.read = nn.Sequential(nn.Linear(text_width, width), ResidualMLP(width), nn.LayerNorm(width))
        self.forget = nn.Dropout(dropout)
        self.recognise = nn.Linear(width, things)
        self.prototypes = nn.Parameter(torch.zeros(things, prototype_width))
        self.sketch = nn.Linear(prototype_width, looks * latent_channels * side**2)

    def concept_probabilities(self, text: Tensor, text_mask: Tensor) -> Tensor:
        """How likely each thing is meant: (batch, things), each row sums to 1.

        ``text``: (batch, words, text_width) states of the text encoder; ``text_mask``: (batch, words), True
        for words that count.
        """
        return (self.config.logit_scale * self.matches(text, text_mask)).softmax(-1)

    def matches(self, text: Tensor, text_mask: Tensor) -> Tensor:
        """How well each thing matches texts as above, as logarithms, (batch, things)."""
        weights = text_mask[..., None].to(text.dtype)
        pooled = ((text - self.text_mean) / self.text_std * weights).sum(1) / weights.sum(1)
        return self.logits(pooled)

    def logits(self, pooled: Tensor) -> Tensor:
        """How well each thing matches, as logarithms, (batch, things).

        ``pooled``: (batch, text_width) means of the states of texts, in standard deviations.
        """
        hidden = self.forget(self.read(F.layer_norm(pooled, pooled.shape[-1:])))
        matched: Tensor = self.recognise(hidden)
        return matched

    def sketched(self, prototypes: Tensor) -> Tensor:
        """Prototypes (batch, prototype_width) as latents (batch, looks * latent_channels, side, side)."""
        side = self.config.side
        latents: Tensor = self.sketch(prototypes).unflatten(-1, (-1, side, side))
        return latents

    def likeness(self, given: Tensor) -> Tensor:
        """How much each thing's sketch is like latents (batch, latent_channels, side, side): (batch, things).

        At most 1, for the same; of both looks the nearer counts.
        """
        looks = self.sketched(self.prototypes).unflatten(1, (self.config.looks, -1)).flatten(2)
        distances = torch.cdist(given.to(looks.dtype).flatten(1), looks.flatten(0, 1))
        squares = distances.unflatten(1, (-1, self.config.looks)).amin(2).square() / looks.shape[-1]
        return (-LIKENESS * squares).exp()

    def probabilities(self, text: Tensor, text_mask: Tensor, given: Tensor | None = None) -> Tensor:
        """How likely each thing is drawn: (batch, things), each row sums to 1.

        Without ``given`` as :meth:`concept_probabilities` says. Where there is a picture to start from,
        ``given`` (batch, latent_channels, side, side) as latents, what is like it is likelier: of the things
        that "car" may mean the car in the picture.
        """
        probabilities = self.concept_probabilities(text, text_mask)
        if given is not None:
            probabilities = probabilities * self.likeness(given)
            probabilities = probabilities / probabilities.sum(-1, keepdim=True)
        return probabilities

    def forward(
        self, text: Tensor, text_mask: Tensor, uniform: Tensor, given: Tensor | None = None
    ) -> Tensor:
        """What the words bring to mind, (batch, looks * latent_channels, side, side); zeros for no words.

        ``uniform`` (batch,), in [0, 1], draws one thing by its :meth:`probabilities`.
        """
        rows = sampled_rows(self.probabilities(text, text_mask, given), uniform)
        says_something = text_mask.sum(1) > self.config.ends
        return self.sketched(self.prototypes[rows]) * says_something[:, None, None, None]


def sampled_rows(probabilities: Tensor, uniform: Tensor) -> Tensor:
    """The rows of the things at which ``uniform`` (batch,) of all of (batch, things) is reached."""
    within = uniform.float().clamp(max=1 - 1e-6)[:, None]  # at 1 nothing is left to be reached
    reached = torch.searchsorted(probabilities.float().cumsum(-1), within, right=True).squeeze(-1)
    return reached.clamp(max=probabilities.shape[-1] - 1)


def uniform_from_noise(noise: Tensor) -> Tensor:
    """An even number in [0, 1] for each noise (batch, ..): the same for the same noise.

    The sum of normal numbers is normal too; its place among all that it could be is even. Noise near to
    another has nearly its fate, so a variant mostly stays the same thing.
    """
    return torch.special.ndtr(noise.flatten(1).float().sum(1) / noise[0].numel() ** 0.5)
