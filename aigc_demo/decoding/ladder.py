"""Which number format a model runs in here: the quickest one that writes as well.

Knows how to try a format: its perplexity on given tokens, its speed, and whether its rows are independent.
Knows nothing of what the tokens mean: who asks brings them.

The ladder is int4 and blocks8 (blocks of 4 and of 8 bits, where the compiled step can be had), int8, bfloat16
(where the CPU computes in it), float32. A rung holds if it is quicker than float32 and its perplexity at most
one per cent higher.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from aigc_demo.decoding import anatomy, compiled, folding, linear, quick
from aigc_demo.decoding.anatomy import Facts
from aigc_demo.decoding.linear import Format
from aigc_demo.decoding.network import Network, Part, Steps, Weights

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
    """A format's weights out of a model of transformers that :func:`anatomy.fits`."""
    facts, tensors = anatomy.facts(model), anatomy.tensors(model)
    if form == "int8":
        facts, tensors = folding.folded(facts, tensors)
    if form in linear.COMPILED:
        facts, tensors = quick.filled(facts, tensors)
    turns = anatomy.turns(model) if facts.family == "llama" else None
    return Weights(facts, form, linear.in_format(form, tensors), turns)


@dataclass(frozen=True)
class Choice:
    """The rung that was taken, and what was measured on the way."""

    weights: Weights
    network: Steps
    trials: tuple[Trial, ...]


def built(weights: Weights, folder: Path | None) -> Steps | None:
    """A network of these weights; None where their format needs the compiled step and there can be none."""
    if weights.form not in linear.COMPILED:
        return Network(weights)
    library = compiled.library(folder) if folder is not None else None
    return quick.QuickNetwork(weights, library) if library is not None else None


def rungs(facts: Facts, folder: Path | None) -> tuple[Format, ...]:
    """The formats to try here before float32, the quickest first."""
    blocks = folder is not None and quick.fits(facts) and compiled.library(folder) is not None
    offered: dict[Format, bool] = {
        "int4": blocks,
        "blocks8": blocks,
        "int8": linear.has_int8(),
        "bfloat16": _computes_in_bfloat16(),
    }
    return tuple(form for form, here in offered.items() if here)


def choose(model: Any, probe: Sequence[int], folder: Path | None = None) -> Choice:
    """Climb down the ladder to the first rung that holds.

    Args:
        model: a model of transformers that :func:`anatomy.fits`.
        probe: token ids of a text that the model should find likely, some thousand.
        folder: where the compiled step is kept; without, there is none.
    """
    kept = weights(model, "float32")
    plain = Network(kept)
    if len(probe) < 2:
        return Choice(kept, plain, ())
    goal, slow = perplexity(plain, probe), _seconds(plain)
    trials: list[Trial] = []
    for form in rungs(kept.facts, folder):
        smaller = weights(model, form)
        network = built(smaller, folder)
        if network is None:
            continue
        found, quick = perplexity(network, probe), _seconds(network)
        holds = found <= goal * TOLERANCE and quick < slow and (not network.shares or _independent(network))
        trials.append(Trial(form, found, goal, quick, slow, holds))
        if holds:
            return Choice(smaller, network, tuple(trials))
    return Choice(kept, plain, tuple(trials))


def _computes_in_bfloat16() -> bool:
    """Whether there are instructions for it: emulated, it is many times slower than float32."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


@torch.inference_mode()
def perplexity(network: Steps, tokens: Sequence[int]) -> float:
    """How surprised the network is by each token on average, given those before it in a stretch of text."""
    memory, loss, last = network.memory(1, _STRETCH), 0.0, len(tokens) - 1
    for start in range(0, last, _PIECE):
        piece = tokens[start : min(start + _PIECE, last)]
        targets = torch.tensor(tokens[start + 1 : start + len(piece) + 1])
        scores = network.every(memory, Part(0, start % _STRETCH, piece))
        loss += float(F.cross_entropy(scores, targets, reduction="sum"))
    return math.exp(loss / last)


@torch.inference_mode()
def _seconds(network: Steps) -> float:
    """CPU time of one step of one sequence, at best of a few: what else runs must not decide."""
    memory, best = network.memory(1, _STEPS), math.inf
    for position in range(_STEPS):
        began = time.thread_time()
        network.step(memory, [Part(0, position, [0])])
        best = min(best, time.thread_time() - began)
    return best


@torch.inference_mode()
def _independent(network: Steps) -> bool:
    """Whether a sequence gets the same scores alone and among others, on this machine."""
    beside = [
        [position % network.facts.vocabulary for position in range(slot, slot + 3)] for slot in range(4)
    ]
    alone, together = network.memory(4, 8), network.memory(4, 8)
    for position in range(3):
        parts = [Part(slot, position, tokens[position : position + 1]) for slot, tokens in enumerate(beside)]
        if not torch.equal(network.step(together, parts)[2:3], network.step(alone, parts[2:3])):
            return False
    return True
