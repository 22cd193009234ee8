// The form's half that runs in the browser: Gradio's events call the exported functions with the
// values of its components, and take back what the form shall show. Knows names and values only.
import * as api from "./api.js";
import { h } from "./dom.js";
import { display, displayed, emit, learned, model, store, stored, task } from "./state.js";
import { language } from "./words.js";

const forms = new Map();

/** What one tab's form holds: values by name, and a way to ask Gradio to take new ones. */
function form(taskId) {
  if (!forms.has(taskId)) forms.set(taskId, { values: {}, wanted: {}, apply: null, beside: stored(`beside.${taskId}`, {}) });
  return forms.get(taskId);
}

export const values = (taskId) => form(taskId).values;

const named = (names, list) => Object.fromEntries(names.map((name, index) => [name, list[index]]));

/** Gradio hands over the trigger that makes it call ``fill``. */
export function connect(taskId, apply) {
  form(taskId).apply = apply;
}

/** Puts values into the form; names it does not have are passed over. */
export function put(taskId, wanted) {
  const one = form(taskId);
  one.wanted = { ...one.wanted, ...wanted };
  one.apply?.();
}

/** What travels with the next wish beyond the drawn fields. */
export const besides = (taskId) => form(taskId).beside;

/** Changes some of that. */
export function carry(taskId, some) {
  form(taskId).beside = { ...form(taskId).beside, ...some };
  store(`beside.${taskId}`, form(taskId).beside);
  emit(`values:${taskId}`);
}

/** A task's own element may have the last word: told the values, it answers with those that change. */
export function beforeSending(taskId, ready) {
  form(taskId).ready = ready;
}

/** Fills the form from an example. */
export function follow(taskId, example) {
  accompany(taskId, example.values);
  emit(`followed:${taskId}`, example);
  put(taskId, example.values);
}

