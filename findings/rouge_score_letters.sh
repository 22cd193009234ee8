#!/bin/sh
# One would guess: ROUGE compares whatever words two texts hold.
# True in rouge-score 0.1.2: everything but a-z and 0-9 is dropped before comparing. A Chinese text against itself
# scores 0, two different Chinese phrases that end in the same year score 1.0, and an accent cuts a word in two
# ("café" and "caf" are the same). A tokenizer of one's own cures it. Source: rouge_score/tokenize.py.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check rouge-score==0.1.2
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

from rouge_score import rouge_scorer


class Characters:
    def tokenize(self, text):
        return [char for char in text if not char.isspace()]


plain = rouge_scorer.RougeScorer(["rouge1"])
own = rouge_scorer.RougeScorer(["rouge1"], tokenizer=Characters())
pairs = [("今天的天气非常好", "今天的天气非常好"), ("目标 2024", "结果 2024"), ("café", "caf")]
print("rouge-score", version("rouge-score"), "- ROUGE-1 F of two texts, as it is and by characters:")
found = []
for one, other in pairs:
    found.append(plain.score(one, other)["rouge1"].fmeasure)
    print(f"  {one!r} and {other!r}: {found[-1]:.2f}, {own.score(one, other)['rouge1'].fmeasure:.2f}")
assert found == [0.0, 1.0, 1.0], "this has changed"
assert own.score(*pairs[0])["rouge1"].fmeasure == 1.0
print("As described: what is no Latin letter or digit does not count.")
PY
