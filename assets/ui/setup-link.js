// <studio-setup-link data-task="image">: the button that makes a link to what stands in the form, and its sheet: which
// settings go along, which are fixed or hidden for whoever opens it, the link, and its code to be read by phones.
import * as api from "./api.js";
import { download, find, h, say, show, styleSheet } from "./dom.js";
import { labelOf } from "./exercise.js";
import { defaults } from "./defaults.js";
import { values } from "./form.js";
import { icon } from "./icons.js";
import { copyText } from "./output.js";
import { model, takes, task } from "./state.js";
import { has, t } from "./words.js";

/** @import { Field, Values } from "./types.js" */

styleSheet(new URL("./links.css", import.meta.url));

const WAYS = ["free", "fill", "lock", "hide"];
const MODEL = /** @type {Field} */ (/** @type {unknown} */ ({ name: "model", alias: "", many: false, choices: [] }));

/**
 * What a link may carry of a form: its model, then every setting that it takes but files.
 * @param {string} taskId
 * @param {Values} form
 * @returns {Field[]}
 */
export const carried = (taskId, form) => [
  MODEL,
  ...task(taskId).fields.filter((field) => field.widget !== "file" && takes(model(taskId, form.model), field.name)),
];

/**
 * The link's search, "?task=...". ``ways`` says by field's name what happens to it: fill, lock, hide, or else nothing.
 * @param {string} taskId
 * @param {Field[]} fields
 * @param {Values} form
 * @param {Record<string, string>} ways
 * @param {string} [lang]
 */
export function searchOf(taskId, fields, form, ways, lang = "") {
  const search = new URLSearchParams({ task: taskId });
  const named = (way) => fields.filter((field) => ways[field.name] === way).map((field) => field.alias || field.name);
  for (const field of fields) {
    if (!WAYS.slice(1).includes(ways[field.name])) continue;
    for (const text of texts(field, form[field.name])) search.append(field.alias || field.name, text);
  }
  for (const way of ["lock", "hide"]) if (named(way).length) search.set(way, named(way).join(","));
  if (lang) search.set("lang", lang);
  return `?${search}`.replaceAll("%2C", ",");
}

