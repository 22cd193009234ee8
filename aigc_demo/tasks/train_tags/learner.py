"""A tagger that learns: batches of sentences, the report on those held back, sentences to look at, files.

Knows what a run of it checks and leaves; the step is :class:`aigc_demo.learning.texts.learner.TextLearner`'s.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from aigc_demo.learning.tags import model
from aigc_demo.learning.tags.data import LICENCE, TAGS, Tagged, TagSet
from aigc_demo.learning.tags.model import PAD, UNKNOWN, Eyes, TagConfig
from aigc_demo.learning.tags.report import report
from aigc_demo.learning.texts.learner import NONE, Batch, TextLearner
from aigc_demo.learning.weights import seeded
from aigc_demo.tasks.train_tags import marks
from aigc_demo.types import Output

HIDDEN = 0.2
"""Of the tokens learnt from, so many are shown as unknown: names that were never met are told by these."""
SHOWN = 8
PLAIN = "text/plain; charset=utf-8"


class TagLearner(TextLearner):
    """A fresh tagger.

    Args:
        data: sentences.
        config: the network.
        batch_size: sentences in a step.
        seed: everything random follows from it and the number of a step.
    """

    warm_up = 20

    def __init__(self, data: TagSet, config: TagConfig, batch_size: int, seed: int) -> None:
        self.seed = seed
        net = model.Tagger(config)
        seeded(net, torch.Generator().manual_seed(self.seed_for("weights")))
        super().__init__(net, net.parameters(), seed)
        self.data, self.config, self.batch_size = data, config, batch_size
        self._eyes = Eyes(config)
        self._learnt = self._seen(data.learnt)
        self._held = [self._batch(self._seen(data.held))]

    @property
    def identity(self) -> dict[str, Any]:
        """The network and what it knows."""
        return self.config.model_dump(mode="json")

    @property
    def about(self) -> Mapping[str, Any]:
        """Where the sentences come from."""
        return {
            "texts": len(self.data.learnt),
            "held_back": len(self.data.held),
            "data_licence": LICENCE,
            "note": "sentences from patterns are easier than real ones",
        }

    def batch(self, number: int) -> Batch:
        """Some sentences, a few tokens hidden."""
        rng = torch.Generator().manual_seed(self.seed_for(f"batch {number}"))
        picked = torch.randint(len(self._learnt), (self.batch_size,), generator=rng).tolist()
        seen, wanted = self._batch([self._learnt[one] for one in picked])
        hidden = torch.rand(seen.shape[:2], generator=rng) < HIDDEN
        tokens = torch.where(hidden & (seen[..., 0] != PAD), UNKNOWN, seen[..., 0])
        return torch.cat([tokens[..., None], seen[..., 1:]], -1), wanted

    def validate(self) -> Mapping[str, float]:
        """Surprise in bits, and how many tokens and names are right."""
        found = self._report()
        return {
            "validation": self.bits(self._held),
            "f1": found["names"]["micro"]["f1"],
            "accuracy": found["accuracy"],
        }

    def samples(self) -> Output:
        """Sentences held back, with the names that it finds now."""
        return Output("text", "samples.txt", PLAIN, text=self._marked())

    def files(self, measures: Mapping[str, Any]) -> Sequence[Output]:
        """Tagged sentences, the report, the model with its configuration inside, and that beside it."""
        told = {
            "for": "text",
            "as": "mine-tags",
            "language": self.config.language,
            "steps": measures["steps"],
            "ended": measures["ended"],
            **{name: round(value, 4) for name, value in measures["measures"].items()},
        }
        weights = model.to_bytes(self.net.state_dict(), self.config)
        return (
            Output("text", "samples.txt", PLAIN, text=self._marked()),
            Output("model", "model.safetensors", "application/vnd.safetensors", data=weights, meta=told),
            Output("file", "config.json", "application/json", data=self.config.model_dump_json().encode()),
            Output("file", "report.json", "application/json", data=json.dumps(self._report()).encode()),
        )

    def _report(self) -> dict[str, Any]:
        self.net.eval()
        guessed = model.tagged(self.net, self._eyes, [one.tokens for one in self.data.held])
        return report([one.tags for one in self.data.held], guessed)

    def _marked(self) -> str:
        self.net.eval()
        rows = [one.tokens for one in self.data.held[:SHOWN]]
        found = model.tagged(self.net, self._eyes, rows)
        language = self.config.language
        return "\n".join(marks.marked(row, tags, language) for row, tags in zip(rows, found, strict=True))

    def _seen(self, sentences: Sequence[Tagged]) -> list[tuple[Tensor, Tensor]]:
        return [
            (torch.tensor(self._eyes(one.tokens)), torch.tensor([TAGS.index(tag) for tag in one.tags]))
            for one in sentences
        ]

    @staticmethod
    def _batch(rows: Sequence[tuple[Tensor, Tensor]]) -> Batch:
        """Filled up at the end: an LSTM from behind reads the filling first, which is always the same."""
        pad = torch.nn.utils.rnn.pad_sequence
        seen = pad([row for row, _ in rows], batch_first=True, padding_value=PAD)
        return seen, pad([tags for _, tags in rows], batch_first=True, padding_value=NONE)
