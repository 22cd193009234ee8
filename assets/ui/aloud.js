// "Read aloud": a text as a voice. By a model of ours where one reads its language, kept as an item of its own with its
// label; else by the browser's own voice, said so. Knows tasks, jobs and the browser's voices; draws one line.
import * as api from "./api.js";
import { h, say, show } from "./dom.js";
import { addressOf } from "./output.js";
import { allTasks, display, follow, model, on, store } from "./state.js";
import { openTab } from "./tabs.js";
import { languageOf, t } from "./words.js";

/** @import { Item, Model, Task } from "./types.js" */

const LONGEST = 180;
const PATIENCE = 1500;

/** What was read already while the page is open: a second press plays it again. @type {Map<string, Item>} */
const read = new Map();
on("removed", (item) => read.forEach((one, words) => one.id === item.id && read.delete(words)));

/** A text as one would read it: without marks of Markdown, its lines kept. */
export const readable = (words) => words.replace(/[*_`#>|~]+/g, " ").trim();

/**
 * The task and its model that read a language aloud; null where none does. Models for tests read what such made.
 * @param {string | null} language
 * @param {boolean} debug
 * @returns {{ task: Task, field: any, model: Model } | null}
 */
export function readerOf(language, debug) {
  for (const task of allTasks()) {
    const field = task.fields.find((one) => one.reads_aloud);
    const able = (one) => !one.unfit && one.debug === debug && one.languages.includes(language);
    const reader = field && task.models.find(able);
    if (reader) return { task, field, model: reader };
  }
  return null;
}

/** A text in pieces that a browser's voice says in one go: long ones are cut off by some. */
export function pieces(words) {
  const sentences = words.match(/[^。！？；!?;\n.]+[。！？；!?;\n.]*/g) ?? [];
  const long = new RegExp(`[^]{1,${LONGEST}}`, "g");
  const parts = sentences.flatMap((one) => one.match(long) ?? []).map((one) => one.trim());
  return parts.filter((one) => /[\p{L}\p{N}]/u.test(one));
}

/**
 * Reads a text; what is heard, or why nothing is, stands in ``line``.
 * @param {Item} item
 * @param {string} words
 * @param {HTMLElement} line
 */
export async function readAloud(item, words, line) {
  window.speechSynthesis?.cancel();
  show(line, true);
  const text = readable(words);
  const reader = readerOf(languageOf(text), !!model(item.task, item.model)?.debug);
  if (!reader) return byBrowser(text, line);
  const known = read.get(text);
  if (known) return played(known, reader, text, line);
  say(line, t("ui.aloud.making"));
  const params = { [reader.field.name]: cut(text, reader.field) };
  const wish = { task: reader.task.id, model: reader.model.id, params, ...(item.id ? { parent: item.id } : {}) };
  try {
    const made = await finished({ ...wish, ...(await api.submit(wish)) });
    if (made.status !== "done") return say(line, made.error?.message ?? t("ui.stopped.empty"));
    read.set(text, made);
    return played(made, reader, text, line);
  } catch (error) {
    return say(line, error.message);
  }
}

const cut = (text, field) => text.slice(0, field.max_length ?? undefined);

/** A job that was accepted, when it has ended. */
function finished(item) {
  return new Promise((settle) => {
    const stop = on("made", (made) => {
      if (made.id !== item.id) return;
      stop();
      settle(made);
    });
    follow(item);
  });
}

function played(made, { task, model: reader, field }, text, line) {
  const [output] = made.outputs;
  const left = output.meta?.left_out ?? [];
  const told = [
    t("ui.aloud.ours", { name: reader.name }),
    text.length > cut(text, field).length ? t("ui.aloud.cut", { n: field.max_length }) : "",
    left.length ? t("ui.aloud.left_out", { words: left.join(", ") }) : "",
  ];
  const there = () => {
    store(`shown.${task.id}`, made.id);
    display(task.id, made);
    openTab(task.id);
  };
  const name = t("ui.action.aloud");
  line.replaceChildren(
    h("audio", { src: addressOf(output), controls: true, autoplay: true, "aria-label": name }),
    h("p.job-note", { text: told.filter(Boolean).join(" ") }),
    h("button.action", { type: "button", text: t("ui.aloud.open", { name: t(task.tab) }), onclick: there }),
  );
}

async function byBrowser(text, line) {
  const speech = window.speechSynthesis;
  const wanted = languageOf(text) === "zh" ? "zh" : languageOf(text) === "en" ? "en" : "";
  const voice = (await voices(speech)).find((one) => one.lang.toLowerCase().startsWith(wanted));
  if (!voice || !wanted) return say(line, t("ui.aloud.none"));
  for (const piece of pieces(text)) {
    const utterance = new SpeechSynthesisUtterance(piece);
    Object.assign(utterance, { voice, lang: voice.lang });
    speech.speak(utterance);
  }
  return line.replaceChildren(
    h("p.job-note", { text: t("ui.aloud.browser") }),
    h("button.action", { type: "button", text: t("ui.stop"), onclick: () => speech.cancel() }),
  );
}

/** The browser's voices; some tell them only a moment after they were first asked for. */
async function voices(speech) {
  const here = speech?.getVoices() ?? [];
  if (here.length || !speech) return here;
  await new Promise((settle) => {
    speech.addEventListener("voiceschanged", settle, { once: true });
    setTimeout(settle, PATIENCE);
  });
  return speech.getVoices();
}
