import assert from "node:assert/strict";
import { test } from "node:test";
import { REPORT, averages, crossEntropy, meanSquaredError, readRow } from "../../../assets/ui/learn/losses-math.js";

const rounded = (values) => values.map((one) => one.toFixed(3));

test("cross-entropy is minus p times the logarithm of q, added up", () => {
  const { terms, total } = crossEntropy([1, 0], [0.8, 0.2]);
  assert.equal(total.toFixed(5), "0.22314");
  assert.equal(terms[1], 0);
  assert.equal(crossEntropy([1, 0], [0.8, 0.2], 2).total.toFixed(5), "0.32193");
  assert.equal(crossEntropy([0.5, 0.5], [0.5, 0.5]).total.toFixed(6), Math.LN2.toFixed(6));
});

test("what is sure and wrong costs without bound, what is impossible and not said costs nothing", () => {
  assert.equal(crossEntropy([1, 0], [0, 1]).total, Infinity);
  assert.equal(crossEntropy([1, 0], [1, 0]).total, 0);
});

test("the mean squared error is a mean", () => {
  const { terms, total } = meanSquaredError([1, 2, 3], [0.8, 1.9, 3.1]);
  assert.deepEqual(rounded(terms), ["0.040", "0.010", "0.010"]);
  assert.equal(total.toFixed(3), "0.020");
});

test("the printed report's rows give other averages than are printed below them", () => {
  const all = averages(REPORT);
  assert.equal(all.support, 46435);
  assert.equal(all.micro[1].toFixed(3), "0.981");
  assert.deepEqual(rounded(all.weighted), ["0.982", "0.981", "0.981"]);
  assert.deepEqual(rounded(all.macro), ["0.923", "0.897", "0.909"]);
  assert.deepEqual(rounded(averages(REPORT.filter(([tag]) => tag !== "O")).micro), ["0.931", "0.913", "0.922"]);
});

test("rows of an address are two to six numbers within bounds", () => {
  assert.deepEqual(readRow("1,0.5,0", 0, 1), [1, 0.5, 0]);
  for (const bad of ["", "1", "1,2", "1,x", "1,,0", "1,1,1,1,1,1,1", "-1,0", "Infinity,0"])
    assert.equal(readRow(bad, 0, 1), null, bad);
});
