"""The general path: any causal language model of transformers, wherever its parts are.

Knows ``forward`` and the cache of transformers. Knows nothing of text or sampling.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class PlainDecoder:
    """Any causal language model, wherever its parts are, by its own ``forward``."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def start(self, length: int) -> PlainSequence:
        """A sequence of any length."""
        return PlainSequence(self._model)


class PlainSequence:
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
