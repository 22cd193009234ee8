import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { marked, played, score, shuffled } from "../../../assets/ui/learn/real-math.js";

const file = JSON.parse(readFileSync(new URL("../../../assets/ui/learn/data/real.json", import.meta.url), "utf-8"));

test("every one is asked once, in an order that follows from the seed", () => {
  for (const seed of [0, 1, 7, 99999, NaN])
    assert.deepEqual(
      shuffled(12, seed).toSorted((a, b) => a - b),
      Array.from({ length: 12 }, (_, at) => at),
    );
  assert.deepEqual(shuffled(12, 5), shuffled(12, 5));
  assert.notDeepEqual(shuffled(12, 5), shuffled(12, 6));
});

test("a score says how likely a coin does as well", () => {
  assert.deepEqual(score([true, true, true, true]), { right: 4, all: 4, chance: 1 / 16 });
  assert.deepEqual(score([true, false]), { right: 1, all: 2, chance: 0.75 });
  assert.deepEqual(score([]), { right: 0, all: 0, chance: 1 });
  assert.equal(score([false, false, false]).chance, 1);
});

test("a shared run is found where it stands", () => {
  assert.deepEqual(marked("床前明月光", "明月"), ["床前", "明月", "光"]);
  assert.deepEqual(marked("床前明月光", ""), ["床前明月光", "", ""]);
});

test("notes become a line with its rests", () => {
  assert.deepEqual(
    played([
      [1, 0.5, 64],
      [0, 0.5, 62],
    ]),
    [
      { pitch: 62, length: 0.5 },
      { pitch: null, length: 0.5 },
      { pitch: 64, length: 0.5 },
    ],
  );
});

test("half of the poems and of the tunes are real, and of each it is said whose it is", () => {
  for (const part of [file.poems, file.tunes]) {
    assert.equal(part.length, 12);
    assert.equal(part.filter((one) => one.real).length, 6);
  }
  for (const poem of file.poems) {
    const length = poem.form[0] === "五" ? 5 : 7;
    assert.ok(poem.lines.length === 4 && poem.lines.every((line) => line.length === length), poem.title);
    if (poem.real) assert.ok(poem.author && poem.dynasty);
    else if (poem.nearest.shared) assert.ok(poem.nearest.source.includes(poem.nearest.shared));
  }
  for (const tune of file.tunes) {
    assert.ok(tune.notes.length > 15 && tune.notes.every(([start, length]) => start >= 0 && length > 0));
    assert.ok(tune.real ? tune.title && tune.collection : tune.nearest.notes >= 0);
  }
});

test("of what is drawn for people's work every picture has its nearest one by name in both languages", () => {
  const { people, known } = file.pictures;
  assert.equal(people.length, 8);
  for (const row of people) {
    assert.equal(row.labels.length, 8);
    assert.equal(
      row.counted.reduce((sum, [, count]) => sum + count, 0),
      8,
    );
  }
  assert.ok([...people, known].every((row) => row.labels.every((label) => label.en && label.zh)));
  assert.equal(known.prompts.length, known.apart.length);
});
