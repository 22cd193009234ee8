import "./page.js";
import assert from "node:assert/strict";
import test from "node:test";
import { family, flip, move, recolour, remove, reorder, scale, thingAt } from "../../../assets/ui/image/scene-edits.js";
import { chunkOf } from "../../../assets/ui/image/scene-layers.js";
import { boxBetween, wordsWith } from "../../../assets/ui/image/scene-sketch.js";

const { moodOf } = await import("../../../assets/ui/image/picture-actions.js");

const scene = () => ({
  words: "a cat on a bicycle",
  things: [
    { name: "moon", box: [300, 10, 40, 40] },
    { name: "bicycle", box: [100, 100, 100, 60] },
    { name: "cat", box: [110, 60, 60, 60], relation: { kind: "riding", to: [1] } },
    { name: "hat", box: [120, 40, 20, 20], relation: { kind: "worn_by", to: [2] } },
  ],
});

test("a thing moves with all that hangs on it, and nothing else does", () => {
  const moved = move(scene(), 1, 10.4, -5);
  assert.deepEqual(
    moved.things.map(({ box }) => box.slice(0, 2)),
    [
      [300, 10],
      [110, 95],
      [120, 55],
      [130, 35],
    ],
  );
  assert.deepEqual(family(scene(), 2), [2, 3]);
});

test("a thing grows from where it stands, within bounds", () => {
  assert.deepEqual(scale(scene(), 0, 2, 500).things[0].box, [280, -30, 80, 80]);
  assert.deepEqual(scale(scene(), 0, 100, 400).things[0].box.slice(2), [400, 400]);
  assert.deepEqual(scale(scene(), 0, 0.001, 400).things[0].box.slice(2), [12, 12]);
});

test("order and relations stay together", () => {
  const front = reorder(scene(), 1, 1);
  assert.deepEqual(
    front.things.map(({ name }) => name),
    ["moon", "cat", "bicycle", "hat"],
  );
  assert.deepEqual([front.things[1].relation.to, front.things[3].relation.to], [[2], [1]]);
  assert.equal(reorder(scene(), 3, 1).things[3].name, "hat");
  const without = remove(scene(), 1);
  assert.deepEqual(
    without.things.map(({ name, relation }) => [name, relation?.to]),
    [
      ["moon", undefined],
      ["cat", undefined],
      ["hat", [1]],
    ],
  );
});

test("edits leave the description they were made of as it was", () => {
  const before = scene();
  assert.equal(flip(before, 2).things[2].flip, true);
  assert.equal(recolour(before, 2, "blue").things[2].colour, "blue");
  assert.deepEqual(before, scene());
});

test("the nearest thing at a point is found", () => {
  assert.equal(thingAt(scene(), 130, 110), 2);
  assert.equal(thingAt(scene(), 5, 5), -1);
});

test("a file without a scene, or one that is cut short, has no chunk", () => {
  const file = new Uint8Array(40);
  assert.equal(chunkOf(file.buffer), null);
  new DataView(file.buffer).setUint32(8, 3);
  file.set(new TextEncoder().encode("scNe"), 12);
  assert.equal(chunkOf(file.buffer).byteLength, 3);
  new DataView(file.buffer).setUint32(8, 999);
  assert.equal(chunkOf(file.buffer), null);
});

test("a scene's tune follows what falls, then the hour, then whether somebody rides", () => {
  const riding = [{ relation: { kind: "riding" } }];
  assert.equal(moodOf({ weather: "rain", time: "night", things: riding }), "rain");
  assert.equal(moodOf({ weather: "", time: "night", things: riding }), "night");
  assert.equal(moodOf({ weather: "", time: "day", things: riding }), "going");
  assert.equal(moodOf({ time: "day", things: [{}] }), "day");
});

test("what is sketched is named after the words, one more of each", () => {
  const sketches = (...all) => all.map((words) => ({ words }));
  assert.equal(wordsWith("a cat", sketches("a red balloon", "two dogs")), "a cat, a red balloon, two dogs");
  assert.equal(wordsWith("一只猫", sketches("猫", "两只狗")), "一只猫，一个猫，两只狗");
  assert.equal(wordsWith("", sketches("a cat")), "a cat");
  assert.deepEqual(boxBetween([50, 60], [10.4, 200]), [10, 60, 40, 140]);
  assert.deepEqual(boxBetween([50, 60], [51, 60]), [50, 60, 24, 24]);
});
