// What the page knows while it is open: tasks, the form's values, which job each tab shows.
// Elements subscribe to names; nothing here touches the document.
import * as api from "./api.js";
import { has, t } from "./words.js";

/** @import { Item, Model, Output, Task, Training } from "./types.js" */

/** @type {Map<string, Set<(detail?: any) => void>>} */
const listeners = new Map();

/**
 * Calls back on every ``emit`` of the name until the returned function is called.
 * @param {string} name
 * @param {(detail?: any) => void} callback
 */
export function on(name, callback) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(callback);
  return () => listeners.get(name).delete(callback);
}

/**
 * @param {string} name
 * @param {any} [detail]
 */
export function emit(name, detail) {
  tell(name, detail);
  if (FOR_ALL.has(name)) otherTabs?.postMessage({ name, detail });
}

function tell(name, detail) {
  for (const callback of [...(listeners.get(name) ?? [])]) callback(detail);
}

/** What the visitor's other tabs hear as well; "several" is told without an item, when many changed at once. */
const FOR_ALL = new Set(["made", "removed", "restored", "several"]);
const otherTabs = window.BroadcastChannel ? new BroadcastChannel("aigc") : null;
if (otherTabs) otherTabs.onmessage = ({ data }) => tell(data.name, data.detail);

// -- what the server told -------------------------------------------------------------------------

/** @type {Task[]} */
let tasks = [];
/** @type {() => void} */
let begin = () => {};

/**
 * Settles once the tasks are known; Gradio's load events may come before that.
 * @type {Promise<void>}
 */
export const learned = new Promise((settle) => {
  begin = settle;
});

let linked = false;

/** Whether works of other people may be linked to, or only named: the owner's choice. */
export const outsideLinks = () => linked;

let accounts = false;

/** Whether one can sign in here. */
export const offersSignIn = () => accounts;

/** @param {{ tasks: Task[], outside_links?: boolean, sign_in?: boolean }} page */
export function learn(page) {
  tasks = page.tasks;
  for (const one of tasks.flatMap((each) => each.models)) if (has(`name.${one.id}`)) one.name = t(`name.${one.id}`);
  linked = page.outside_links ?? false;
  accounts = page.sign_in ?? false;
  emit("tasks");
  begin();
}

export const allTasks = () => tasks;

/** The tabs in which things are made, each with its tasks: what is trained stands together in Learn. */
export function tabsOfTasks() {
  const taught = tasks.filter((one) => one.lesson).map((one) => one.id);
  const own = tasks.filter((one) => !one.lesson).map((one) => ({ tab: one.tab, tasks: [one.id] }));
  return taught.length ? [...own, { tab: "ui.learn", tasks: taught }] : own;
}

/**
 * A task on offer; null where there is none of that id.
 * @param {string} id
 */
export const task = (id) => tasks.find((one) => one.id === id) ?? null;

/** The first parameter of a task that takes a file of this kind; undefined where none does. */
export const fileField = (one, kind) => one.fields.find((field) => field.takes?.includes(kind));
export const tabName = (id) => t(["history", "learn"].includes(id) ? `ui.${id}` : (task(id)?.tab ?? id));

/**
 * A model on offer; null where there is none of that id.
 * @param {string} taskId
 * @param {string} id
 * @returns {Model | null}
 */
export const model = (taskId, id) => task(taskId)?.models.find((one) => one.id === id) ?? null;

/**
 * Whether a model may be asked for this; of a model that is gone nobody knows.
 * @param {Model | null} one
 * @param {string} name
 */
export const takes = (one, name) => !!one && one.takes.includes(name);

/** The field that a task's requests are written into, where it has one. */
export const promptField = (taskId) => task(taskId)?.fields.find((field) => field.widget === "prompt") ?? null;

/** The words of the request that stand in a form, of those settings that its model takes. */
export const wordsIn = (taskId, form) =>
  (task(taskId)?.fields ?? [])
    .filter((field) => field.words && takes(model(taskId, form.model), field.name))
    .map((field) => form[field.name] ?? "");

