// What several results of one request are told to be, together.
import assert from "node:assert/strict";
import { test } from "node:test";
import "./page.js";

const { readingOf } = await import("../../../assets/ui/reading.js");

const made = (...kept) => ({ meta: { request: { kept } } });

test("things that are called by the visitor's own words are counted one by one", () => {
  const picture = made({ words: "cat" }, { words: "moon" }, { key: "image.scene.time.night" });
  const counted = readingOf({ outputs: [picture, picture] }).kept.map((term) => [term.words ?? term.key, term.count]);
  assert.deepEqual(counted, [
    ["cat", 2],
    ["moon", 2],
    ["image.scene.time.night", 2],
  ]);
});

test("the same thing counts once whatever it was asked by, and in another number it is another", () => {
  const one = { names: { en: "cat" }, words: "kitten" };
  const pigs = (n) => ({ key: "image.scene.several", values: { n } });
  const { kept } = readingOf({
    outputs: [made(one, pigs(2)), made({ ...one, words: "cat" }, pigs(3))],
  });
  assert.deepEqual(
    kept.map((term) => term.count),
    [2, 1, 1],
  );
});
