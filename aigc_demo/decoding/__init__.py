"""A room of its own that knows token ids and nothing else: how any small language model goes on.

Knows models of transformers' kind, sampling, number formats and many callers at once. Knows nothing of texts,
tunes, chats or jobs: the Text and the Music task both come here with token ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aigc_demo.decoding import anatomy, ladder
from aigc_demo.decoding.batch import Batch
from aigc_demo.decoding.loop import Decoder, generate
from aigc_demo.decoding.plain import PlainDecoder
from aigc_demo.decoding.sampling import Constraint, Sampler, Sampling

__all__ = ["Batch", "Constraint", "Decoder", "PlainDecoder", "Sampler", "Sampling", "decoder", "generate"]


def decoder(model: Any, probe: Sequence[int] = (), slots: int = 8) -> Decoder:
    """The fastest decoder we have for a causal language model of transformers' kind.

    Small Llama-, Qwen3- and GPT-2-like models in float32 on the CPU get one that serves several threads in
    each step; every other model is run as transformers would.

    Args:
        model: the model, in evaluation mode.
        probe: token ids of a text that it should find likely: with these, quicker number formats are tried,
            and one whose perplexity is within a per cent is used. Without, it stays in float32.
        slots: runs at once.
    """
    if not anatomy.fits(model):
        return PlainDecoder(model)
    return Batch(ladder.choose(model, probe).network, slots)
