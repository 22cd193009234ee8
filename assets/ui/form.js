// The form's half that runs in the browser: Gradio's events call the exported functions with the
// values of its components, and take back what the form shall show. Knows names and values only.
import { askBy, askSoon } from "./asking.js";
import { asDrawn, beginning, examples, movedDefaults } from "./defaults.js";
import { counted, expect, same, unlike } from "./expected.js";
import { clearErrors } from "./field-errors.js";
import { emit, learned, model, on, store, stored, task } from "./state.js";

/** @import { Example, Values } from "./types.js" */
/** @import { Expected } from "./expected.js" */

/**
 * What one tab's form holds. Gradio draws a tab when it is first opened, and its components tell what they hold one
 * after another: what scripts have put in counts from that moment on, whether it can be seen yet or not.
 * @typedef {object} Form
 * @property {Values} values by name, as they count now.
 * @property {Values} wanted what Gradio still has to be handed.
 * @property {Expected} expected what its components have not told back yet.
 * @property {Values} beside what travels with the next request beyond the drawn fields.
 * @property {string[] | null} names of the drawn fields, once the form has been given what the visitor left.
 * @property {[string, string][] | null} models that the list of models shall have, until Gradio was handed them.
 * @property {(() => void) | null} apply makes Gradio call ``fill``, once the tab has been drawn.
 * @property {string} drawer under which name this browser keeps it: an exercise does not touch the visitor's own.
 * @property {Set<string>} fixed names of fields that nobody may change.
 * @property {Set<string>} turned those of which Gradio has still to be told whether they may be changed.
 */

/** @type {Map<string, Form>} */
const forms = new Map();

function form(taskId) {
  if (!forms.has(taskId)) {
    const beside = stored(`beside.${taskId}`, {});
    const kept = { drawer: "", fixed: new Set(), turned: new Set(), models: null };
    forms.set(taskId, { values: {}, wanted: {}, expected: {}, beside, names: null, apply: null, ...kept });
  }
  return forms.get(taskId);
}

/**
 * What the form holds by now.
 * @param {string} taskId
 * @returns {Values}
 */
export const values = (taskId) => form(taskId).values;

/** Where this browser keeps something of the form. */
const place = (taskId, name) => `${form(taskId).drawer}${name}.${taskId}`;

const only = (names, all) => Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));

/** Gradio hands over what makes it call ``fill`` and ``remember``: from now on the tab can be seen. */
export function connect(taskId, apply, ask = null) {
  const one = form(taskId);
  one.apply = apply;
  if (ask) askBy(taskId, ask);
  if (one.models || (one.names && (Object.keys(one.wanted).length || one.turned.size))) apply();
}

/**
 * Puts values into the form; names it does not have are passed over, and what is fixed stays.
 * @param {string} taskId
 * @param {Values} some
 */
export function setValues(taskId, some) {
  const { fixed } = form(taskId);
  force(taskId, fixed.size ? Object.fromEntries(Object.entries(some).filter(([name]) => !fixed.has(name))) : some);
}

function force(taskId, some) {
  const one = form(taskId);
  if (!one.names) {
    one.wanted = { ...one.wanted, ...some }; // ``restore`` takes them along
    return;
  }
  const drawn = only(one.names, some);
  const next = { ...one.values, ...drawn };
  const all = { ...movedDefaults(taskId, one.values, next, [...one.fixed, ...Object.keys(drawn)]), ...drawn };
  expect(one.expected, all, one.values);
  one.wanted = { ...one.wanted, ...all };
  take(taskId, { ...one.values, ...all });
  one.apply?.();
}

/** Gradio asks what its components shall show. */
export function fill(taskId, names) {
  const one = form(taskId);
  const { wanted, models } = one;
  askSoon(taskId);
  one.wanted = {};
  one.models = null;
  return told(taskId, names, wanted).map((update, at) =>
    names[at] === "model" && models ? { ...update, choices: models } : update,
  );
}

/** The task's models are others by now: its list shows them. */
export function offerModels(taskId) {
  form(taskId).models = task(taskId).models.map((known) => [known.name, known.id]);
  form(taskId).apply?.();
}

