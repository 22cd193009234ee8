import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { forget, keptUnder } from "./page.js";

const { learn } = await import("../../../assets/ui/state.js");
const form = await import("../../../assets/ui/form.js");
const { examples } = await import("../../../assets/ui/defaults.js");
const { requestOf } = await import("../../../assets/ui/requests.js");

const MODEL = {
  languages: ["en"],
  tier: "embedded",
  installed: true,
  unfit: null,
  defaults: {},
  takes: ["prompt", "steps", "note", "seed"],
  continues: null,
};
const FIELDS = [
  { name: "prompt", widget: "prompt", default: "", open: true },
  { name: "steps", widget: "slider", default: 20, open: false },
  { name: "seed", widget: "seed", default: null, open: false },
];
const EXAMPLES = [
  { language: "en", values: { prompt: "a cat" } },
  { language: "zh", values: { prompt: "一只猫" } },
  { language: "en", values: { prompt: "a dog", steps: 5, note: "kept beside" } },
];

let number = 0;
let id = "";
const NAMES = ["model", "prompt", "steps", "seed"];

/** A task of its own for each test, because a form lives as long as the page. */
beforeEach(() => {
  forget();
  id = `task${(number += 1)}`;
  const models = [
    { ...MODEL, id: "plain" },
    { ...MODEL, id: "quick", defaults: { steps: 4 }, takes: ["prompt", "steps"] },
    { ...MODEL, id: "poet", languages: ["zh"] },
  ];
  learn({ tasks: [{ id, fields: FIELDS, models, examples: EXAMPLES, presets: [], produces: "text" }] });
});

test("an untouched form begins with a model that speaks the page's language, and its first example", async () => {
  await form.restore(id, NAMES);
  assert.deepEqual(form.values(id), { model: "plain", prompt: "a cat", steps: 20, seed: null });
});

test("what the visitor left comes back, and a model that is gone does not", async () => {
  localStorage.setItem(`aigc.form.${id}`, JSON.stringify({ model: "gone", prompt: "mine", steps: 7, other: 1 }));
  await form.restore(id, NAMES);
  assert.deepEqual(form.values(id), { model: "plain", prompt: "mine", steps: 7, seed: null });
});

test("values asked for are handed over once, the others stay", async () => {
  await form.restore(id, NAMES);
  let asked = 0;
  form.connect(id, () => (asked += 1));
  form.setValues(id, { prompt: "new", unknown: 1 });
  form.setValues(id, { steps: 3 });
  assert.equal(asked, 2);
  const answer = form.fill(id, NAMES);
  assert.deepEqual(
    answer.map((one) => one.value),
    [undefined, "new", 3, undefined],
  );
  assert.ok(form.fill(id, NAMES).every((one) => !("value" in one)));
});

test("values put into a tab that was never opened count at once, and are shown when it is opened", async () => {
  await form.restore(id, NAMES);
  form.setValues(id, { prompt: "sent here", steps: 3 });
  assert.deepEqual(form.values(id), { model: "plain", prompt: "sent here", steps: 3, seed: null });
  let asked = 0;
  form.connect(id, () => (asked += 1));
  assert.equal(asked, 1);
  assert.equal(form.fill(id, NAMES)[1].value, "sent here");
});

test("values put in before the visitor's own are back win over them", async () => {
  localStorage.setItem(`aigc.form.${id}`, JSON.stringify({ model: "plain", prompt: "mine", steps: 7 }));
  form.setValues(id, { model: "quick", prompt: "sent here" });
  await form.restore(id, NAMES);
  assert.deepEqual(form.values(id), { model: "quick", prompt: "sent here", steps: 7, seed: null });
});

test("a component that still tells what it was drawn with undoes neither what was left nor a press", async () => {
  localStorage.setItem(`aigc.form.${id}`, JSON.stringify({ model: "plain", prompt: "mine", steps: 7 }));
  await form.restore(id, NAMES);
  form.setValues(id, { prompt: "pressed" });
  form.remember(id, NAMES, ["plain", "", 20, null]);
  assert.deepEqual(form.values(id), { model: "plain", prompt: "pressed", steps: 7, seed: null });
  form.remember(id, NAMES, ["plain", "pressed", 7, null]);
  form.remember(id, NAMES, ["plain", "", 20, null]);
  assert.deepEqual(form.values(id), { model: "plain", prompt: "", steps: 20, seed: null });
});

