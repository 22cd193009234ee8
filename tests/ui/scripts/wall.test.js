import "./page.js";
import assert from "node:assert/strict";
import test from "node:test";

const { gridOf } = await import("../../../assets/ui/class/wall-grid.js");

test("pictures stand on a wall as large as all of them can", () => {
  assert.deepEqual(gridOf(1, 1224, 560), { columns: 1, rows: 1 });
  assert.deepEqual(gridOf(8, 1224, 560), { columns: 4, rows: 2 });
  const class_ = gridOf(30, 1224, 560);
  assert.ok(class_.columns * class_.rows >= 30);
  assert.ok(gridOf(30, 560, 1224).rows > class_.rows, "a wall on end has more rows");
});

test("too many for one screen, and none, have no such grid", () => {
  assert.equal(gridOf(200, 1224, 560), null);
  assert.equal(gridOf(0, 1224, 560), null);
});
