#!/bin/sh
# One would guess: a weight of zero stays zero in a quantised model, weights of opposite sign stay opposite, and the
# larger of two formats of one width is better at both.
# True in gguf 0.19.0: Q4_0 keeps zero, but of +1 and -1 only the one that stands first in its block; the other becomes
# 0.875, since the 16 steps reach one further to one side. Q4_1, half a bit larger a weight, keeps both ends nearly and
# loses zero: every pruned weight of a block from -1 to 1 comes back as -0.067, all to the same side.
# Source: gguf/quants.py (Q4_0, Q4_1), and llama.cpp pull request 729, which made the largest weight the step of -8.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check gguf==0.19.0 numpy==2.4.6
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
from gguf import GGMLQuantizationType as Kind
from gguf.quants import dequantize, quantize


def through(kind, *weights):
    """A block of 32 that begins with these weights, the others zero, there and back."""
    block = np.zeros((1, 32), np.float32)
    block[0, : len(weights)] = weights
    return dequantize(quantize(block, kind), kind)[0]


print("gguf", version("gguf"), "- a block of 32 weights, 30 of them zero, there and back:")
found = {}
for kind in (Kind.Q4_0, Kind.Q4_1, Kind.Q8_0):
    for first in (1.0, -1.0):
        back = through(kind, first, -first)
        found[kind.name, first] = back
        told = " ".join(f"{weight:+.3f}" for weight in back[:3])
        print(f"  {kind.name}: {first:+.0f} {-first:+.0f} 0 ... became {told} ...")
for first in (1.0, -1.0):
    assert found["Q4_0", first][:3].tolist() == [first, -0.875 * first, 0], "this has changed"
    assert np.allclose(found["Q4_1", first][2:], -0.0669, atol=1e-3), "this has changed"
    assert not found["Q8_0", first][2:].any(), "this has changed"
print("As described: one format loses an end, the larger one zero.")
PY
