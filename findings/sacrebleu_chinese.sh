#!/bin/sh
# One would guess: BLEU of a translation that equals its reference is 100, in any language.
# True in sacrebleu 2.6.0: for two equal Chinese sentences corpus_bleu gives 0 and sentence_bleu gives 100, and
# nothing warns. The default tokenizer ("13a") takes a Chinese sentence without spaces for one word, so there is no
# 2-, 3- or 4-gram to match; sentence_bleu hides it, since it counts only the orders that exist (effective order).
# tokenize="zh" gives 100 in both. Source: sacrebleu/metrics/bleu.py (effective_order), README "tokenizers".
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check sacrebleu==2.6.0
"$work/venv/bin/python" - <<'PY'
import sacrebleu

text = "今天的天气非常好"
found = {
    "corpus_bleu, default": sacrebleu.corpus_bleu([text], [[text]]).score,
    "sentence_bleu, default": sacrebleu.sentence_bleu(text, [text]).score,
    "corpus_bleu, tokenize=zh": sacrebleu.corpus_bleu([text], [[text]], tokenize="zh").score,
}
print("sacrebleu", sacrebleu.__version__, "- a Chinese sentence against itself:")
for name, score in found.items():
    print(f"  {name}: {score:.2f}")
expected = [0.0, 100.0, 100.0]
assert all(abs(score - want) < 0.01 for score, want in zip(found.values(), expected)), "this has changed"
print("As described: equal texts, 0 and 100, by the same metric with the same settings.")
PY