/** A value as the link writes it; none where nothing is chosen. */
function texts(field, value) {
  if (value === null || value === undefined) return [];
  if (!field.many) return [String(value)];
  return value.length > 1
    ? value
    : [value.some((one) => /[,[]|^\s|\s$/.test(one)) ? JSON.stringify(value) : (value[0] ?? "")];
}

/** What goes along unless somebody says otherwise: the model, what was written, what is not as it comes. */
function begun(taskId, fields, form) {
  const usual = defaults(taskId, form.model);
  const fills = ({ name, widget }) =>
    name === "model" ||
    (widget === "prompt" ? !!form[name] : JSON.stringify(form[name]) !== JSON.stringify(usual[name]));
  return Object.fromEntries(fields.map((field) => [field.name, fills(field) ? "fill" : "free"]));
}

/** A value as the visitor knows it. */
function worded(taskId, field, value) {
  if (field.name === "model") return model(taskId, value)?.name ?? value;
  if (value === null || value === undefined) return t(field.widget === "seed" ? "ui.setup.random" : "ui.setup.empty");
  if (typeof value === "boolean") return t(value ? "ui.setup.yes" : "ui.setup.no");
  const one = (each) => {
    const key = `${taskId}.${field.name}.${each}`;
    return field.choices?.includes(each) && has(key) ? t(key) : String(each);
  };
  return [value].flat().map(one).join(t("list.comma")) || t("ui.setup.empty");
}

export class StudioSetupLink extends HTMLElement {
  connectedCallback() {
    this.replaceChildren(
      h(
        "button.action",
        { type: "button", "data-action": "setup-link", onclick: () => openSheet(this.dataset.task) },
        icon("share"),
        t("ui.setup.open"),
      ),
    );
  }
}

/** The sheet over the page, until it is closed. */
function openSheet(taskId) {
  const form = { ...values(taskId) };
  const fields = carried(taskId, form);
  const ways = begun(taskId, fields, form);
  const link = h("input.search", {
    type: "text",
    readonly: true,
    "aria-label": t("ui.setup.link"),
    onfocus: () => link.select(),
  });
  const said = h("p.share-said", { role: "status", "aria-live": "polite" });
  const code = h("img.setup-qr", { alt: t("ui.setup.qr"), width: 220, height: 220 });
  const wrong = h("p.field-error", { role: "alert", hidden: true });
  const lang = choice(t("ui.setup.language"), ["", "zh", "en"], (one) => LANGUAGES[one] ?? t("ui.setup.language.own"));

  const draw = async () => {
    const search = searchOf(taskId, fields, form, ways, lang.value);
    link.value = api.address("") + search;
    const picture = await api.setupCode(search).catch((error) => error);
    if (link.value !== api.address("") + search) return; // overtaken
    const failed = picture instanceof Error;
    show(code, !failed);
    show(wrong, failed);
    if (failed) say(wrong, picture.message);
    else code.src = picture;
  };
  lang.addEventListener("change", draw);

  const rows = fields.map((field) => {
    const label = labelOf(taskId, field.name);
    const way = choice(t("ui.setup.how.of", { name: label }), WAYS, (one) => t(`ui.setup.${one}`));
    way.value = ways[field.name];
    way.dataset.field = field.name;
    way.addEventListener("change", () => {
      ways[field.name] = way.value;
      row.dataset.way = way.value;
      draw();
    });
    const row = h(
      "li.setup-row",
      { "data-way": ways[field.name] },
      h("span.setup-name", { text: label }),
      h("span.setup-value", { text: worded(taskId, field, form[field.name]) }),
      way,
    );
    return row;
  });
  const [first, rest] = [0, 1].map((late) => rows.filter((_, at) => +(ways[fields[at].name] === "free") === late));
  const copy = async () => {
    await copyText(link.value, sheet);
    say(said, t("ui.setup.copied"));
  };
  const sheet = h(
    "dialog.sheet.setup-sheet",
    { "aria-label": t("ui.setup.open") },
    h(
      "div.sheet-head",
      {},
      h("h2", { text: t("ui.setup.open") }),
      h(
        "button.icon-button",
        { type: "button", "aria-label": t("ui.close"), onclick: () => sheet.close() },
        icon("close"),
      ),
    ),
    h("p.setup-about", { text: t("ui.setup.about") }),
    h(
      "div.setup-parts",
      {},
      h(
        "div.setup-settings",
        {},
        h("ul.setup-rows", {}, first),
        h(
          "details.setup-rest",
          {},
          h("summary", {}, icon("chevron"), t("ui.setup.all")),
          h("ul.setup-rows", {}, rest),
          task(taskId).fields.some((field) => field.widget === "file")
            ? h("p.setup-about", { text: t("ui.setup.file") })
            : null,
        ),
        h("label.setup-language", {}, t("ui.setup.language"), lang),
      ),
      h("div.setup-link", {}, code, wrong),
    ),
    h(
      "div.share-actions",
      {},
      link,
      h("button.chip.primary", { type: "button", onclick: copy }, icon("copy"), t("ui.setup.copy")),
      h(
        "button.chip",
        { type: "button", onclick: () => code.src && download(code.src, "setup.svg") },
        icon("save"),
        t("ui.setup.qr"),
      ),
    ),
    said,
  );
  sheet.addEventListener("close", () => sheet.remove());
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  document.body.append(sheet);
  sheet.showModal();
  find("select", sheet)?.focus();
  draw();
}

const LANGUAGES = { zh: "中文", en: "English" };

/** A list to choose one of. */
function choice(name, ids, word) {
  return h(
    "select.setup-way",
    { "aria-label": name },
    ids.map((id) => h("option", { value: id, text: word(id) })),
  );
}