/** What Gradio is told of each field: its value where that is new, and whether it may be changed where that is. */
function told(taskId, names, all) {
  const { fixed, turned } = form(taskId);
  form(taskId).turned = new Set();
  return names.map((name) => ({
    __type__: "update",
    ...(name in all ? { value: all[name] } : {}),
    ...(turned.has(name) ? { interactive: !fixed.has(name) } : {}),
  }));
}

/**
 * Fixes some fields at what they hold, and leaves all others to the visitor.
 * @param {string} taskId
 * @param {string[]} names
 */
export function fix(taskId, names) {
  const one = form(taskId);
  one.turned = new Set([...one.turned, ...one.fixed, ...names]);
  one.fixed = new Set(names);
  emit(`fixed:${taskId}`);
  if (one.names) one.apply?.();
}

/** Whether nobody may change this field now. */
export const isFixed = (taskId, name) => form(taskId).fixed.has(name);

/**
 * Keeps the form apart from the visitor's own from now on, under another name, or (empty) in its own place again.
 * What is kept there already comes with the next load.
 * @param {string} taskId
 * @param {string} drawer
 */
export function keepIn(taskId, drawer) {
  const one = form(taskId);
  one.drawer = drawer;
  one.beside = stored(place(taskId, "beside"), {});
}

/** What this browser keeps of the form: the values when it was left; empty where there are none. */
export const kept = (taskId) => stored(place(taskId, "form"), {});

/** Gradio tells what its components hold: it was asked, or the button was pressed. */
export function remember(taskId, names, list) {
  const one = form(taskId);
  const all = Object.fromEntries(names.map((name, index) => [name, list[index]]));
  if (!one.names) {
    one.values = all; // what is not as drawn is the visitor's: ``restore`` takes it along
    return;
  }
  const { counting, late } = counted(one.expected, all);
  if (late) askSoon(taskId);
  const now = { ...one.values, ...counting };
  if (same(now, one.values)) return;
  const moved = movedDefaults(taskId, one.values, now, [...one.fixed]);
  take(taskId, now);
  if (Object.keys(moved).length) setValues(taskId, moved);
}

function take(taskId, now) {
  const one = form(taskId);
  for (const name of Object.keys(now)) if (one.values[name] !== now[name]) clearErrors(taskId, name);
  one.values = now;
  store(place(taskId, "form"), now);
  emit(`values:${taskId}`);
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
  store(place(taskId, "beside"), form(taskId).beside);
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

/** What takes the beginning of a result is of that result alone. */
const continuing = (taskId) => task(taskId).models.map((one) => one.continues);

/** What an example or an earlier item sets beyond the drawn fields travels with the next wish. */
export function replaceHidden(taskId, all) {
  const drawn = new Set([...task(taskId).fields.map((field) => field.name), "model", ...continuing(taskId)]);
  form(taskId).beside = Object.fromEntries(Object.entries(all).filter(([name]) => !drawn.has(name)));
  store(place(taskId, "beside"), form(taskId).beside);
  emit(`values:${taskId}`);
}

/** @type {((taskId: string) => Promise<void>)[]} what forms wait for before they are filled. */
export const awaited = [];

/** On load: what the visitor left, else the defaults of the first model and an example to begin with. */
export async function restore(taskId, names) {
  await learned;
  await Promise.all(awaited.map((wait) => wait(taskId)));
  const one = form(taskId);
  const left = only(names, kept(taskId));
  if (left.model && !model(taskId, left.model)) delete left.model;
  const drawn = asDrawn(taskId);
  const asked = only(names, { ...unlike(one.values, drawn), ...one.wanted });
  const start = { ...beginning(taskId, asked.model ?? left.model), ...left, ...asked };
  if (!left.model && !Object.keys(asked).length) replaceHidden(taskId, examples(taskId, start.model)[0]?.values ?? {});
  one.names = names;
  one.wanted = {};
  one.values = { ...one.values, ...start };
  const other = unlike(only(names, start), drawn);
  expect(one.expected, other, drawn);
  emit(`values:${taskId}`);
  emit(`restored:${taskId}`);
  return told(taskId, names, other);
}

/**
 * Settles once the form has been given what the visitor left.
 * @param {string} taskId
 * @returns {Promise<void>}
 */
export function restored(taskId) {
  if (form(taskId).names) return Promise.resolve();
  return new Promise((settle) => {
    const stop = on(`restored:${taskId}`, () => {
      stop();
      settle();
    });
  });
}
