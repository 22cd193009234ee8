"""Loading one of our music models and letting it say tokens under rules.

Knows transformers' folders and :mod:`aigc_demo.decoding`. Knows neither tunes nor chorales. Imports torch
only where there is no compiled step.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from aigc_demo import decoding
from aigc_demo.decoding import prepared
from aigc_demo.explain.tokens import Overheard
from aigc_demo.types import LoadContext

TOKENS_FILE = "tokens.json"
"""Beside the weights: every token in the order of its id, as a plain list."""


class Composer:
    """A model and the words it says.

    Args:
        decoder: what goes on with token ids.
        end: the token that ends a piece.
    """

    def __init__(self, decoder: decoding.Decoder, end: int) -> None:
        self.decoder = decoder
        self.end = end

    def generate(
        self, prompt: Sequence[int], how: decoding.Sampling, limit: int, rules: decoding.Constraint | None
    ) -> Iterator[int | None]:
        """New tokens, the one that ends left out; None where a part of the prompt was read.

        No more come than the model's context has room for.
        """
        decoder = self.decoder.inner if isinstance(self.decoder, Overheard) else self.decoder
        if isinstance(decoder, decoding.ContinuousBatcher):
            limit = min(limit, decoder.network.config.context - len(prompt))
        for token in decoding.generate(self.decoder, list(prompt), how, limit, {self.end}, rules):
            if token != self.end:
                yield token


def load(context: LoadContext, words: Sequence[str], end: int) -> Composer:
    """The model in a folder, whose tokens must be the ones that this version of the app speaks."""
    folder = context.path
    check_words(folder, words)
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    context.progress(0, size)
    composer = Composer(_decoder(context), end)
    context.progress(size, size)
    return composer


def _decoder(context: LoadContext) -> decoding.Decoder:
    """By the compiled step where there is one, else by torch."""
    folder = context.path
    network = prepared.from_folder(folder, context.work, threads=context.threads, compilers=context.compilers)
    if network is not None:
        return decoding.ContinuousBatcher(network)
    from aigc_demo.decoding import calibrate

    return calibrate.quick(from_folder(folder), folder / "model.safetensors", context.work)


def from_folder(folder: Path) -> Any:
    """The model in float32: half precision on disk, twice that in memory, and what a CPU computes in."""
    import torch
    from transformers import LlamaForCausalLM

    return LlamaForCausalLM.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, use_safetensors=True
    ).eval()


def check_words(folder: Path, words: Sequence[str]) -> None:
    """Raise ValueError where the weights were trained on other tokens."""
    known = json.loads((folder / TOKENS_FILE).read_text("utf-8"))
    if known != list(words):
        raise ValueError(f"{folder / TOKENS_FILE} is not the vocabulary of this version: train anew.")


def tiny(words: Sequence[str], *, end: int, begin: int, pad: int, seed: int = 0) -> Any:
    """A random network of the same kind, a thousandth of the size, for tests of everything around it."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(words), hidden_size=16, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=1024,
        tie_word_embeddings=True, bos_token_id=begin, eos_token_id=end, pad_token_id=pad,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if value.ndim == 2:
                value.copy_(torch.randn(value.shape, generator=rng) / math.sqrt(value.shape[1]))
            elif "norm" in name:
                value.fill_(1.0)
    return model.requires_grad_(False)
