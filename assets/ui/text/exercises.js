// Exercises to be answered on the page: marked here, the next ones sent for with what was missed, results as a table.
// Knows the questions beside a text. Answers stay in this browser, those of the sheet answered last.
import { downloadBlob, h, say, show, styleSheet } from "../dom.js";
import { again, send, requestOf } from "../requests.js";
import { model, store, stored, takes } from "../state.js";
import { t } from "../words.js";

/** @typedef {{ question: string, answer: string, options: string[], skill: string }} Exercise */

styleSheet(new URL("./exercises.css", import.meta.url));

const KEPT = "exercises.answers";

/**
 * A sheet with a place for each answer.
 * @param {import("../types.js").Item} item
 * @param {Exercise[]} exercises
 */
export function sheet(item, exercises) {
  const last = stored(KEPT, {});
  const given = last.id === item.id ? last.given : exercises.map(() => "");
  const keep = (checked) => store(KEPT, { id: item.id, given, checked });
  const score = h("p.exercises-score", { role: "status" });
  const after = h("div.exercises-after", { hidden: true });
  const rows = exercises.map((one, at) => row(one, `${item.id}-${at}`, given[at], (value) => (given[at] = value)));
  const node = h(
    "form.exercises",
    {
      onchange: () => keep(false),
      onsubmit: (event) => {
        event.preventDefault();
        mark();
        keep(true);
      },
    },
    h(
      "ol",
      {},
      rows.map((one) => one.node),
    ),
    h("button.chip", { type: "submit", text: t("text.exercises.check") }),
    score,
    after,
  );

  function mark() {
    rows.forEach((one, at) => one.mark(isRight(exercises[at], given[at])));
    const missed = exercises.filter((one, at) => !isRight(one, given[at]));
    say(score, t("text.exercises.score", { n: exercises.length - missed.length, of: exercises.length }));
    after.replaceChildren(
      button("text.exercises.next", () => next(item, missed)),
      button("text.exercises.csv", () => downloadBlob(table(exercises, given), "exercises.csv")),
    );
    show(after, true);
  }

  if (last.id === item.id && last.checked) mark();
  return node;
}

const button = (key, onclick) => h("button.chip", { type: "button", text: t(key), onclick });

/** One question; ``mark`` shows whether it was answered rightly, and what is right. */
function row(one, name, value, tell) {
  const label = h("span.exercise-question", { text: one.question });
  const verdict = h("span.exercise-verdict", { "aria-live": "off" });
  const input = one.options?.length
    ? h(
        "span.exercise-options",
        {},
        one.options.map((option) =>
          h(
            "label",
            {},
            h("input", { type: "radio", name, value: option, checked: option === value, onchange: () => tell(option) }),
            option,
          ),
        ),
      )
    : h("input", {
        type: "text",
        value,
        maxlength: 100,
        autocomplete: "off",
        "aria-label": one.question,
        oninput: (event) => tell(event.target.value),
      });
  const node = h("li", { role: "group", "aria-label": one.question }, label, input, verdict);
  const mark = (right) => {
    node.dataset.right = String(right);
    say(verdict, right ? t("text.exercises.right") : t("text.exercises.wrong", { answer: one.answer }));
  };
  return { node, mark };
}

/** New exercises of the same kind; where the model can, most of them train what was missed. */
function next(item, missed) {
  if (!takes(model(item.task, item.model), "missed")) return again(item);
  const skills = [...new Set(missed.map((one) => one.skill))].slice(0, 50);
  const params = { ...item.params, model: item.model, missed: skills, seed: null };
  return send({ ...requestOf(item.task, params), parent: item.id ?? undefined });
}

const isRight = (one, given) => plain(given) === plain(one.answer);

/** What an answer says, however it is typed: full or half width, small or large, with or without marks but a minus. */
const plain = (text) =>
  (text ?? "")
    .normalize("NFKC")
    .toLowerCase()
    .replace(/(?!-)[\p{P}\s]/gu, "");

/** Questions and answers as CSV that a spreadsheet reads in the right encoding, computing nothing. */
function table(exercises, given) {
  const head = ["question", "given", "answer", "right"].map((name) => t(`text.exercises.column.${name}`));
  const rows = exercises.map((one, at) => [one.question, given[at], one.answer, isRight(one, given[at]) ? "1" : "0"]);
  const harmless = (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
  const cell = (text) => `"${harmless(text).replaceAll('"', '""')}"`;
  const lines = [head, ...rows].map((cells) => cells.map((text) => cell(text ?? "")).join(","));
  return new Blob([`\ufeff${lines.join("\r\n")}\r\n`], { type: "text/csv;charset=utf-8" });
}
