// Runs beside one another: points of one chart, what tells runs apart, and the best cell of a grid.
import assert from "node:assert/strict";
import { test } from "node:test";
import { different, lowest, readNumbers, shade, shared, together } from "../../../assets/ui/learn/runs-math.js";

const ONE = {
  name: "one",
  points: [
    { step: 10, validation: 3, train: 2 },
    { step: 20, validation: 1 },
  ],
};
const TWO = {
  name: "two",
  points: [
    { step: 20, validation: 2 },
    { step: 30, train: 1, validation: 1.5 },
  ],
};

test("a step has the values of the runs that have one there", () => {
  assert.deepEqual(together([ONE, TWO], "validation"), [
    { step: 10, one: 3 },
    { step: 20, one: 1, two: 2 },
    { step: 30, two: 1.5 },
  ]);
});

test("only what all have can be compared", () => {
  assert.deepEqual(shared([ONE, TWO]), ["validation", "train"]);
  assert.deepEqual(shared([ONE, { points: [{ step: 1, train: 2 }] }]), ["train"]);
  assert.deepEqual(shared([]), []);
});

test("runs are told apart by what is not the same in all", () => {
  assert.deepEqual(
    different([
      { width: 8, steps: 3 },
      { width: 16, steps: 3 },
    ]),
    ["width"],
  );
  assert.deepEqual(different([{ width: null, seed: 1 }, { seed: 2 }]), ["seed"]);
});

test("numbers are read as people write them, within limits", () => {
  assert.deepEqual(readNumbers("0.001, 0.01；0.1", { least: 0, most: 1 }), [0.001, 0.01, 0.1]);
  assert.deepEqual(readNumbers("8 8 x 2.5 900 16", { least: 2, most: 64, whole: true }), [8, 16]);
  assert.deepEqual(readNumbers("", { least: 0, most: 1 }), []);
  assert.equal(readNumbers("1 2 3 4 5 6 7", { least: 0, most: 9 }).length, 4);
});

test("the lowest is the best, and what diverged is none", () => {
  const cells = [{ value: 2 }, { value: null }, { value: 0.5 }, { value: 1 }];
  assert.equal(lowest(cells), cells[2]);
  assert.equal(lowest([{ value: null }]), null);
  assert.equal(lowest([]), null);
  assert.deepEqual(
    [0.5, 1.25, 2].map((value) => shade(value, cells)),
    [1, 0.5, 0],
  );
});
