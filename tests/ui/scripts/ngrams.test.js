import assert from "node:assert/strict";
import { test } from "node:test";

const { bleu, common, longest, matches, rouge, rougeL, tokens } = await import("../../../assets/ui/learn/ngrams.js");

/** Reference, said, then what sacrebleu 2.6.0 and rouge-score 0.1.2 gave for these tokens: BLEU, ROUGE-1, -2, -L. */
const KNOWN = [
  [
    "the moon rises over the quiet river",
    "over the quiet river the bright moon rises",
    42.728701,
    0.933333,
    0.615385,
    0.533333,
  ],
  ["床 前 明 月 光 疑 是 地 上 霜", "窗 前 明 月 光 似 是 地 上 的 霜", 35.084397, 0.761905, 0.526316, 0.761905],
  ["a b c d e", "a b c d e", 100, 1, 1, 1],
  ["a b", "c d", 0, 0, 0, 0],
  ["the the the the", "the cat the", 24.840753, 0.571429, 0, 0.571429],
  ["a b c d e f g h", "a b c", 18.88756, 0.545455, 0.444444, 0.545455],
];

test("BLEU and ROUGE are those of the libraries", () => {
  for (const [wanted, said, score, one, two, long] of KNOWN) {
    const [reference, words] = [wanted.split(" "), said.split(" ")];
    assert.ok(Math.abs(bleu(words, reference).value - score) < 1e-4, said);
    assert.ok(Math.abs(rouge(words, reference, 1).f1 - one) < 1e-6, said);
    assert.ok(Math.abs(rouge(words, reference, 2).f1 - two) < 1e-6, said);
    assert.ok(Math.abs(rougeL(words, reference).f1 - long) < 1e-6, said);
  }
});

test("Chinese is cut by characters, other scripts by words", () => {
  assert.deepEqual(tokens("床前明月光。"), ["床", "前", "明", "月", "光"]);
  assert.deepEqual(tokens("The café, 12 times"), ["the", "café", "12", "times"]);
  assert.deepEqual(tokens("GPT写诗2遍"), ["gpt", "写", "诗", "2", "遍"]);
  assert.deepEqual(tokens(" ,. "), []);
});

test("nothing said scores nothing", () => {
  assert.equal(bleu([], ["a"]).value, 0);
  assert.equal(bleu(["a"], []).value, 0);
  assert.equal(rougeL([], []).f1, 0);
});

test("a word counts as often as it is there", () => {
  assert.equal(matches(["a", "a", "a"], ["a"], 1), 1);
});

test("a token is marked with the longest run that it stands in", () => {
  assert.deepEqual(longest(["x", "a", "b", "y", "c"], ["a", "b", "c"]), [0, 2, 2, 0, 1]);
  assert.deepEqual([...common(["a", "x", "b"], ["a", "b"])], [0, 2]);
});
