import "./page.js";
import assert from "node:assert/strict";
import test from "node:test";

const { pieces, readable, readerOf } = await import("../../../assets/ui/aloud.js");
const { learn } = await import("../../../assets/ui/state.js");

const model = (id, more = {}) => ({ id, languages: ["en"], debug: false, unfit: null, ...more });
const tasks = (...models) => [
  { id: "text", fields: [{ name: "prompt" }], models: [model("writer")] },
  { id: "speech", fields: [{ name: "text", reads_aloud: true }], models },
];

test("a text is read by a model that knows its language and fits this machine, else by none", () => {
  const large = model("large", { unfit: { en: "too large" } });
  learn({ tasks: tasks(large, model("small"), model("tones", { debug: true })) });
  assert.equal(readerOf("en", false).model.id, "small");
  assert.equal(readerOf("en", false).field.name, "text");
  assert.equal(readerOf("en", true).model.id, "tones");
  assert.equal(readerOf("zh", false), null);
  assert.equal(readerOf(null, false), null);
  learn({ tasks: tasks().slice(0, 1) });
  assert.equal(readerOf("en", false), null);
});

test("marks are not read, lines stay", () => {
  assert.equal(readable("# The *moon*\n> over `us`"), "The  moon \n  over  us");
});

test("a browser's voice is given sentences, none too long, nothing that cannot be said", () => {
  assert.deepEqual(pieces("月亮升起来了。猫在睡觉！\n……"), ["月亮升起来了。", "猫在睡觉！"]);
  assert.deepEqual(pieces("One. Two"), ["One.", "Two"]);
  const long = pieces("字".repeat(400));
  assert.deepEqual(
    long.map((one) => one.length),
    [180, 180, 40],
  );
});
