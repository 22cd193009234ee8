#!/bin/sh
# One would guess: a tag that follows no scheme is taken as a name, or refused.
# True in seqeval 1.2.2: the first character is cut off as if it were the prefix, so the report speaks of classes that
# nobody named ("人名" becomes "名"), and in the default mode two entities that differ only in where they begin are
# called equal: I-PER at the start of a sentence against B-PER scores 1.0 (mode="strict" with IOB2 says 0.0).
# Source: seqeval/metrics/sequence_labeling.py, get_entities.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check seqeval==1.2.2
"$work/venv/bin/python" - <<'PY' 2>/dev/null
from importlib.metadata import version

from seqeval.metrics import classification_report, f1_score
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2

print("seqeval", version("seqeval"))
names = sorted(classification_report([["人名", "O", "地名"]], [["人名", "O", "地名"]], output_dict=True))
print("  classes reported for the tags 人名 and 地名:", [name for name in names if "avg" not in name])
print("  entities:", get_entities(["人名", "O", "地名"]))
loose = f1_score([["B-PER", "I-PER", "O"]], [["I-PER", "I-PER", "O"]])
strict = f1_score([["B-PER", "I-PER", "O"]], [["I-PER", "I-PER", "O"]], mode="strict", scheme=IOB2)
print(f"  F1 of B-PER I-PER against I-PER I-PER: {loose:.1f} by default, {strict:.1f} in strict mode")
assert [name for name in names if "avg" not in name] == ["名"], "this has changed"
assert (loose, strict) == (1.0, 0.0), "this has changed"
print("As described: a name loses its first character, and a wrong beginning is forgiven.")
PY