test("a component that still tells its old value does not undo what was put in", async () => {
  await form.restore(id, NAMES);
  form.setValues(id, { prompt: "new", steps: 3 });
  form.remember(id, NAMES, ["plain", "new", 20, null]);
  assert.equal(form.values(id).steps, 3);
  form.remember(id, NAMES, ["plain", "new", 3, null]);
  form.remember(id, NAMES, ["plain", "new", 20, null]);
  assert.equal(form.values(id).steps, 20, "this time it is the visitor");
});

test("settings that come with another model stay as they come, the old one's defaults among them", async () => {
  await form.restore(id, NAMES);
  form.setValues(id, { model: "quick", steps: 20 });
  assert.equal(form.values(id).steps, 20);
  form.setValues(id, { model: "plain" });
  form.setValues(id, { model: "quick" });
  assert.equal(form.values(id).steps, 4);
});

test("a setting at the old model's default moves with the model, a changed one stays", async () => {
  await form.restore(id, NAMES);
  form.remember(id, NAMES, ["quick", "x", 20, null]);
  assert.equal(form.fill(id, NAMES)[2].value, 4);
  form.remember(id, NAMES, ["plain", "x", 9, null]);
  form.remember(id, NAMES, ["quick", "x", 9, null]);
  assert.equal(form.values(id).steps, 9);
});

test("examples are those that the model can follow, the page's language first", () => {
  const texts = (model) => examples(id, model).map((one) => one.values.prompt);
  assert.deepEqual(texts("plain"), ["a cat", "a dog"]);
  assert.deepEqual(texts("poet"), ["一只猫"]);
});

test("what an example sets beyond the drawn fields travels beside them and is kept", () => {
  form.applyExample(id, EXAMPLES[2]);
  assert.deepEqual(form.hiddenValues(id), { note: "kept beside" });
  form.setHidden(id, { more: 1 });
  assert.deepEqual(keptUnder(`beside.${id}`), { note: "kept beside", more: 1 });
  form.applyExample(id, EXAMPLES[0]);
  assert.deepEqual(form.hiddenValues(id), {});
});

test("a request leaves out what is empty and what the model does not take", () => {
  const all = { model: "plain", prompt: "x", steps: null, seed: 3, other: undefined, form: "七绝" };
  assert.deepEqual(requestOf(id, all), { task: id, model: "plain", params: { prompt: "x" }, seed: 3 });
  assert.deepEqual(requestOf(id, { model: "quick", prompt: "x", steps: 4, seed: null }), {
    task: id,
    model: "quick",
    params: { prompt: "x", steps: 4 },
  });
});

test("what a component is late to tell is asked again, and no more than so often", async () => {
  await form.restore(id, NAMES);
  let asked = 0;
  form.connect(
    id,
    () => {},
    () => (asked += 1),
  );
  form.setValues(id, { steps: 3 });
  for (let times = 0; times < 39; times += 1) form.remember(id, NAMES, ["plain", "a cat", 20, null]);
  assert.equal(form.values(id).steps, 3);
  form.remember(id, NAMES, ["plain", "a cat", 20, null]);
  assert.equal(form.values(id).steps, 20, "it has refused the value");
  await new Promise((later) => setTimeout(later, 200));
  assert.equal(asked, 1);
});

test("a number that is left open is handed over, for Gradio's would tell 0", async () => {
  const told = await form.restore(id, NAMES);
  assert.deepEqual(
    told.map((one) => "value" in one),
    [false, true, false, true],
  );
  form.remember(id, NAMES, ["plain", "a cat", 20, 0]);
  assert.equal(form.values(id).seed, null);
});

test("what is typed before the form is filled stays, and the rest of what was left comes back", async () => {
  localStorage.setItem(`aigc.form.${id}`, JSON.stringify({ model: "quick", prompt: "mine", steps: 7 }));
  form.remember(id, NAMES, ["plain", "typed at once", 20, null]);
  await form.restore(id, NAMES);
  assert.deepEqual(form.values(id), { model: "quick", prompt: "typed at once", steps: 7, seed: null });
});
