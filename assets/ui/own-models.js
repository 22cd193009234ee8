// A visitor's own trained models, as choices in the forms of the tasks that they serve. Knows models and forms.
import * as api from "./api.js";
import { awaited, offerModels } from "./form.js";
import { allTasks, on, task } from "./state.js";
import { t } from "./words.js";

/** @type {Map<string, Promise<void>>} */
const asked = new Map();

/**
 * Settles once a task's own models are known; at once for a task that has none.
 * @param {string} taskId
 * @returns {Promise<void>}
 */
export function ownModels(taskId) {
  if (!task(taskId)?.trained?.length) return Promise.resolve();
  if (!asked.has(taskId)) asked.set(taskId, learn(taskId));
  return asked.get(taskId);
}

async function learn(taskId) {
  const one = task(taskId);
  try {
    const own = (await api.ownModels(taskId)).items;
    one.models = [
      ...one.models.filter((known) => !known.mine),
      ...own.map((told) => ({ ...like(one, told), id: told.id, name: `${told.name} · ${t("ui.training.mine")}` })),
    ];
    offerModels(taskId);
  } catch {
    asked.delete(taskId);
  }
}

/** What a model of this kind is asked for with: that which takes the same. */
const like = (one, told) => one.trained.find((kind) => kind.family === told.family) ?? one.trained[0];

/** Whatever a training made may be among them now, and what was deleted is not any more. */
function again(item) {
  if (task(item.task)?.lesson) all();
}

function all() {
  for (const one of allTasks())
    if (one.trained.length) {
      asked.delete(one.id);
      ownModels(one.id);
    }
}

awaited.push(ownModels);
for (const news of ["made", "changed", "removed", "restored"]) on(news, again);
on("several", all);