/** What an example or an earlier item sets beyond the drawn fields travels with the next wish. */
function accompany(taskId, all) {
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
export const restored = new Promise((resolve) => { settle = resolve; });

/** On load: what the visitor left, else the defaults of the first model and an example to begin with. */
export async function restore(taskId, names) {
  await learned;
  const left = stored(`form.${taskId}`, {});
  const known = Object.fromEntries(Object.entries(left).filter(([name]) => names.includes(name)));
  if (known.model && !model(taskId, known.model)) delete known.model;
  const start = { ...beginning(taskId, known.model), ...known };
  if (!known.model) accompany(taskId, examples(taskId, start.model)[0]?.values ?? {});
  form(taskId).values = { ...form(taskId).values, ...start };
  emit(`values:${taskId}`);
  setTimeout(settle, 0);
  return names.map((name) => (name in start ? update(start[name]) : keep()));
}

function beginning(taskId, chosen) {
  const { models } = task(taskId);
  const fitting = models.filter((one) => !one.unfit);
  const speaking = fitting.find((one) => one.languages.includes(language) && (one.installed || one.tier === "embedded"));
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
  const fit = (task(taskId)?.examples ?? []).filter((example) =>
    languages.includes(example.language) && !Object.keys(example.values).some((name) => hides.includes(name)));
  const own = fit.filter((example) => example.language === language);
  return own.length ? own : fit;
}

/** On every change of the form. */
export function remember(taskId, names, list) {
  const one = form(taskId);
  const before = one.values;
  one.values = named(names, list);
  store(`form.${taskId}`, one.values);
  forgive(taskId, before, one.values);
  if (before.model && before.model !== one.values.model) followModel(taskId, before, one.values);
  emit(`values:${taskId}`);
}

/** A setting still at the old model's default moves to the new one's; a changed one stays. */
function followModel(taskId, before, now) {
  const old = defaults(taskId, before.model);
  const moved = Object.entries(defaults(taskId, now.model))
    .filter(([name, value]) => now[name] === old[name] && now[name] !== value);
  if (moved.length) put(taskId, Object.fromEntries(moved));
}

/** The wish as the server wants it: hidden and empty settings are left to their defaults. */
function wish(taskId, all) {
  const { model: modelId, seed, ...rest } = all;
  const hidden = new Set(model(taskId, modelId)?.hides ?? []);
  const params = Object.fromEntries(
    Object.entries(rest).filter(([name, value]) => !hidden.has(name) && value !== null && value !== undefined),
  );
  return { task: taskId, model: modelId, params, ...(Number.isInteger(seed) ? { seed } : {}) };
}

/** The button: sends the form. */
export function submit(taskId, names, list) {
  remember(taskId, names, list);
  return sendForm(taskId);
}

/** Sends the form with some values changed. */
export async function sendForm(taskId, changes = {}) {
  const last = await form(taskId).ready?.(values(taskId));
  return send(wish(taskId, { ...form(taskId).beside, ...values(taskId), ...last, ...changes }));
}

/** Sends a wish and shows at once that it is on its way; an error is shown where it belongs. */
export async function send(request) {
  const taskId = request.task;
  const sending = { id: null, status: "sending", created: new Date().toISOString(), outputs: [], ...request };
  const before = displayed(taskId);
  clearMarks(taskId);
  display(taskId, sending);
  emit("sending", taskId);
  try {
    const accepted = await api.submit(request);
    const item = { ...sending, ...accepted, params: { ...request.params, ...accepted.params } };
    store(`shown.${taskId}`, item.id);
    display(taskId, item);
    return item;
  } catch (error) {
    const beside = error.field && mark(taskId, error.field, error.message);
    display(taskId, beside ? before : { ...sending, status: "refused", message: error.message, reference: error.reference });
    return null;
  }
}

// -- marks beside a field -------------------------------------------------------------------------

/** Writes a sentence under a field and goes there; false where the field can't be seen. */
function mark(taskId, name, message) {
  const drop = document.querySelector(`studio-upload[data-task="${CSS.escape(taskId)}"][data-field="${CSS.escape(name)}"]`);
  const block = drop ?? document.getElementById(`${taskId}-${name}`);
  if (!block?.offsetParent) return false;
  const note = h("p.field-error", { id: `${taskId}-${name}-error`, role: "alert", text: message });
  block.append(note);
  const input = block.querySelector("textarea, input");
  input?.setAttribute("aria-invalid", "true");
  input?.setAttribute("aria-describedby", note.id);
  input?.focus();
  return true;
}

function clearMarks(taskId, name = null) {
  const start = name ? `${taskId}-${name}-error` : `${taskId}-`;
  for (const note of document.querySelectorAll(`.field-error[id^="${CSS.escape(start)}"]`)) {
    const input = note.parentElement?.querySelector("[aria-invalid]");
    input?.removeAttribute("aria-invalid");
    input?.removeAttribute("aria-describedby");
    note.remove();
  }
}

function forgive(taskId, before, now) {
  for (const name of Object.keys(now)) if (before[name] !== now[name]) clearMarks(taskId, name);
}

// -- the fold and the tabs stay as they were left -------------------------------------------------

export function keepOpen(taskId, open) {
  store(`more.${taskId}`, open);
}

export function wasOpen(taskId) {
  return [{ __type__: "update", open: stored(`more.${taskId}`, false) }];
}

let tab = null;

export const currentTab = () => tab;

export function tabShown(id) {
  tab = id;
  store("tab", id);
  emit("tab", id);
}

/** On load: the tab asked for (?tab=), else the last one. */
export function lastTab(tabs) {
  const asked = new URLSearchParams(location.search).get("tab") ?? stored("tab");
  const selected = tabs.includes(asked) ? asked : tabs[0];
  tabShown(selected);
  return [{ __type__: "update", selected }];
}

/** Re-use settings: everything that an item was made with, seed included, goes into its tab's form. */
export function reuse(item) {
  accompany(item.task, item.params);
  put(item.task, { ...item.params, model: item.model, seed: item.seed ?? item.params?.seed ?? null });
  openTab(item.task);
}

let wanted = null;
let turnTabs = null;

/** Gradio hands over the trigger that makes it call ``wantedTab``. */
export function connectTabs(turn) {
  turnTabs = turn;
}

export const wantedTab = () => [{ __type__: "update", selected: wanted }];

export function openTab(id) {
  if (tab === id) return;
  wanted = id;
  turnTabs?.();
  window.scrollTo({ top: 0 });
}

export const again = (item) => send(repeat(item, null));
export const retry = (item) => send(repeat(item, item.seed ?? item.params?.seed ?? null));

function repeat(item, seed) {
  return wish(item.task, { ...item.params, model: item.model, seed });
}

export const dieRolled = (taskId) => put(taskId, { seed: crypto.getRandomValues(new Uint32Array(1))[0] });
export const seedCleared = (taskId) => put(taskId, { seed: null });
