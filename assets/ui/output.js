// Draws what was made: one view for each kind of output, the run card, and what can be done with it.
import * as api from "./api.js";
import { download, downloadBlob, h } from "./dom.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { displayed, emit, model, modelName, promptField, takes, task } from "./state.js";
import { waveform } from "./wave.js";
import { has, moment, number, seconds, t } from "./words.js";

/** @import { Item, Output, Views } from "./types.js" */

/**
 * The words of an item: its prompt, its title, else (where it is older than titles) the settings that stand openly in
 * the form.
 */
export const promptOf = (item) =>
  item.params?.[promptField(item.task)?.name] || item.title || chosen(item) || t(task(item.task)?.tab ?? "");

/**
 * What to call an item: a title of its own (the server's may be its shortened words), else all its words.
 * @param {Item} item
 */
export function titleOf(item) {
  const words = promptOf(item);
  const own = item.title && !words.startsWith(item.title.replace(/(…|\.\.\.)$/, "").trimEnd());
  return own || !words ? item.title : words;
}

/** The prompt of an item that is called otherwise; null where its name says it all. */
export function promptBeside(item) {
  const words = item.params?.[promptField(item.task)?.name] || null;
  return words && words !== titleOf(item) ? words : null;
}

function chosen(item) {
  const fields = (task(item.task)?.fields ?? []).filter(
    (field) => field.open && ["text", "radio", "dropdown"].includes(field.widget),
  );
  return fields
    .filter((field) => item.params?.[field.name])
    .map((field) => worded(item, field, item.params[field.name]))
    .join(" · ");
}
export const textOf = (item) => item.outputs?.find((output) => output.kind === "text")?.text ?? "";

/** @type {Map<string, Views>} */
const own = new Map();

/**
 * Lets a task draw its items itself: draw(item, partial, shown) answers with nodes, and may take up again those that
 * stand there, or with null to have them drawn as usual; save(item) keeps what matters most of several files. What
 * one entrance of a task leaves, an earlier one may draw.
 * @param {string} taskId
 * @param {Views} views
 */
export function drawAs(taskId, views) {
  const earlier = own.get(taskId)?.draw;
  own.set(taskId, earlier ? { ...views, draw: (...made) => views.draw(...made) ?? earlier(...made) } : views);
  emit(`display:${taskId}`, displayed(taskId));
}

/**
 * The outputs of an item, or of its newest partial, as nodes; ``shown`` are those that stand there now.
 * @param {Item} item
 * @param {Output | null} [partial]
 * @param {Element[]} [shown]
 * @returns {Node[]}
 */
export function outputs(item, partial = null, shown = []) {
  const drawn = own.get(item.task)?.draw(item, partial, shown);
  if (drawn) return drawn;
  if (partial) return [view({ ...partial, name: "preview" }, item)];
  return (item.outputs ?? []).map((output) => view(output, item));
}

/** One output as usual. */
export function view(output, item) {
  const draw = VIEWS[output.kind] ?? VIEWS.file;
  return draw(output, item);
}

/** Where an output lies; a preview carries itself. */
export const addressOf = (output) => (output.url?.startsWith("data:") ? output.url : api.address(output.url ?? ""));

/**
 * Where a file is saved from: with the label that people see, in their language.
 * @param {string} url
 */
export const saved = (url) => (/^(data|blob):/.test(url) ? url : `${url}?download=true`);

const VIEWS = {
  text: (output) => h("div.made.made-text", {}, markdown(output.text ?? "")),
  image: (output, item) =>
    h(
      "div.made.made-image",
      { style: proportions(output.meta) },
      h("img", {
        src: addressOf(output),
        alt: titleOf(item) || t("ui.output.image"),
        decoding: "async",
        width: output.meta?.width,
        height: output.meta?.height,
      }),
    ),
  audio: (output) =>
    h(
      "div.made.made-audio",
      {},
      h("audio", { src: addressOf(output), controls: true, preload: "metadata", "aria-label": t("ui.output.audio") }),
    ),
  video: (output) =>
    h(
      "div.made.made-video",
      {},
      h("video", { src: addressOf(output), controls: true, playsinline: true, "aria-label": t("ui.output.video") }),
    ),
  file: (output) =>
    h("div.made.made-file", {}, h("a", { href: saved(addressOf(output)), download: output.name, text: output.name })),
};

