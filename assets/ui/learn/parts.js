// Parts of a lesson's page: what folds, code, and what one does with several trainings of it.
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../words.js";
import { Runs } from "./runs.js";
import { Sweep } from "./sweep.js";

/** A part of a lesson's page that opens and closes. */
export function folded(key, content, open = false, toggled = null) {
  const node = h("details.lesson-part", { open }, h("summary", {}, icon("chevron"), t(key)), content);
  if (toggled) node.addEventListener("toggle", () => toggled(node.open));
  return node;
}

/** A piece of code under its name. */
export const shownCode = (one) =>
  h(
    "figure.lesson-code",
    {},
    h("figcaption", { text: one.name }),
    h("pre", { tabindex: "0" }, h("code", { text: one.source })),
  );

/**
 * A grid of short trainings, and the visitor's own runs on one chart, looked up whenever that part is opened.
 * @param {import("../types.js").Lesson} lesson
 */
export function trials(lesson) {
  if (!lesson.task) return [];
  const runs = new Runs(lesson.task);
  return [
    lesson.sweep ? folded("ui.sweep", new Sweep(lesson).place) : "",
    folded("ui.runs", runs.place, false, (open) => open && runs.load()),
  ];
}
