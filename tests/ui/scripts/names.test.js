// What an item is called in lists and headings, by declaration: no parameter has a name that the page knows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { speak } from "./page.js";

speak("en", { "task.beep": "Beeps", "beep.tone.low": "Low", "beep.tone.label": "Tone" });
const { learn, wordsIn } = await import("../../../assets/ui/state.js");
const { languageOf } = await import("../../../assets/ui/words.js");
const { promptBeside, promptOf, titleOf } = await import("../../../assets/ui/output.js");

const FIELDS = [
  { name: "text", widget: "prompt", words: true, open: true },
  { name: "lines", widget: "textarea", words: true, open: false },
  { name: "tone", widget: "radio", words: false, open: true, label: "beep.tone.label" },
];
const MODELS = [
  { id: "beeper", takes: ["text", "lines", "tone"] },
  { id: "mute", takes: ["tone"] },
];
learn({ tasks: [{ id: "beep", tab: "task.beep", fields: FIELDS, models: MODELS, examples: [] }] });

test("an item is called by its prompt, whatever that parameter's name is, and in full", () => {
  assert.equal(promptOf({ task: "beep", params: { text: "a whistle", prompt: "no" }, title: "a whis…" }), "a whistle");
});

test("without a prompt it is called by its title, and an old one without either by its settings", () => {
  assert.equal(promptOf({ task: "beep", params: { text: "" }, title: "A low beep" }), "A low beep");
  assert.equal(promptOf({ task: "beep", params: { tone: "low" }, title: "" }), "Low");
  assert.equal(promptOf({ task: "beep", params: {}, title: "" }), "Beeps");
});

test("a title that says more than the words do stands before them, and the words beside it", () => {
  const own = { task: "beep", params: { text: "a whistle" }, title: "Reveille" };
  assert.deepEqual([titleOf(own), promptBeside(own)], ["Reveille", "a whistle"]);
  const shortened = { ...own, title: "a whis…" };
  assert.deepEqual([titleOf(shortened), promptBeside(shortened)], ["a whistle", null]);
  const wordless = { task: "beep", params: { tone: "low" }, title: "A low beep" };
  assert.deepEqual([titleOf(wordless), promptBeside(wordless)], ["A low beep", null]);
});

test("the words of a form are those that its model takes", () => {
  assert.deepEqual(wordsIn("beep", { model: "beeper", text: "a", lines: "猫", tone: "low" }), ["a", "猫"]);
  assert.deepEqual(wordsIn("beep", { model: "mute", text: "a" }), []);
});

test("a text is in Chinese where any of it is, and in no language without a letter", () => {
  assert.deepEqual(["a 猫", "cat", "12 !", undefined].map(languageOf), ["zh", "en", null, null]);
});
