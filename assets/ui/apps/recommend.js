// Recommendations: gathers what this visitor made, starred and repeated here, asks, and draws what comes back. What was
// sent away with "less of this" stays in this browser; where the switch is off, nothing of the history is sent.
import * as api from "../api.js";
import { h } from "../dom.js";
import { applyExample } from "../form.js";
import { addressOf } from "../output.js";
import { send } from "../requests.js";
import { allTasks, promptField, store, stored } from "../state.js";
import { openTab } from "../tabs.js";
import { language, t } from "../words.js";

export const MODEL = "recommender";
const LONGEST = 300;
const MOST_LESS = 50;
const word = (name, values) => t(`apps.recommend.${name}`, values);

/** Every example of every tab in the reader's language, with the words it is known by. */
function examples() {
  return allTasks()
    .filter((one) => !one.lesson && one.id !== "apps")
    .flatMap((one) =>
      one.examples
        .filter((example) => example.language === language)
        .map((example) => ({ task: one, example, text: words(one, example) })),
    )
    .filter((one) => one.text);
}

const words = (one, example) =>
  (example.values[promptField(one.id)?.name] || example.title || "").replace(/\s+/g, " ").slice(0, LONGEST);

/** Lines "why => words" of the latest items. */
async function history() {
  const { items } = await api.history({});
  return items
    .filter((one) => one.title && one.task !== "apps" && one.status === "done")
    .slice(0, 60)
    .map((one) => `${why(one)} => ${one.title.replace(/\s+/g, " ").slice(0, LONGEST)}`);
}

const why = (item) => (item.starred ? "starred" : item.parent ? "repeated" : "made");

/** What a request for recommendations holds beside its form. */
export async function candidates() {
  const on = stored("recommend.on", true);
  return {
    history: on ? await history() : [],
    less: stored("recommend.less", []),
    candidates: [...new Set(examples().map((one) => one.text))].slice(0, 300),
  };
}

/**
 * @param {import("../types.js").Item} item
 * @param {import("../types.js").Output} output
 */
export function drawRecommended(item, output) {
  const place = h("div.made.recommended");
  fetch(addressOf(output))
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then(({ recommended }) => place.replaceChildren(toggle(), list(item, recommended)))
    .catch(() => place.replaceChildren(h("p", { role: "alert", text: t("ui.error.unknown") })));
  return [place];
}

function toggle() {
  const box = h("input", { type: "checkbox", checked: stored("recommend.on", true) });
  box.addEventListener("change", () => store("recommend.on", box.checked));
  return h("label.recommend-on", {}, box, word("on"));
}

function list(item, recommended) {
  const known = new Map(examples().map((one) => [one.text, one]));
  return h(
    "ul.recommend-list",
    {},
    recommended.map((one) =>
      h(
        "li",
        {},
        h("b", { text: one.text }),
        h("span", { text: one.why ? word(`because.${one.why}`, { what: one.because }) : word("stranger") }),
        h(
          "div",
          {},
          known.has(one.text)
            ? h("button.chip", { type: "button", text: word("try"), onclick: () => open(known.get(one.text)) })
            : null,
          h("button.chip", { type: "button", text: word("less"), onclick: () => less(item, one.text) }),
        ),
      ),
    ),
  );
}

function open({ task, example }) {
  openTab(task.id);
  applyExample(task.id, example);
}

/** Not this, nor what is like it: kept, and asked again at once. */
function less(item, text) {
  const all = [...stored("recommend.less", []), text].slice(-MOST_LESS);
  store("recommend.less", all);
  return send({ task: item.task, model: item.model, params: { ...item.params, less: all }, parent: item.id });
}
