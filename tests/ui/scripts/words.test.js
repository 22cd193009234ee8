import assert from "node:assert/strict";
import { test } from "node:test";
import { speak } from "./page.js";

const WORDS = {
  hello: "Hello {name}, {name}!",
  "ui.time.seconds": "{n} s",
  "ui.time.minutes": "{n} min",
  "ui.time.hours": "{n} h",
  "ui.time.now": "just now",
};
speak("en", WORDS);
const words = await import("../../../assets/ui/words.js");

test("a string has its places filled in; a missing one shows its key", () => {
  assert.equal(words.t("hello", { name: "Ann" }), "Hello Ann, Ann!");
  assert.equal(words.t("hello"), "Hello {name}, {name}!");
  assert.equal(words.t("no.such.key"), "no.such.key");
});

test("lengths of time are rounded as one would say them", () => {
  const said = [0.04, 3.14159, 42.4, 150, 8000].map(words.seconds);
  assert.deepEqual(said, ["0.1 s", "3.1 s", "42 s", "3 min", "2.2 h"]);
});

test("what is left is whole, at least one second, and coarser as it grows", () => {
  assert.deepEqual([0, 7.2, 21, 88, 130].map(words.remaining), ["1 s", "8 s", "25 s", "90 s", "3 min"]);
});

test("sizes are in megabytes, from a thousand on in gigabytes", () => {
  assert.deepEqual([1.5e6, 87e6, 4.26e9].map(words.megabytes), ["1.5 MB", "87 MB", "4.3 GB"]);
});

test("a moment ago is now, an hour ago is an hour, long ago is a date", () => {
  const before = (seconds) => words.ago(new Date(Date.now() - seconds * 1000).toISOString());
  assert.deepEqual([10, 600, 7200, 90000].map(before), ["just now", "10 minutes ago", "2 hours ago", "yesterday"]);
  assert.match(before(40 * 86400), /\d{4}/);
});

test("Chinese is known by its characters", () => {
  assert.deepEqual(["月亮", "a 月", "moon", "", null].map(words.isChinese), [true, true, false, false, false]);
});
