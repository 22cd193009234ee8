import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  attention,
  largest,
  mixture,
  readTable,
  softmax,
  writeTable,
} from "../../../assets/ui/learn/attention-math.js";

const near = (found, wanted) =>
  found.flat().forEach((one, at) => assert.ok(Math.abs(one - wanted.flat()[at]) < 1e-4, `${one} at ${at}`));

test("weights are positive, together one, and follow the differences of scores alone", () => {
  near(softmax([1, 2, 3]), [0.09003, 0.24473, 0.66524]);
  near(softmax([1001, 1002, 1003]), softmax([1, 2, 3]));
  assert.deepEqual(softmax([0, -Infinity]), [1, 0]);
});

test("attention divides by the root of d and mixes the values", () => {
  const identity = [
    [1, 0],
    [0, 1],
  ];
  const values = [
    [10, 0],
    [0, 10],
  ];
  const found = attention(identity, identity, values);
  near([found.root], [Math.SQRT2]);
  assert.deepEqual(found.products, identity);
  near(found.weights, [
    [0.66976, 0.33024],
    [0.33024, 0.66976],
  ]);
  near(found.mixed, [
    [6.6976, 3.3024],
    [3.3024, 6.6976],
  ]);
  near(attention(identity, identity, values, { scaled: false }).weights[0], [0.73106, 0.26894]);
});

test("with a mask nobody looks ahead", () => {
  const rows = [[1], [2], [3]];
  const { weights } = attention(rows, rows, rows, { causal: true });
  assert.deepEqual(weights[0], [1, 0, 0]);
  assert.equal(weights[1][2], 0);
  near([weights[2].reduce((a, b) => a + b)], [1]);
});

test("a table in an address comes back as it was; anything else is as usual", () => {
  const usual = [
    [1, 2],
    [3, 4],
  ];
  assert.deepEqual(readTable(writeTable([[0.5, -1], [2, 0]]), usual), [[0.5, -1], [2, 0]]); // prettier-ignore
  for (const bad of ["", "1,2", "1,2;3", "1,2;3,x", "1,2;3,1e9", "1,2;3,", "NaN,1;1,1"])
    assert.equal(readTable(bad, usual), usual, bad);
});

test("the largest come first, the earlier of two that are alike", () => {
  assert.deepEqual(
    largest([0.1, 0.4, 0.1, 0.4], 3).map((one) => one.at),
    [1, 3, 0],
  );
});

test("the weights of the poem model's scores are its own, and so is the mixture", () => {
  const path = new URL("../../../assets/ui/learn/data/shigpt-attention.json", import.meta.url);
  const model = JSON.parse(readFileSync(path, "utf-8"));
  assert.equal(model.layers * model.heads, 32);
  for (const { layer, head, at, weights, mixed } of model.checks) {
    const here = model.maps[layer][head];
    const row = softmax(here.scores[at].map((score) => score / model.root));
    row.forEach((one, place) => assert.ok(Math.abs(one - weights[place]) < 0.005, `${layer} ${head} ${at} ${place}`));
    mixture(row, here.values.slice(0, at + 1)).forEach((one, place) =>
      assert.ok(Math.abs(one - mixed[place]) < 0.02, `${one} for ${mixed[place]}`),
    );
  }
});