/** A picture's own width and proportions, where they are known, for the style sheet to fit it whole into its place. */
const proportions = ({ width, height } = /** @type {any} */ ({})) =>
  width && height ? `--wide: ${width}px; --ratio: ${width / height}` : null;

/**
 * A small picture of an item for lists: a few words, a thumbnail, or the sign of its kind.
 * @param {Item} item
 */
export function thumbnail(item) {
  const first = item.outputs?.[0];
  if (first?.kind === "image") {
    const url = first.meta?.thumb
      ? api.address(`media/${item.id}/${encodeURIComponent(first.meta.thumb)}`)
      : addressOf(first);
    return h("img.thumb", { src: url, alt: "", loading: "lazy", decoding: "async" });
  }
  if (first?.meta?.peaks) return h("span.thumb.thumb-wave", {}, waveform(first.meta.peaks, 60));
  const words = textOf(item);
  if (words) return h("span.thumb.thumb-text", { text: plain(words).slice(0, 240) });
  return h("span.thumb.thumb-icon", {}, icon(task(item.task) ? item.task : "other"));
}

/** Text without the marks of Markdown, on one line. */
export const plain = (text) =>
  text
    .replace(/[*_`#>]+/g, "")
    .replace(/\s+/g, " ")
    .trim();

/** "How it was made", folded: everything needed to make it again. */
export function runCard(item) {
  const rows = [
    ["ui.how.model", modelName(item)],
    ["ui.how.seed", item.seed ?? item.params?.seed ?? "–"],
    ...settings(item),
    ["ui.how.seconds", item.seconds == null ? null : seconds(item.seconds)],
    ["ui.how.load", item.load_seconds ? seconds(item.load_seconds) : null],
    ...facts(item),
    ["ui.how.created", item.created ? moment(item.created) : null],
    ["ui.how.id", item.id ?? null],
  ].filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h(
    "dl.run-card",
    {},
    rows.map(([key, value]) => h("div", {}, h("dt", { text: t(key) }), h("dd", { text: String(value) }))),
  );
}

function settings(item) {
  const fields = task(item.task)?.fields ?? [];
  const one = model(item.task, item.model);
  return fields
    .filter(
      (field) =>
        !["prompt", "seed"].includes(field.widget) &&
        (!one || takes(one, field.name)) &&
        item.params?.[field.name] != null,
    )
    .map((field) => [field.label, worded(item, field, item.params[field.name])]);
}

function worded(item, field, value) {
  if (Array.isArray(value)) return value.map((one) => worded(item, field, one)).join(", ");
  if (typeof value === "number") return number(value, 4);
  if (typeof value === "boolean") return t(value ? "ui.yes" : "ui.no");
  const key = `${item.task}.${field.name}.${value}`;
  return has(key) ? t(key) : value;
}

/** Small facts that the pipeline measured, where we have words for them. */
function facts(item) {
  const meta = item.outputs?.[0]?.meta ?? {};
  return Object.entries(meta)
    .filter(([name]) => has(`ui.meta.${name}`) && !(name === "seconds" && item.outputs[0].kind === "image"))
    .map(([name, value]) => [
      `ui.meta.${name}`,
      typeof value === "number"
        ? number(value, 1)
        : has(`ui.meta.${name}.${value}`)
          ? t(`ui.meta.${name}.${value}`)
          : value,
    ]);
}

/**
 * Puts a text on the clipboard. ``within`` is where the box may stand that the old way needs: inside an open dialog.
 * @param {string} text
 * @param {Element} [within]
 */
export async function copyText(text, within = document.body) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const box = h("textarea", { style: "position:fixed;opacity:0" });
    box.value = text;
    within.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
}

/** Saves every output under its own name; a text without a file is made into one here. */
export function save(item) {
  if (own.get(item.task)?.save) {
    own.get(item.task).save(item);
    return;
  }
  for (const output of item.outputs ?? []) {
    const name = output.name || "result.txt";
    if (output.url) download(saved(addressOf(output)), name);
    else downloadBlob(new Blob([output.text ?? ""], { type: "text/plain;charset=utf-8" }), name);
  }
}
