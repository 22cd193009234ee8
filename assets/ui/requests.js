// From the form to a job, and from an earlier item back into the form or to a job like it.
// Knows what a request is made of; knows nothing of the elements that ask for it.
import * as api from "./api.js";
import { clearErrors, showError } from "./field-errors.js";
import { hiddenValues, remember, replaceHidden, restored, setValues, values } from "./form.js";
import { display, displayed, emit, model, store, takes } from "./state.js";
import { openTab } from "./tabs.js";
import { renewWhileWaiting, tokenFor } from "./zerogpu.js";

/** @import { Item, Request, Reusable, Values } from "./types.js" */

/** @type {Map<string, (values: Values) => Values | Promise<Values>>} */
const completions = new Map();

/**
 * A task's own element may have the last word: told the values, it answers with those that change.
 * @param {string} taskId
 * @param {((values: Values) => Values | Promise<Values>) | null} complete
 */
export function beforeSending(taskId, complete) {
  if (complete) completions.set(taskId, complete);
  else completions.delete(taskId);
}

/** @type {Map<string, () => boolean | Promise<boolean>>} */
const questions = new Map();
const asking = new Set();

/**
 * Whether the form may be sent is asked before it is: a request that was not understood is told of first.
 * @param {string} taskId
 * @param {(() => boolean | Promise<boolean>) | null} allows
 */
export function askBefore(taskId, allows) {
  if (allows) questions.set(taskId, allows);
  else questions.delete(taskId);
}

/** One question at a time: a second press while it is asked asks nothing more. */
async function allowed(taskId) {
  if (asking.has(taskId)) return false;
  asking.add(taskId);
  try {
    return (await questions.get(taskId)?.()) ?? true;
  } finally {
    asking.delete(taskId);
  }
}

/**
 * A request as the server takes it: settings that are empty or not the model's are left to their defaults.
 * @param {string} taskId
 * @param {Values} all
 * @returns {Request}
 */
export function requestOf(taskId, all) {
  const { model: modelId, seed, ...rest } = all;
  const params = taken(model(taskId, modelId), rest);
  return { task: taskId, model: modelId, params, ...(Number.isInteger(seed) ? { seed } : {}) };
}

/** Of some values those that a model takes: what an earlier item or another model knew beyond stays behind. */
const taken = (one, all) =>
  Object.fromEntries(
    Object.entries(all).filter(([name, value]) => (!one || takes(one, name)) && value !== null && value !== undefined),
  );

/** The button: sends the form. */
export async function submit(taskId, names, list) {
  remember(taskId, names, list);
  await restored(taskId);
  if (displayed(taskId)?.status !== "sending" && (await allowed(taskId))) await sendForm(taskId);
}

/** What a task's own element still makes of the form. */
export const completed = async (taskId) => (await completions.get(taskId)?.(values(taskId))) ?? {};

/** Sends the form with some values changed. */
export async function sendForm(taskId, changes = {}) {
  const last = await completed(taskId);
  return send(requestOf(taskId, { ...hiddenValues(taskId), ...values(taskId), ...last, ...changes }));
}

/**
 * Sends a request and shows at once that it is on its way; an error is shown where it belongs.
 * @param {Request} asked
 * @returns {Promise<Item | null>} the job; null where it was refused.
 */
export async function send(asked) {
  const taskId = asked.task;
  const request = { ...asked, params: taken(model(taskId, asked.model), asked.params) };
  /** @type {Item} */
  const sending = { id: null, status: "sending", created: new Date().toISOString(), outputs: [], ...request };
  const before = displayed(taskId);
  clearErrors(taskId);
  display(taskId, sending);
  emit("sending", taskId);
  try {
    const gpuToken = await tokenFor(taskId, request.model);
    const accepted = await api.submit(request, gpuToken);
    const item = { ...sending, ...accepted, params: { ...request.params, ...accepted.params } };
    store(`shown.${taskId}`, item.id);
    display(taskId, item);
    if (gpuToken) renewWhileWaiting(item.id, gpuToken);
    return item;
  } catch (error) {
    const beside = error.field && showError(taskId, error.field, error.message);
    display(
      taskId,
      beside ? before : { ...sending, status: "refused", message: error.message, reference: error.reference },
    );
    return null;
  }
}

// -- from an earlier item -------------------------------------------------------------------------

/**
 * The seed an item was made with; null where it had none.
 * @param {Reusable} item
 */
const seedOf = (item) => item.seed ?? item.params?.seed ?? null;

/**
 * The same once more, from chance anew.
 * @param {Reusable} item
 */
export const again = (item) => send(requestOf(item.task, { ...item.params, model: item.model, seed: null }));

/**
 * The same once more, from the same chance.
 * @param {Reusable} item
 */
export const retry = (item) => send(requestOf(item.task, { ...item.params, model: item.model, seed: seedOf(item) }));

/**
 * The same with another model, which its tab's form then has as well.
 * @param {Reusable} item
 * @param {string} modelId
 */
export function withModel(item, modelId) {
  setValues(item.task, { model: modelId });
  return send(requestOf(item.task, { ...item.params, model: modelId, seed: seedOf(item) }));
}

/**
 * Everything that an item was made with, seed included, goes into its tab's form.
 * @param {Reusable} item
 */
export function reuse(item) {
  replaceHidden(item.task, item.params);
  const here = model(item.task, item.model) ? { model: item.model } : {};
  setValues(item.task, { ...item.params, ...here, seed: seedOf(item) });
  openTab(item.task);
}
