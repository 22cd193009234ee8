"""A mark in which words are chosen, that nobody reads and only whoever has the key finds.

Knows tournament sampling with two candidates (Dathathri et al., "Scalable watermarking for identifying large
language model outputs", Nature 634, 2024): a key and the tokens before give each candidate bits, and of the
tokens that are likely anyway those with ones win a little more often. On the average over keys each token
keeps its probability. Where four tokens come again nothing is marked, as no fresh bits can be had. Knows
token ids and probabilities; nothing of texts or files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

LAYERS = 30
"""Rounds of the tournament; each has a bit of its own for each candidate."""
CONTEXT = 4
"""Tokens before the next one that its bits hang on."""
LEAST = 200
"""Tokens that are looked at at least: of fewer nothing is said."""

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
_WEIGHTS = np.linspace(10.0, 1.0, LAYERS)
"""How much a round's bits count: the first ones change most."""


def context_key(key: bytes, before: Sequence[int]) -> int:
    """What the bits behind these tokens are made from."""
    said = b",".join(b"%d" % token for token in before[-CONTEXT:])
    return int.from_bytes(hashlib.blake2b(said, digest_size=8, key=key[:64]).digest())


def bits(context: int, tokens: Ids) -> Hashes:
    """A number for each token, whose lowest bits are its bits in each round (splitmix64)."""
    with np.errstate(over="ignore"):
        mixed = np.uint64(context) + tokens.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def marked(probabilities: Floats, numbers: Hashes) -> Floats:
    """The probabilities (not normed) after all rounds: of two candidates the one with a one goes on."""
    shares = probabilities.astype(np.float64)
    shares /= shares.sum()
    for layer in range(LAYERS):
        ones = (numbers >> np.uint64(layer) & np.uint64(1)).astype(np.float64)
        shares *= 1 + ones - float(shares @ ones)
    return shares.astype(np.float32)


def likeness(tokens: Sequence[int], key: bytes) -> float | None:
    """How far the bits of a text stand above chance, in standard deviations; None where it is too short."""
    seen: set[int] = set()
    ones = np.zeros(LAYERS)
    for at in range(CONTEXT, len(tokens)):
        context = context_key(key, tokens[at - CONTEXT : at])
        if context in seen:
            continue
        seen.add(context)
        number = int(bits(context, np.array([tokens[at]], np.int64))[0])
        ones += [number >> layer & 1 for layer in range(LAYERS)]
    if len(seen) < LEAST:
        return None
    share = float(_WEIGHTS @ (ones / len(seen) - 0.5))
    return share / (0.5 * float(np.sqrt((_WEIGHTS**2).sum() / len(seen))))
