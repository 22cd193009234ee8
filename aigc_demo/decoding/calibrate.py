"""A decoder by torch for a model of ours that nobody's text is at hand for: tried on what it says itself.

For machines without a compiled step. Knows the ladder and where its choice is kept. Knows nothing of what the
tokens mean.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

from aigc_demo.decoding import architecture, format_selection, store
from aigc_demo.decoding.continuous_batcher import ContinuousBatcher
from aigc_demo.decoding.loop import Decoder, generate
from aigc_demo.decoding.sampling import Sampling
from aigc_demo.decoding.transformers_decoder import TransformersDecoder

_TOKENS = 640
"""So many tokens tell two formats apart: the perplexity of both is of the same ones."""


def quick(model: Any, weights: Path, folder: Path, slots: int = 8) -> Decoder:
    """The quickest decoder whose perplexity on the model's own words is within a per cent of float32's.

    What was chosen is kept, so that this machine says the same with the same seed ever after.

    Args:
        model: a causal language model of transformers' kind, in float32.
        weights: the file that it came from: other weights are tried anew.
        folder: where the choice is kept.
        slots: runs at once.
    """
    if not architecture.fits(model):
        return TransformersDecoder(model)
    kept = folder / f"decoder-{hashlib.sha256(weights.read_bytes()).hexdigest()[:12]}"
    known = store.load(kept)
    if known is not None:
        return ContinuousBatcher(known[0], slots)
    for older in folder.glob("decoder-*"):
        shutil.rmtree(older)
    choice = format_selection.choose(model, said(model, _TOKENS))
    store.save(kept, choice)
    return ContinuousBatcher(choice.network, slots)


def said(model: Any, count: int) -> list[int]:
    """``count`` tokens of what the model says by itself, piece after piece, at temperature 1."""
    config = model.config
    return words_of(
        ContinuousBatcher(format_selection.choose(model, ()).network, 1),
        config.bos_token_id,
        config.eos_token_id,
        count,
    )


def words_of(decoder: Decoder, begin: int, end: int, count: int) -> list[int]:
    """``count`` tokens of what a decoder says between ``begin`` and ``end``, piece after piece."""
    tokens: list[int] = []
    for seed in range(count):
        result = generate(decoder, [begin], Sampling(1.0, seed=seed), count - len(tokens), {end})
        tokens += [begin, *(token for token in result if token is not None)]
        if len(tokens) >= count:
            break
    return tokens[:count]
