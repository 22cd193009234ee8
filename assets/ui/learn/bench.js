// The bench of a lesson: the form and the result of what it trains. It is drawn when the lesson is opened, where
// Gradio would draw the benches of all lessons with the page. Knows the order of things, which is that of every tab,
// and how a form is asked and filled; nothing of lessons.
import { namesOf } from "../defaults.js";
import { findAll, h, styleSheet } from "../dom.js";
import { connect, fill, isFixed, remember, restored, values } from "../form.js";
import { isKeptOpen, keepOpen } from "../more.js";
import { submit } from "../requests.js";
import { task } from "../state.js";
import { has, t } from "../words.js";
import { element, list, widget } from "./widgets.js";

/** @import { Widget } from "./widgets.js" */

styleSheet(new URL("./bench-form.css", import.meta.url));

/**
 * Draws the bench of a task and connects it with its form.
 * @param {string} taskId
 */
export function bench(taskId) {
  const { fields, models } = task(taskId);
  const own = (tag) => element(tag, { task: taskId });
  const choices = models.map((one) => [has(`unfit.${one.id}`) ? t(`unfit.${one.id}`) : one.name, one.id]);
  /** @type {Map<string, Widget>} */
  const widgets = new Map([["model", list(`${taskId}-model`, t("ui.model"), /** @type {any} */ (choices))]]);
  for (const field of fields) widgets.set(field.name, widget(taskId, field));
  const placed = (some) => some.map((field) => besideSeed(taskId, field, widgets.get(field.name).place));
  const go = h("button.go", { id: `${taskId}-go`, type: "button", text: goWord(taskId) });
  const folded = fields.filter((field) => !field.open);
  const node = h(
    "section.lesson-bench",
    { id: `bench-${taskId}` },
    own("studio-exercise"),
    h(
      "div.workbench",
      {},
      h(
        "div.wish",
        {},
        h("div.at-hand", {}, own("studio-request"), own("studio-chips")),
        h("div.start.at-hand", {}, widgets.get("model").place, h("div.act", {}, h("div", {}, own("studio-fold")), go)),
        own("studio-model"),
        placed(fields.filter((field) => field.open)),
        folded.length ? more(taskId, placed(folded)) : null,
      ),
      h("div.outcome", {}, own("studio-job")),
    ),
    own("studio-strip"),
  );
  join(taskId, widgets, go);
  return node;
}

const goWord = (taskId) => t(has(`${taskId}.go`) ? `${taskId}.go` : "ui.generate");

function besideSeed(taskId, field, place) {
  if (field.widget !== "seed") return place;
  return h("div.seed-row", {}, place, h("div", {}, element("studio-seed-dice", { task: taskId })));
}

function more(taskId, placed) {
  const node = h(
    "details.more",
    { open: isKeptOpen(taskId) },
    h("summary", { text: t("ui.more") }),
    element("studio-presets", { task: taskId }),
    placed,
    element("studio-setup-link", { task: taskId }),
  );
  node.addEventListener("toggle", () => keepOpen(taskId, node.open));
  return node;
}

/** Form and widgets tell one another, as they do through Gradio in the tabs. */
async function join(taskId, widgets, go) {
  const names = namesOf(taskId);
  const told = () => names.map((name) => widgets.get(name).get());
  await restored(taskId);
  for (const name of names)
    show(widgets.get(name), { value: values(taskId)[name], interactive: !isFixed(taskId, name) });
  connect(
    taskId,
    () => fill(taskId, names).forEach((update, at) => show(widgets.get(names[at]), update)),
    () => remember(taskId, names, told()),
  );
  go.addEventListener("click", () => submit(taskId, names, told()));
}

function show(one, update) {
  if (update.choices) one.offer(update.choices);
  if ("value" in update) one.set(update.value);
  if ("interactive" in update)
    for (const input of findAll("input, select, textarea", one.place)) input.disabled = !update.interactive;
}
