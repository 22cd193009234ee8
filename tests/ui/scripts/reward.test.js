// Pairs that come up to be rated, and the best of n.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bestOf, nextPair, readPairs, typedPairs, writePairs } from "../../../assets/ui/learn/reward-math.js";

const NAMES = ["#0", "#1", "#2", "#3", "#4", "#5", "#6"];

test("every pair comes up once, and then none is left", () => {
  const rated = [];
  const seen = new Set();
  for (let pair = nextPair(NAMES, rated); pair; pair = nextPair(NAMES, rated)) {
    assert.notEqual(pair[0], pair[1]);
    seen.add(pair.toSorted().join());
    rated.push(pair);
  }
  assert.equal(seen.size, (NAMES.length * (NAMES.length - 1)) / 2);
  assert.equal(rated.length, seen.size);
});

test("a pair that is passed over is another one next", () => {
  assert.notDeepEqual(nextPair(NAMES, [], 0), nextPair(NAMES, [], 1));
});

test("everything has been seen before half of the pairs are rated", () => {
  const rated = [];
  for (let turn = 0; turn < 8; turn++) rated.push(nextPair(NAMES, rated));
  assert.equal(new Set(rated.flat()).size, NAMES.length);
});

test("the best of n is the highest score among the first n", () => {
  const scores = { "#0": 0.5, "#1": -1, "#2": 2, "#3": 1 };
  assert.equal(bestOf(NAMES.slice(0, 4), scores, 1), "#0");
  assert.equal(bestOf(NAMES.slice(0, 4), scores, 2), "#0");
  assert.equal(bestOf(NAMES.slice(0, 4), scores, 3), "#2");
});

test("pairs survive the form, and what is no list of pairs is none", () => {
  const pairs = [["#1", "床前明月光\n疑是地上霜"]];
  assert.deepEqual(readPairs(writePairs(pairs)), pairs);
  assert.equal(writePairs([]), "");
  assert.deepEqual(typedPairs(""), []);
  for (const text of ["no", "[", "[1]"]) assert.equal(typedPairs(text), null);
  for (const text of ["", "no", "{}", "[1]", '[["#1"]]', '[["#1", 2]]']) assert.deepEqual(readPairs(text), []);
});
