// How a form begins: every setting as a model likes it, and examples to follow. Knows what the server declares, and
// nothing of what a form holds.
import { same } from "./expected.js";
import { model, takes, task } from "./state.js";
import { language } from "./words.js";

/** @import { Values } from "./types.js" */

/** What a form of this task has values for, in the order of the form. */
export const namesOf = (taskId) => ["model", ...task(taskId).fields.map((field) => field.name)];

/** How the form of a task begins, by the model that is chosen, else by one that speaks the language of the page. */
export function beginning(taskId, chosen = null) {
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

/** With another model, a setting still at the old one's default moves to the new one's; a chosen one stays. */
export function movedDefaults(taskId, before, now, staying) {
  if (!before.model || before.model === now.model) return {};
  const old = defaults(taskId, before.model);
  const moved = Object.entries(defaults(taskId, now.model)).filter(
    ([name, value]) => !staying.includes(name) && same(now[name], old[name]) && !same(now[name], value),
  );
  return Object.fromEntries(moved);
}

/**
 * What each field tells as the server drew it, before the form has been given anything.
 * @param {string} taskId
 * @returns {Values}
 */
export function asDrawn(taskId) {
  const { models, fields } = task(taskId);
  // Gradio's number tells 0 as long as it was drawn with nothing and given nothing.
  const empty = { prompt: "", textarea: "", text: "", file: "", checkbox: false, several: [], number: 0, seed: 0 };
  const first = (models.find((one) => !one.unfit) ?? models[0]).id;
  return Object.fromEntries([
    ["model", first],
    ...fields.map((field) => [field.name, field.default ?? empty[field.widget] ?? null]),
  ]);
}

/** Invitations that this model can really follow, those in the page's language first. */
export function examples(taskId, modelId) {
  const one = model(taskId, modelId);
  const fit = (task(taskId)?.examples ?? []).filter(
    (example) =>
      one?.languages.includes(example.language) &&
      !example.refused_by?.includes(modelId) &&
      Object.keys(example.values).every((name) => takes(one, name)),
  );
  const own = fit.filter((example) => example.language === language);
  return own.length ? own : fit;
}
