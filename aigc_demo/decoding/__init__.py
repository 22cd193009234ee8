"""A room of its own that knows token ids and nothing else: how any small language model goes on.

Knows models of transformers' kind, sampling and speed. Knows nothing of texts, tunes, chats or jobs:
the Text and the Music task both come here with token ids.
"""

from __future__ import annotations

from typing import Any

from aigc_demo.decoding import fused
from aigc_demo.decoding.loop import Decoder, generate
from aigc_demo.decoding.plain import PlainDecoder
from aigc_demo.decoding.sampling import Constraint, Sampler, Sampling

__all__ = ["Constraint", "Decoder", "Sampler", "Sampling", "decoder", "generate"]


def decoder(model: Any) -> Decoder:
    """The fastest decoder we have for a causal language model of transformers' kind."""
    return fused.LlamaDecoder(model) if fused.fits(model) else PlainDecoder(model)
