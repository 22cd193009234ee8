"""A room of its own that knows token ids and nothing else: how any small language model goes on.

Knows models of transformers' kind, sampling, number formats and many callers at once. Knows nothing of texts,
tunes, chats or jobs: the Text and the Music task both come here with token ids.

Where the CPU has AVX2 and there is a compiler, small Llama-like models run by compiled code (:mod:`native`),
and nothing here imports torch; everywhere else torch takes its place (:func:`decoder`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aigc_demo.decoding import architecture
from aigc_demo.decoding.continuous_batcher import ContinuousBatcher
from aigc_demo.decoding.loop import Decoder, generate
from aigc_demo.decoding.sampling import Constraint, Sampler, Sampling

__all__ = ["Constraint", "ContinuousBatcher", "Decoder", "Sampler", "Sampling", "decoder", "generate"]


def decoder(model: Any, probe: Sequence[int] = (), slots: int = 8) -> Decoder:
    """The fastest decoder that torch has for a causal language model of transformers' kind.

    Small Llama-, Qwen3- and GPT-2-like models in float32 on the CPU get one that serves several threads in
    each step; every other model is run as transformers would.

    Args:
        model: the model, in evaluation mode.
        probe: token ids of a text that it should find likely: with these, quicker number formats are tried,
            and one whose perplexity is within a per cent is used. Without, it stays in float32.
        slots: runs at once.
    """
    from aigc_demo.decoding import format_selection
    from aigc_demo.decoding.transformers_decoder import TransformersDecoder

    if not architecture.fits(model):
        return TransformersDecoder(model)
    return ContinuousBatcher(format_selection.choose(model, probe).network, slots)
