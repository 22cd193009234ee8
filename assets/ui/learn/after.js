// What can be done with a training that has ended: use its model, train it further.
import { find } from "../dom.js";
import { setValues } from "../form.js";
import { ownModels } from "../own-models.js";
import { send } from "../requests.js";
import { openTab } from "../tabs.js";

/**
 * Opens the tab of a task with a model chosen that was trained.
 * @param {string} taskId
 * @param {string} modelId
 */
export async function useIn(taskId, modelId) {
  await ownModels(taskId);
  setValues(taskId, { model: modelId });
  openTab(taskId);
}

/** The same run, so many steps longer: a job of its own that begins where this one ended. */
export function further(item, state, steps) {
  const params = { ...item.params, base: `${item.id}/${state.name}`, steps, seconds: null };
  return send({ task: item.task, model: item.model, params, parent: item.id });
}

/** Whether it is a language model from nothing, of words. */
export const canTune = ({ params }) => ["gpt", "lstm"].includes(params.method) && params.data !== "tunes";

/** The form, filled so that a language model which learnt one thing goes on with the visitor's lines. */
export function tuneOn(item, state) {
  setValues(item.task, { base: `${item.id}/${state.name}`, data: "mine", method: item.params.method });
  find(`#${item.task}-text textarea`)?.focus();
}

/** What a run has learnt from ratings or rewards, taken back: a job of its own that begins where it ended. */
export function undone(item, state) {
  const params = { ...item.params, base: `${item.id}/${state.name}`, undo: true, steps: null, seconds: null };
  return send({ task: item.task, model: item.model, params, parent: item.id });
}
