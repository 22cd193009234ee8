#!/bin/sh
# One would guess: saving the same tensors with the same metadata twice gives the same bytes, so that a checkpoint can
# be compared, cached or signed by its hash.
# True in safetensors 0.8.0: the tensors stand in one order, but the metadata are kept in a hash map whose order is drawn
# anew for each call, even within one process. With five entries nearly every file differs from the last; with one
# entry, or none, all are the same. Who wants equal bytes writes the header's JSON again with sorted keys.
# Source: safetensors/src/tensor.rs (metadata: HashMap<String, String>).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.3.5
"$work/venv/bin/python" - <<'PY'
import hashlib

import numpy as np
import safetensors
from safetensors.numpy import load, save

tensors = {"weight": np.arange(6, dtype=np.float32), "bias": np.zeros(2, dtype=np.float32)}


def different(metadata):
    return len({hashlib.sha256(save(tensors, metadata)).hexdigest() for _ in range(60)})


many = {name: name for name in ("format", "title", "author", "licence", "seed")}
found = {"no": different(None), "one": different({"format": "pt"}), "five": different(many)}
print("safetensors", safetensors.__version__, "- different files out of sixty saves of the same content:")
for count, number in found.items():
    print(f"  with {count} metadata entries: {number}")
assert found["no"] == found["one"] == 1 and found["five"] > 10, "this has changed"
assert np.array_equal(load(save(tensors, many))["weight"], tensors["weight"])
print("As described: the same content, other bytes.")
PY
