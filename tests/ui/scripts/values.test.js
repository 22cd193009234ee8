// Small pure readers and writers: blends, notes, bars, progress.
import assert from "node:assert/strict";
import { test } from "node:test";
import { speak } from "./page.js";

speak("en", {
  "ui.queued.next": "next",
  "ui.queued.eta": "{n} ahead, {time}",
  "ui.progress.steps": "step {done} of {total}",
  "ui.progress.left": "{time} left",
  "ui.loading.of": "{name}: {done} of {total}",
  "ui.time.seconds": "{n} s",
  "ui.reconnecting": "lost",
});
const { parseBlend, toggled, writeBlend } = await import("../../../assets/ui/style/blend.js");
const notes = await import("../../../assets/ui/music/notes.js");
const { barHeights } = await import("../../../assets/ui/wave.js");
const { progressLine, progressShare } = await import("../../../assets/ui/progress.js");

test("a blend is read as it is written, unknown names left out", () => {
  const known = ["ember", "frost"];
  assert.deepEqual(parseBlend("ember:1, frost:0.5", known), [
    ["ember", 1],
    ["frost", 0.5],
  ]);
  assert.deepEqual(parseBlend(" ember ,nothing:2", known), [["ember", 1]]);
  assert.deepEqual(parseBlend(undefined, known), []);
  assert.equal(writeBlend([["ember", 1]]), "ember");
  assert.equal(writeBlend(parseBlend("ember:1, frost:0.5", known)), "ember:1, frost:0.5");
});

test("of a blend at least one style stays, and at most four", () => {
  assert.deepEqual(toggled([["a", 1]], "a"), [["a", 1]]);
  const five = ["b", "c", "d", "e"].reduce(toggled, [["a", 1]]);
  assert.deepEqual(
    five.map(([name]) => name),
    ["b", "c", "d", "e"],
  );
});

test("notes that were played are read as they were written", () => {
  const played = "D4:0.5 R:1 F#5:0.25 Bb3:2 60:1";
  const read = notes.readNotes(played);
  assert.deepEqual(
    read.map(({ pitch }) => pitch),
    [62, null, 78, 58, 60],
  );
  assert.equal(notes.writeNotes(read), "D4:0.5 R:1 F#5:0.25 A#3:2 C4:1");
  assert.deepEqual(notes.readNotes("H4:1 C4 C4:0 rubbish"), []);
});

test("a time is set on sixteenths, a bar at most", () => {
  assert.deepEqual([0.01, 0.6, 1.13, 9].map(notes.quantised), [0.25, 0.5, 1.25, 4]);
});

test("bars show the loudest of their stretch, relative to the loudest of all", () => {
  assert.deepEqual(barHeights([10, 20, 5, 40], 2), [0.5, 1]);
  assert.deepEqual(barHeights([0, 0], 4), [0, 0]);
});

test("a job says in one line how far it is", () => {
  const job = { task: "none", model: "m" };
  assert.equal(progressLine({ ...job, status: "queued", place: 0 }), "next");
  assert.equal(progressLine({ ...job, status: "queued", place: 2, eta_seconds: 7 }), "2 ahead, 7 s");
  const running = { ...job, status: "running", progress: { done: 5, total: 20, eta_seconds: 3 } };
  assert.equal(progressLine(running), "step 5 of 20 · 3 s left");
  assert.equal(progressLine(running, { connected: false }), "lost");
  assert.equal(progressShare(running), 0.25);
  const loading = { ...job, status: "loading", loading: { done_bytes: 1e6, total_bytes: 4e6 } };
  assert.equal(progressLine(loading), "m: 1 MB of 4 MB");
  assert.equal(progressShare(loading), 0.25);
  assert.equal(progressShare({ ...job, status: "queued" }), null);
});
