"""Many poems at once, for examining the poem model: rows of one form, padded on the left, one step for all.

Knows transformers' cache and masks. Chooses tokens with the app's own sampler and rules, so that what is
examined is what visitors get. Knows nothing of figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from aigc_demo.decoding import Sampler, Sampling
from aigc_demo.tasks.poems.constraint import PoemRules, Strictness, Tables, limit
from aigc_demo.tasks.poems.prosody import FORMS
from aigc_demo.tasks.poems.tokens import PAD, PoemRequest

TOGETHER = 64


@dataclass(frozen=True)
class Manner:
    """How poems are written: how much of the rules is forced, the sampler's two numbers, keywords placed."""

    strictness: Strictness
    temperature: float = 0.7
    top_p: float = 0.9
    placed: bool = False


class Writer:
    """Writes poems for many wishes.

    Args:
        model: the network, in evaluation mode.
        tables: of its vocabulary.
    """

    def __init__(self, model: Any, tables: Tables) -> None:
        self.model, self.tables = model, tables

    def __call__(self, requests: Sequence[PoemRequest], manner: Manner, seed: int = 0) -> list[list[int]]:
        """The new tokens of each wish, in order; wish i draws with seed ``seed`` + i."""
        result: dict[int, list[int]] = {}
        for form in FORMS:
            places = [place for place, request in enumerate(requests) if request.form == form]
            for part in _parts(places):
                rows = self._together([requests[p] for p in part], manner, [seed + p for p in part])
                result.update(zip(part, rows, strict=True))
        return [result[place] for place in range(len(requests))]

    @torch.inference_mode()
    def _together(
        self, requests: Sequence[PoemRequest], manner: Manner, seeds: Sequence[int]
    ) -> list[list[int]]:
        """Poems of one form: all have the same number of tokens."""
        prompts = [self.tables.vocabulary.header(request) for request in requests]
        samplers = [
            Sampler(
                Sampling(manner.temperature, manner.top_p, seed=seed),
                prompt,
                PoemRules(self.tables, request, manner.strictness, seed if manner.placed else None),
            )
            for request, prompt, seed in zip(requests, prompts, seeds, strict=True)
        ]
        longest = max(map(len, prompts))
        ids = torch.tensor([[PAD] * (longest - len(p)) + p for p in prompts])  # (B, T)
        there = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
        places = (there.cumsum(1) - 1).clamp(min=0)
        cache = DynamicCache(config=self.model.config)
        rows: list[list[int]] = [[] for _ in requests]
        for _ in range(limit(FORMS[requests[0].form])):
            scores = self._scores(ids, there, places, cache)
            chosen = [sampler(score) for sampler, score in zip(samplers, scores.numpy(), strict=True)]
            for row, token in zip(rows, chosen, strict=True):
                row.append(token)
            ids = torch.tensor(chosen)[:, None]
            there = torch.cat([there, torch.ones_like(ids)], 1)
            places = places[:, -1:] + 1
        return rows

    def _scores(self, ids: Tensor, there: Tensor, places: Tensor, cache: Any) -> Tensor:
        """(B, T) new tokens -> (B, vocabulary) scores of what comes next."""
        out = self.model(
            ids, attention_mask=there, position_ids=places, past_key_values=cache, logits_to_keep=1
        )
        scores: Tensor = out.logits[:, -1]
        return scores


def _parts(places: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(places), TOGETHER):
        yield places[start : start + TOGETHER]
