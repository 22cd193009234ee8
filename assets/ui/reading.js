// What was understood of a request, as words and things to press. Knows the server's readings; sends nothing.
import { h } from "./dom.js";
import { allTasks, tabName, task } from "./state.js";
import { has, language, number, t } from "./words.js";

/** @import { Item, Reading, Remark, Step, Term } from "./types.js" */

const SURE = 0.95;
const MOST = 6;

/**
 * What a term is called: a name in the page's language, a sentence, a setting as the form says it, else its words.
 * @param {string} taskId
 * @param {Term} term
 */
export function called(taskId, term) {
  if (term.names) return term.names[language] ?? term.names.en;
  if (term.key) return t(term.key, term.values);
  return term.setting ? setting(taskId, term.setting, term.value) : (term.words ?? "");
}

/** "Waltz", "Key A", "Tempo 226", "Bass": a setting as one would say it. */
function setting(taskId, name, value) {
  const label = t(task(taskId)?.fields.find((field) => field.name === name)?.label ?? `${taskId}.${name}.label`);
  if (value === true) return label;
  if (typeof value === "number") return `${label} ${number(value)}`;
  const key = `${taskId}.${name}.${value}`;
  const word = has(key) ? t(key) : String(value);
  return word.length > 3 || language === "zh" ? word : `${label} ${word}`;
}

/** "bicycle", with its probability where there is doubt. */
const doubtful = (taskId, term) =>
  term.share && term.share < SURE
    ? `${called(taskId, term)} ${number(term.share * 100, 0)}${language === "zh" ? "%" : " %"}`
    : called(taskId, term);

/** Labels are the task's own where it has some. */
const label = (taskId, name) =>
  t(has(`${taskId}.request.${name}`) ? `${taskId}.request.${name}` : `ui.request.${name}`);

/**
 * What a term or a step is pressed for: its settings, for the form of a task.
 * @callback Press
 * @param {string} taskId
 * @param {{ sets?: Record<string, any>, model?: string }} wanted
 */

/**
 * The groups of a reading, each a label with its terms: solid what is kept, struck out what is left out.
 * @param {string} taskId
 * @param {Reading} reading
 * @param {"before" | "after"} when
 * @param {Press} press
 * @returns {Node[]}
 */
export function groups(taskId, reading, when, press) {
  const unsure = reading.sure === false && when === "before";
  const others = unsure ? [...(reading.kept ?? []), ...(reading.also ?? [])].filter((term) => term.sets) : reading.also;
  return [
    unsure ? null : group("kept", label(taskId, when), reading.kept, (term) => kept(taskId, term)),
    group("left_out", label(taskId, "left_out"), reading.left_out, (term) => struck(taskId, term, press)),
    unsure
      ? null
      : group("unknown", label(taskId, "unknown"), reading.unknown, (term) => h("s.term", { text: term.words })),
    group("also", label(taskId, unsure ? "nearest" : `also_${when}`), others, (term) =>
      h("button.term", {
        type: "button",
        text: unsure ? called(taskId, term) : doubtful(taskId, term),
        title: t("ui.request.instead", { words: called(taskId, term) }),
        onclick: () => press(taskId, term),
      }),
    ),
  ].filter(Boolean);
}

function group(kind, name, terms, draw) {
  if (!terms?.length) return null;
  return h(
    "span.terms",
    { "data-kind": kind },
    h("span.terms-label", { text: name }),
    terms.slice(0, MOST).map(draw),
    terms.length > MOST ? h("span.terms-label", { text: "…" }) : null,
  );
}

/** Where the words are not what the thing is called, they are told as well. */
function kept(taskId, term) {
  const count = term.count > 1 ? ` × ${term.count}` : "";
  return h("b.term", { text: doubtful(taskId, term) + count, title: term.words || null });
}

function struck(taskId, term, press) {
  const words = term.words || called(taskId, term);
  if (!term.sets) return h("s.term", { text: words });
  return h(
    "button.term",
    { type: "button", title: t("ui.request.instead", { words }), onclick: () => press(taskId, term) },
    h("s", { text: words }),
  );
}

/**
 * Sentences about the request as a whole, each with its ways on.
 * @param {string} taskId
 * @param {Remark[]} remarks
 * @param {Press} press
 */
export const remarksOf = (taskId, remarks, press) =>
  remarks.map((remark) =>
    h(
      "p.request-remark",
      {},
      h("span", { text: `${t(remark.key, remark.values)} ` }),
      (remark.steps ?? [])
        .filter((step) => !step.task || allTasks().some((one) => one.id === step.task))
        .map((step) =>
          h("button.link", {
            type: "button",
            text: stepName(step),
            onclick: () => press(step.task || taskId, step),
          }),
        ),
    ),
  );

/** @param {Step} step */
const stepName = (step) => t(step.key, { ...step.values, ...(step.task ? { name: tabName(step.task) } : {}) });

/**
 * What is told of a finished item: of several results together.
 * @param {Item} item
 * @returns {Reading | null}
 */
export function readingOf(item) {
  const all = (item.outputs ?? []).map((output) => output.meta?.request).filter(Boolean);
  if (all.length < 2) return all[0] ?? null;
  const counted = new Map();
  for (const term of all.flatMap((one) => one.kept ?? [])) {
    const named = term.names || term.key || term.setting;
    const name = JSON.stringify([term.names, term.key, term.values, term.setting, term.value, named ? "" : term.words]);
    counted.set(name, { ...term, share: undefined, count: (counted.get(name)?.count ?? 0) + 1 });
  }
  const everywhere = (kind) =>
    (all[0][kind] ?? []).filter((term) => all.every((one) => one[kind]?.some((other) => other.words === term.words)));
  return {
    kept: [...counted.values()],
    left_out: everywhere("left_out"),
    unknown: everywhere("unknown"),
    remarks: all[0].remarks ?? [],
  };
}

/** The same in one sentence, for a screen reader: only what is not as one would expect. */
export function spoken(taskId, reading) {
  const listed = (terms) => terms.map((term) => term.words || called(taskId, term)).join(", ");
  return [
    reading.sure === false && reading.unknown?.length
      ? t("ui.request.unsure", { words: listed(reading.unknown) })
      : reading.unknown?.length
        ? `${label(taskId, "unknown")} ${listed(reading.unknown)}`
        : "",
    reading.left_out?.length ? `${label(taskId, "left_out")} ${listed(reading.left_out)}` : "",
    ...(reading.remarks ?? []).map((remark) => t(remark.key, remark.values)),
  ]
    .filter(Boolean)
    .join(" ");
}
