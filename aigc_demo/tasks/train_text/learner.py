"""A language model from nothing: a GPT or an LSTM learns to guess the next token of a stream of texts.

Knows windows of the stream, checks against the trigram, and the files that are left. The step itself is
:class:`aigc_demo.learning.texts.learner.TextLearner`'s.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import torch

from aigc_demo.learning.texts import model
from aigc_demo.learning.texts.data import TextSet
from aigc_demo.learning.texts.learner import NONE, Batch, TextLearner
from aigc_demo.learning.texts.model import TextConfig
from aigc_demo.learning.texts.trigram import Trigram
from aigc_demo.learning.weights import seeded
from aigc_demo.types import Output

DROPOUT = {"gpt": 0.1, "lstm": 0.2}
SHOWN, SHOWN_TOKENS = 4, 48
"""Texts that are written to be looked at, and how long each may be."""
BEGINNINGS, BEGUN = 4, 5
"""Of texts held back, after whose first tokens it is told what may come next."""
PLAIN = "text/plain; charset=utf-8"


class StreamLearner(TextLearner):
    """A fresh network and a stream of texts.

    Args:
        data: what it learns from.
        config: the network.
        batch_size: windows of the stream in a step.
        seed: everything random follows from it and the number of a step.
    """

    def __init__(self, data: TextSet, config: TextConfig, batch_size: int, seed: int) -> None:
        net = model.network(config, DROPOUT[config.method])
        self.seed = seed
        seeded(net, torch.Generator().manual_seed(self.seed_for("weights")))
        super().__init__(net, net.parameters(), seed)
        self.data, self.config, self.batch_size = data, config, batch_size
        stream = [0, *(token for row in data.rows for token in row)]
        self._stream = torch.tensor(stream * (1 + (config.context + 1) // len(stream)))
        self._checks = list(windows([0, *(token for row in data.held for token in row)], config.context))

    def batch(self, number: int) -> Batch:
        """Windows from anywhere in the stream."""
        rng = torch.Generator().manual_seed(self.seed_for(f"batch {number}"))
        length = self.config.context
        places = torch.randint(len(self._stream) - length, (self.batch_size, 1), generator=rng)
        cut = self._stream[places + torch.arange(length + 1)]
        return cut[:, :-1], cut[:, 1:]

    @property
    def identity(self) -> dict[str, Any]:
        """The network and its tokens."""
        return self.config.model_dump(mode="json")

    @cached_property
    def trigram(self) -> float:
        """Bits that the baseline needs for a token of what was held back."""
        return Trigram(self.data.rows, len(self.data.tokens)).bits(self.data.held)

    def validate(self) -> Mapping[str, float]:
        """Bits that the network needs for a token of what was held back, beside the baseline's."""
        return {"validation": self.bits(self._checks), "trigram": self.trigram}

    def samples(self) -> Output:
        """A few texts, always by the same chance."""
        return Output("text", "samples.txt", PLAIN, text=self._written(SHOWN, SHOWN_TOKENS))

    def files(self, measures: Mapping[str, Any]) -> Sequence[Output]:
        """Texts, the model with its configuration inside, that beside it, and what may come next."""
        told = {
            "for": "music" if self.data.music else "text",
            "method": self.config.method,
            "data": self.data.id,
            "steps": measures["steps"],
            "ended": measures["ended"],
            **{name: round(value, 4) for name, value in measures["measures"].items()},
        }
        weights = model.to_bytes(self.net.state_dict(), self.config)
        return (
            Output("text", "samples.txt", PLAIN, text=self._written(2 * SHOWN, 2 * SHOWN_TOKENS)),
            Output("model", "model.safetensors", "application/vnd.safetensors", data=weights, meta=told),
            Output("file", "config.json", "application/json", data=model.config_json(self.config)),
            Output("file", "next.json", "application/json", data=json.dumps(self.next()).encode()),
        )

    @torch.no_grad()
    def next(self) -> dict[str, Any]:
        """The score of every token after some beginnings of texts that were held back."""
        self.net.eval()
        rows = [row[:BEGUN] for row in self.data.held if len(row) > BEGUN][:BEGINNINGS]
        return {
            "music": self.data.music,
            "tokens": [self.data.shown([one]) if one else "" for one in range(len(self.data.tokens))],
            "beginnings": [
                {
                    "text": self.data.shown(row),
                    "scores": [
                        round(one, 2) for one in self.net(torch.tensor([[0, *row]]))[0][0, -1].tolist()
                    ],
                }
                for row in rows
            ],
        }

    def _written(self, count: int, length: int) -> str:
        self.net.eval()
        rows = model.written(self.net, [0] * count, length, self.seed_for("samples"))
        return "\n".join(self.data.shown(until_end(row[1:])) for row in rows)


def until_end(ids: Sequence[int]) -> Sequence[int]:
    """The tokens before the one that ends a text."""
    return ids[: ids.index(0)] if 0 in ids else ids


def windows(stream: Sequence[int], length: int, at_once: int = 32) -> list[Batch]:
    """A stream cut into windows, the last filled up with what is not asked for; ``at_once`` together."""
    short = -(len(stream) - 1) % length
    ids = torch.tensor([*stream[:-1], *([0] * short)]).view(-1, length)
    wanted = torch.tensor([*stream[1:], *([NONE] * short)]).view(-1, length)
    return list(zip(ids.split(at_once), wanted.split(at_once), strict=True))
