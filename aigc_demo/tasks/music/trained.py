"""Tunes from a model that a visitor has trained: FolkGPT's pipeline with another composer.

Knows that such a model says some of the words of :mod:`tokens`, by numbers of its own. The file is read by
:mod:`aigc_demo.learning.texts.model`, as if a stranger had made it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import torch
from torch import nn

from aigc_demo.decoding import Sampler
from aigc_demo.learning.texts import model
from aigc_demo.learning.texts.model import TextConfig
from aigc_demo.tasks.music.composer import Composer
from aigc_demo.tasks.music.folk import FolkPipeline
from aigc_demo.tasks.music.tokens import EOS, ID, WORDS
from aigc_demo.types import LoadContext, UserError

UNHEARD = -30.0
"""Score of a word that the model has never met: the rules may still leave nothing else."""


def load(context: LoadContext) -> FolkPipeline:
    """The visitor's model from its file."""
    net, config = model.read(context.path)
    if not config.music or config.tokens[0] != EOS or not set(config.tokens) <= ID.keys():
        raise UserError("bad_trained_model", "error.bad_trained_model", status=422, field="model")
    return FolkPipeline(Composer(Translated(net, config), ID[EOS]), context.spec.id)


class Translated:
    """A decoder that takes and gives the numbers of all words, while its network knows some by its own."""

    def __init__(self, net: nn.Module, config: TextConfig) -> None:
        self._net = net
        self._places = np.array([ID[token] for token in config.tokens])
        self._own = {ID[token]: number for number, token in enumerate(config.tokens)}

    def run(
        self, prompt: list[int], sampler: Sampler, limit: int, stop: Collection[int]
    ) -> Iterator[int | None]:
        """New words, at most ``limit``; the one of ``stop`` that ends the tune is yielded too."""
        said = [0, *(self._own[word] for word in prompt if word in self._own)]
        memory = None
        scores = np.full(len(WORDS), UNHEARD, np.float32)
        for _ in range(limit):
            if said:
                with torch.inference_mode():
                    found, memory = self._net(torch.tensor([said]), memory)
                scores[self._places] = found[0, -1].log_softmax(-1).numpy()
            word = sampler(scores)
            yield word
            if word in stop:
                return
            said = [self._own[word]] if word in self._own else []
