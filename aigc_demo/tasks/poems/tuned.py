"""Poems by ShiGPT as a visitor has tuned it, at any strength: ShiGPT's pipeline with other weights.

Knows how strength and weights go together. The rules, the reading of a request and the report are those of
:mod:`pipeline`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from aigc_demo.learning.texts.model import NetDecoder
from aigc_demo.tasks.poems import tuned_model
from aigc_demo.tasks.poems.pipeline import PoemPipeline
from aigc_demo.tasks.poems.prosody import load as load_prosody
from aigc_demo.tasks.poems.tokens import Vocabulary
from aigc_demo.types import Emit, LoadContext, Output

if TYPE_CHECKING:
    from aigc_demo.tasks.poems.params import TunedParams


def load(context: LoadContext) -> TunedPoet:
    """The visitor's change from its file, and ShiGPT from its folder."""
    weights, told = tuned_model.read(context.path)
    return TunedPoet(weights, told)


class TunedPoet:
    """Writes poems with ShiGPT and as much of a change as is asked for."""

    def __init__(self, weights: Mapping[str, Tensor], told: tuned_model.TunedConfig) -> None:
        self._net = tuned_model.base()
        self._original = {name: tensor.clone() for name, tensor in self._net.state_dict().items()}
        self._change = tuned_model.change(told, weights, self._original)
        self._strength = 0.0
        self._lock = threading.Lock()
        vocabulary = Vocabulary.load(tuned_model.BASE / "tokens.json")
        prosody = load_prosody(tuned_model.BASE / "rhymes.json")
        self._write = PoemPipeline(NetDecoder(self._net), vocabulary, prosody)

    def __call__(self, params: TunedParams, emit: Emit) -> tuple[Output, ...]:
        """Write a poem; one at a time, for the weights are those of its strength."""
        with self.at_strength(params.strength) as write:
            return write(params, emit)

    @contextmanager
    def at_strength(self, strength: float) -> Iterator[PoemPipeline]:
        """The pipeline with so much of the change, for one caller at a time."""
        with self._lock:
            self._take(strength)
            yield self._write

    def _take(self, strength: float) -> None:
        if strength == self._strength:
            return
        with torch.no_grad():
            for name, weight in self._net.state_dict().items():
                if name in self._change:
                    weight.copy_(self._original[name] + strength * self._change[name])
        self._strength = strength
