"""Which number format a model runs in where the compiled step cannot: the quickest one that writes as well.

Knows how to try a format: its perplexity on given tokens, its speed, and whether its rows are independent.
Knows nothing of what the tokens mean: who asks brings them.

The ladder is int8, bfloat16 (where the CPU computes in it), float32. A rung holds if it is quicker than
float32 and its perplexity at most one per cent higher.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from aigc_demo.decoding import architecture, linear, rotation
from aigc_demo.decoding.batched_model import BatchedModel, Format, Part
from aigc_demo.decoding.network import Network, Weights

TOLERANCE = 1.01
"""A format's perplexity over that of float32, at most."""
_PIECE = 128
_STRETCH = 4 * _PIECE
"""So long are the texts that are told apart; attention to all that was before would take most of the time."""
_STEPS = 5


@dataclass(frozen=True)
class Trial:
    """What a format was measured with; ``perplexity`` and ``seconds`` a step stand beside float32's."""

    form: Format
    perplexity: float
    perplexity_float32: float
    seconds: float
    seconds_float32: float
    holds: bool


def weights(model: Any, form: Format) -> Weights:
    """A format's weights out of a model of transformers that :func:`architecture.fits`."""
    config, tensors = architecture.config(model), tensors_of(model)
    if form == "int8":
        config, tensors = rotation.rotated(config, tensors)
    rope_table = _rope_table(model, config) if config.family == "llama" else None
    with torch.no_grad():
        return Weights(config, form, linear.in_format(form, tensors), rope_table)


def tensors_of(model: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """The weights of a model of transformers by the names of :mod:`architecture`."""
    found = architecture.tensors(architecture.config(model), architecture.state_of(model))
    return ((name, torch.from_numpy(value)) for name, value in found)


def _rope_table(model: Any, config: architecture.ModelConfig) -> torch.Tensor:
    """Rotary embedding (Su et al. 2021) as complex numbers of length one: (context, width / 2)."""
    with torch.no_grad():
        positions = torch.arange(config.context)[None]
        cos, sin = model.model.rotary_emb(torch.zeros(1, 1, config.hidden), positions)  # (1, context, width)
    half = config.width // 2
    return torch.complex(cos[0, :, :half].contiguous(), sin[0, :, :half].contiguous())


@dataclass(frozen=True)
class Choice:
    """The rung that was taken, and what was measured on the way."""

    weights: Weights
    network: Network
    trials: tuple[Trial, ...]


def candidates() -> tuple[Format, ...]:
    """The formats to try here before float32, the quickest first."""
    offered: dict[Format, bool] = {"int8": linear.has_int8(), "bfloat16": _computes_in_bfloat16()}
    return tuple(form for form, here in offered.items() if here)


def choose(model: Any, probe: Sequence[int]) -> Choice:
    """Climb down the ladder to the first rung that holds.

    Args:
        model: a model of transformers that :func:`architecture.fits`.
        probe: token ids of a text that the model should find likely, some thousand.
    """
    kept = weights(model, "float32")
    plain = Network(kept)
    if len(probe) < 2:
        return Choice(kept, plain, ())
    goal, slow = perplexity(plain, probe), _seconds(plain)
    trials: list[Trial] = []
    for form in candidates():
        smaller = weights(model, form)
        network = Network(smaller)
        found, quick = perplexity(network, probe), _seconds(network)
        holds = found <= goal * TOLERANCE and quick < slow and (not network.batches or _independent(network))
        trials.append(Trial(form, found, goal, quick, slow, holds))
        if holds:
            return Choice(smaller, network, tuple(trials))
    return Choice(kept, plain, tuple(trials))


def _computes_in_bfloat16() -> bool:
    """Whether there are instructions for it: emulated, it is many times slower than float32."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def perplexity(network: BatchedModel, tokens: Sequence[int]) -> float:
    """How surprised the network is by each token on average, given those before it in a stretch of text."""
    cache, loss, last = network.cache(1, _STRETCH), 0.0, len(tokens) - 1
    for start in range(0, last, _PIECE):
        piece = tokens[start : min(start + _PIECE, last)]
        targets = torch.tensor(tokens[start + 1 : start + len(piece) + 1])
        scores = torch.from_numpy(network.every(cache, Part(0, start % _STRETCH, piece)))
        loss += float(F.cross_entropy(scores, targets, reduction="sum"))
    return math.exp(loss / last)


def _seconds(network: BatchedModel) -> float:
    """CPU time of one step of one sequence, at best of a few: what else runs must not decide."""
    cache, best = network.cache(1, _STEPS), math.inf
    for position in range(_STEPS):
        began = time.thread_time()
        network.step(cache, [Part(0, position, [0])])
        best = min(best, time.thread_time() - began)
    return best


def _independent(network: BatchedModel) -> bool:
    """Whether a sequence gets the same scores alone and among others, on this machine."""
    beside = [
        [position % network.config.vocabulary for position in range(slot, slot + 3)] for slot in range(4)
    ]
    alone, together = network.cache(4, 8), network.cache(4, 8)
    for position in range(3):
        parts = [Part(slot, position, tokens[position : position + 1]) for slot, tokens in enumerate(beside)]
        if not np.array_equal(network.step(together, parts)[2:3], network.step(alone, parts[2:3])):
            return False
    return True
