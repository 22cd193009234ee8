// Temperature and top-p on a distribution, and how uncertain it is then.
import assert from "node:assert/strict";
import { test } from "node:test";
import { entropy, largestOf, reshaped } from "../../../assets/ui/learn/next-math.js";

const SCORES = [Math.log(0.5), Math.log(0.3), Math.log(0.15), Math.log(0.05)];
const near = (one, other) => one.forEach((value, at) => assert.ok(Math.abs(value - other[at]) < 1e-9, `${one}`));

test("at temperature 1 and top-p 1 nothing changes", () => {
  near(reshaped(SCORES, 1, 1), [0.5, 0.3, 0.15, 0.05]);
});

test("temperature 0 is sure of the likeliest, a high one of nothing", () => {
  near(reshaped(SCORES, 0, 1), [1, 0, 0, 0]);
  assert.equal(entropy(reshaped(SCORES, 0, 1)), 0);
  assert.ok(entropy(reshaped(SCORES, 2, 1)) > entropy(reshaped(SCORES, 1, 1)));
  assert.ok(entropy(reshaped(SCORES, 0.5, 1)) < entropy(reshaped(SCORES, 1, 1)));
});

test("top-p keeps the one that crosses the line and shares the rest out anew", () => {
  near(reshaped(SCORES, 1, 0.6), [0.5 / 0.8, 0.3 / 0.8, 0, 0]);
  near(reshaped(SCORES, 1, 0.05), [1, 0, 0, 0]);
});

test("temperature comes before top-p", () => {
  assert.equal(reshaped(SCORES, 2, 0.6).filter((one) => one > 0).length, 2);
  assert.equal(reshaped(SCORES, 0.2, 0.6).filter((one) => one > 0).length, 1);
});

test("one of two even chances is one bit", () => {
  assert.equal(entropy([0.5, 0.5, 0]), 1);
  assert.deepEqual(largestOf([0.1, 0.7, 0.2], 2), [1, 2]);
});
