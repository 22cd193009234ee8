import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { best } from "../../../assets/ui/learn/compare-math.js";

const rows = [
  { method: "a", recognised: 0.9, frechet: 3, variety: 1.3 },
  { method: "b", recognised: 0.8, frechet: 1, variety: 0.9 },
];

test("more is better of what is recognised, less of a distance, and of variety what is near that of real ones", () => {
  assert.equal(best(rows, "recognised").method, "a");
  assert.equal(best(rows, "frechet").method, "b");
  assert.equal(best(rows, "variety").method, "b");
  assert.equal(best([rows[0], { ...rows[0], method: "c" }], "recognised").method, "a");
});

test("the measures that ship are complete and possible", () => {
  const path = new URL("../../../assets/ui/learn/data/compare.json", import.meta.url);
  const file = JSON.parse(readFileSync(path, "utf-8"));
  assert.deepEqual(
    file.rows.map((row) => row.method),
    ["gan", "vae", "flow"],
  );
  for (const row of file.rows) {
    assert.ok(row.recognised > 0.5 && row.recognised <= 1, row.method);
    assert.ok(row.frechet > 0 && row.variety > 0.1 && row.variety < 2 && row.pictures_per_second > 1, row.method);
  }
});