/**
 * An item's model by its name; by its id where it is no longer on offer.
 * @param {Item} item
 */
export const modelName = (item) => model(item.task, item.model)?.name ?? item.model ?? "";

// -- what the visitor left ------------------------------------------------------------------------

/**
 * What this browser keeps under a name.
 * @param {string} name
 * @param {any} [fallback]
 */
export function stored(name, fallback = null) {
  try {
    return JSON.parse(localStorage.getItem(`aigc.${name}`)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function store(name, value) {
  try {
    localStorage.setItem(`aigc.${name}`, JSON.stringify(value));
  } catch {
    /* private mode or full */
  }
}

// -- jobs -----------------------------------------------------------------------------------------

/** @type {Map<string, Live>} */
const live = new Map();

/** A job of this visitor that is not finished yet: watched once, whoever shows it. */
class Live {
  /** @param {Item} item */
  constructor(item) {
    /** @type {Item} */
    this.item = whole(item);
    /** @type {Output | null} */
    this.partial = null;
    /** @type {Training | null} */
    this.training = null;
    this.connected = true;
    this.stopWatching = api.watch(item.id, (name, data) => this.hear(name, data));
  }

  hear(name, data) {
    const { item } = this;
    this.connected = name !== "waiting";
    if (name === "item") this.item = { ...item, ...whole(data) };
    else if (name === "queued") {
      this.item = { ...item, paused: false, status: "queued", place: data.place, eta_seconds: data.eta_seconds };
    } else if (name === "loading") this.item = { ...item, status: "loading", loading: data };
    else if (name === "running") this.item = { ...item, status: "running" };
    else if (name === "paused") this.item = { ...item, status: "queued", paused: true };
    else if (name === "training") {
      this.training = joined(this.training, data);
      this.item = { ...item, status: "running", paused: false };
    } else if (name === "progress") this.item = { ...item, status: "running", progress: data };
    else if (name === "partial") {
      this.partial = data;
      if (item.status !== "running") this.item = { ...item, status: "running" };
    } else if (name === "gone") this.finish({ ...item, status: "cancelled", gone: true });
    else if (name === "finished" || api.FINAL.has(name)) this.finish({ ...item, ...data });
    emit(`job:${item.id}`, this);
  }

  finish(item) {
    this.item = item;
    live.delete(item.id);
    this.stopWatching();
    if (shown.get(item.task)?.id === item.id) shown.set(item.task, item);
    emit("active");
    emit("made", item);
  }
}

/**
 * How a training stands with all its points so far; new ones replace those from their first step on.
 * @param {Training | null} before
 * @param {Training} told
 * @returns {Training}
 */
export function joined(before, told) {
  const first = told.points[0]?.step ?? Infinity;
  const known = (before?.points ?? []).filter((point) => point.step < first);
  return { ...told, points: [...known, ...told.points], samples: told.samples ?? before?.samples };
}

/** An item as the server lists it, with its progress in the form that the events have. */
const whole = (item) =>
  item.progress ? { ...item, progress: { ...item.progress, eta_seconds: item.eta_seconds } } : item;

/**
 * Starts (or joins) watching a job; the same object for everyone who asks.
 * @param {Item} item
 */
export function follow(item) {
  if (!live.has(item.id)) {
    live.set(item.id, new Live(item));
    emit("active");
  }
  return live.get(item.id);
}

export const following = (id) => live.get(id) ?? null;
export const active = () => [...live.values()].map((one) => one.item);

/** @type {Map<string, Item | null>} */
const shown = new Map();

/**
 * Which item a tab's result area shows.
 * @param {string} taskId
 * @param {Item | null} item
 */
export function display(taskId, item) {
  shown.set(taskId, item);
  if (item?.id && !api.FINAL.has(item.status)) follow(item);
  emit(`display:${taskId}`, item);
}

export const displayed = (taskId) => shown.get(taskId) ?? null;
