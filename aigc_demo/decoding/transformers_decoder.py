"""The general path: any causal language model of transformers, wherever its parts are.

Knows ``forward`` and the cache of transformers. Knows nothing of text or sampling.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import torch
from torch import Tensor

from aigc_demo.decoding.sampling import Sampler

PREFILL_CHUNK = 256
"""Prompt tokens read at once; between two chunks a run can be stopped."""


class TransformersDecoder:
    """Any causal language model, wherever its parts are, by its own ``forward``."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @torch.inference_mode()
    def run(
        self, prompt: list[int], sampler: Sampler, limit: int, stop: Collection[int]
    ) -> Iterator[int | None]:
        """See :class:`aigc_demo.decoding.loop.Decoder`."""
        sequence = _Sequence(self._model)
        for start in range(0, len(prompt), PREFILL_CHUNK):
            scores = sequence.read(prompt[start : start + PREFILL_CHUNK])
            yield None
        for result in range(1, limit + 1):
            token = sampler(scores.float().cpu().numpy())
            yield token
            if token in stop or result == limit:
                return
            scores = sequence.read([token])


class _Sequence:
    """One sequence and its cache, which grows."""

    def __init__(self, model: Any) -> None:
        from transformers import DynamicCache

        device = model.get_input_embeddings().weight.device
        self._device = torch.device("cpu") if device.type == "meta" else device  # meta: it is on disk
        self._model = model
        self._cache = DynamicCache(config=model.config)

    def read(self, tokens: list[int]) -> Tensor:
        """Take T more tokens; the scores (vocabulary) of what comes after the last."""
        ids = torch.tensor([tokens], device=self._device)  # (1, T)
        out = self._model(ids, past_key_values=self._cache, logits_to_keep=1)
        scores: Tensor = out.logits[0, -1]
        return scores
