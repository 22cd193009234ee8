#!/bin/sh
# One would guess: a score above zero means that a document has a word of the query, and one that has it scores above
# zero, so that "score > 0" tells what was found.
# True in bm25s 0.3.16: with the methods bm25l and bm25+ every document scores above zero, also one without any word of
# the query, since words that are absent have a score of their own. With robertson a word that half of the documents
# have scores zero, so the one found looks like the one not found. It holds for lucene, which is used if none is named.
# Source: bm25s/scoring.py (the score of non-occurrence; Robertson's idf is no less than 0).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check bm25s==0.3.16
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import bm25s

DOCUMENTS = [["cat", "sat"], ["cat", "ran"], ["birds", "fly"], ["fish", "swim"]]
print("bm25s", version("bm25s"), "- scores for the query cat:")
found = {}
for method in ("lucene", "atire", "robertson", "bm25l", "bm25+"):
    index = bm25s.BM25(method=method)
    index.index(DOCUMENTS, show_progress=False)
    scores = index.get_scores(["cat"])
    found[method] = float(scores[0]), float(scores[3])
    print(f"  {method}: {found[method][0]:.3f} for 'cat sat', {found[method][1]:.3f} for 'fish swim'")
assert all(found[method][0] > 0 == found[method][1] for method in ("lucene", "atire")), "this has changed"
assert found["robertson"] == (0, 0), "this has changed"
assert all(found[method][0] > found[method][1] > 0 for method in ("bm25l", "bm25+")), "this has changed"
print("As described: a score above zero is no match, and a match may score zero.")
PY
