// The form's half that runs in the browser: Gradio's events call the exported functions with the
// values of its components, and take back what the form shall show. Knows names and values only.
import { clearErrors } from "./field-errors.js";
import { emit, learned, model, store, stored, task } from "./state.js";
import { language } from "./words.js";

/** @import { Example, Values } from "./types.js" */

/** @type {Map<string, { values: Values, wanted: Values, beside: Values, apply: (() => void) | null }>} */
const forms = new Map();

/** What one tab's form holds: values by name, and a way to ask Gradio to take new ones. */
function form(taskId) {
  if (!forms.has(taskId))
    forms.set(taskId, { values: {}, wanted: {}, apply: null, beside: stored(`beside.${taskId}`, {}) });
  return forms.get(taskId);
}

/**
 * What the form holds by now.
 * @param {string} taskId
 * @returns {Values}
 */
export const values = (taskId) => form(taskId).values;

const named = (names, list) => Object.fromEntries(names.map((name, index) => [name, list[index]]));

/** Gradio hands over the trigger that makes it call ``fill``. */
export function connect(taskId, apply) {
  form(taskId).apply = apply;
}

/**
 * Puts values into the form; names it does not have are passed over.
 * @param {string} taskId
 * @param {Values} wanted
 */
export function setValues(taskId, wanted) {
  const one = form(taskId);
  one.wanted = { ...one.wanted, ...wanted };
  one.apply?.();
}

/** What travels with the next wish beyond the drawn fields. */
export const hiddenValues = (taskId) => form(taskId).beside;

/**
 * Changes some of that.
 * @param {string} taskId
 * @param {Values} some
 */
export function setHidden(taskId, some) {
  form(taskId).beside = { ...form(taskId).beside, ...some };
  store(`beside.${taskId}`, form(taskId).beside);
  emit(`values:${taskId}`);
}

/**
 * Fills the form from an example.
 * @param {string} taskId
 * @param {Example} example
 */
export function applyExample(taskId, example) {
  replaceHidden(taskId, example.values);
  emit(`example:${taskId}`, example);
  setValues(taskId, example.values);
}

/** What an example or an earlier item sets beyond the drawn fields travels with the next wish. */
export function replaceHidden(taskId, all) {
  const drawn = new Set([...task(taskId).fields.map((field) => field.name), "model", "prefix"]);
  form(taskId).beside = Object.fromEntries(Object.entries(all).filter(([name]) => !drawn.has(name)));
  store(`beside.${taskId}`, form(taskId).beside);
  emit(`values:${taskId}`);
}

export function fill(taskId, names) {
  const one = form(taskId);
  const { wanted } = one;
  one.wanted = {};
  return names.map((name) => (name in wanted ? update(wanted[name]) : keep()));
}

const update = (value) => ({ __type__: "update", value });
const keep = () => ({ __type__: "update" });

let settle = null;

/** Settles once a form has been given what the visitor left. */
export const restored = new Promise((resolve) => {
  settle = resolve;
});

/** On load: what the visitor left, else the defaults of the first model and an example to begin with. */
export async function restore(taskId, names) {
  await learned;
  const left = stored(`form.${taskId}`, {});
  const known = Object.fromEntries(Object.entries(left).filter(([name]) => names.includes(name)));
  if (known.model && !model(taskId, known.model)) delete known.model;
  const start = { ...beginning(taskId, known.model), ...known };
  if (!known.model) replaceHidden(taskId, examples(taskId, start.model)[0]?.values ?? {});
  form(taskId).values = { ...form(taskId).values, ...start };
  emit(`values:${taskId}`);
  setTimeout(settle, 0);
  return names.map((name) => (name in start ? update(start[name]) : keep()));
}

function beginning(taskId, chosen) {
  const { models } = task(taskId);
  const fitting = models.filter((one) => !one.unfit);
  const speaking = fitting.find(
    (one) => one.languages.includes(language) && (one.installed || one.tier === "embedded"),
  );
  const first = chosen ?? (speaking ?? fitting[0] ?? models[0]).id;
  return { model: first, ...defaults(taskId, first), ...(examples(taskId, first)[0]?.values ?? {}) };
}

/** Every setting as this model likes it; the wish itself is the visitor's and not among them. */
export function defaults(taskId, modelId) {
  const own = model(taskId, modelId)?.defaults ?? {};
  const drawn = task(taskId).fields.filter((field) => !["prompt", "file"].includes(field.widget));
  return Object.fromEntries(drawn.map((field) => [field.name, own[field.name] ?? field.default]));
}

/** Invitations that this model can really follow, those in the page's language first. */
export function examples(taskId, modelId) {
  const { languages = ["en"], hides = [] } = model(taskId, modelId) ?? {};
  const fit = (task(taskId)?.examples ?? []).filter(
    (example) =>
      languages.includes(example.language) && !Object.keys(example.values).some((name) => hides.includes(name)),
  );
  const own = fit.filter((example) => example.language === language);
  return own.length ? own : fit;
}

/** On every change of the form. */
export function remember(taskId, names, list) {
  const one = form(taskId);
  const before = one.values;
  one.values = named(names, list);
  store(`form.${taskId}`, one.values);
  for (const name of Object.keys(one.values)) if (before[name] !== one.values[name]) clearErrors(taskId, name);
  if (before.model && before.model !== one.values.model) followModel(taskId, before, one.values);
  emit(`values:${taskId}`);
}

/** A setting still at the old model's default moves to the new one's; a changed one stays. */
function followModel(taskId, before, now) {
  const old = defaults(taskId, before.model);
  const moved = Object.entries(defaults(taskId, now.model)).filter(
    ([name, value]) => now[name] === old[name] && now[name] !== value,
  );
  if (moved.length) setValues(taskId, Object.fromEntries(moved));
}

export const rollSeed = (taskId) => setValues(taskId, { seed: crypto.getRandomValues(new Uint32Array(1))[0] });
export const clearSeed = (taskId) => setValues(taskId, { seed: null });

export function keepOpen(taskId, open) {
  store(`more.${taskId}`, open);
}

/** On load: whether the folded settings were left open. */
export function wasOpen(taskId) {
  return [{ __type__: "update", open: stored(`more.${taskId}`, false) }];
}
