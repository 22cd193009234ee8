// Widgets of a form by a field's declaration: what the server draws with Gradio elsewhere, from the same declaration.
// Knows types, limits and words; nothing of forms. Each widget tells what it holds and is told what to hold.
import { h } from "../dom.js";
import { has, t } from "../words.js";

/** @import { Field } from "../types.js" */
/** @typedef {[string, any]} Choice what it is called, and the value. */
/**
 * @typedef {object} Widget
 * @property {HTMLElement} place
 * @property {() => any} get
 * @property {(value: any) => void} set
 * @property {(choices: Choice[]) => void} [offer]
 */

/**
 * One of the page's own elements.
 * @param {string} tag
 * @param {Record<string, string>} data
 */
export function element(tag, data) {
  const node = document.createElement(tag);
  Object.assign(node.dataset, data);
  return node;
}

/**
 * The widget of one parameter, named ``<task>-<field>`` in the page.
 * @param {string} taskId
 * @param {Field} field
 * @returns {Widget}
 */
export function widget(taskId, field) {
  const draw = DRAWN[field.widget];
  if (!draw) throw new Error(`No widget draws ${taskId}.${field.name}: ${field.widget}.`);
  return draw({ id: `${taskId}-${field.name}`, taskId, field, label: t(field.label), hint: hintOf(taskId, field) });
}

/**
 * A list of choices that is no parameter's own: of models.
 * @param {string} id
 * @param {string} label
 * @param {Choice[]} choices
 */
export const list = (id, label, choices) => select({ id, label, hint: "", field: { widget: "model" } }, choices);

function hintOf(taskId, field) {
  const key = [`${taskId}.${field.name}.hint`, `param.${field.name}.hint`].find(has);
  return key ? t(key) : "";
}

function choicesOf({ taskId, field }) {
  return field.choices.map((value) => {
    const key = `${taskId}.${field.name}.${value}`;
    return [has(key) ? t(key) : String(value), value];
  });
}

const heading = (text) => h("span.widget-label", { "data-testid": "block-info", text });
const explained = (text) => (text ? h("span.info-text", { text }) : null);

function place({ id, field, label, hint }, input, tag = "label") {
  const head = tag === "fieldset" ? h("legend", {}, heading(label)) : heading(label);
  const within = h(tag === "fieldset" ? "fieldset.widget" : "label.widget", {}, head, explained(hint), input);
  return h("div", { id, class: `field field-${field.widget}` }, within);
}

function words(one) {
  const { field } = one;
  const long = field.lines > 1 || field.widget === "prompt";
  const box = h(long ? "textarea" : "input", { rows: long ? field.lines : null, maxlength: field.max_length });
  return { place: place(one, box), get: () => box.value, set: (value) => (box.value = value ?? "") };
}

/** A number, or nothing. */
function number(one) {
  const { field } = one;
  const box = h("input", {
    type: "number",
    min: field.minimum,
    max: field.maximum,
    step: field.step,
    placeholder: field.widget === "seed" ? t("ui.seed.random") : null,
  });
  const get = () => (Number.isNaN(box.valueAsNumber) ? null : box.valueAsNumber);
  return { place: place(one, box), get, set: (value) => (box.value = value ?? "") };
}

function slider(one) {
  const { field, label } = one;
  const limits = { min: field.minimum ?? 0, max: field.maximum ?? 1, step: field.step };
  const box = h("input", { type: "number", "aria-label": label, ...limits });
  const range = h("input", { type: "range", "aria-label": label, ...limits });
  box.addEventListener("input", () => (range.value = box.value));
  range.addEventListener("input", () => (box.value = range.value));
  const set = (value) => (box.value = range.value = value ?? field.default);
  return { place: place(one, h("span.widget-slider", {}, range, box), "fieldset"), get: () => Number(box.value), set };
}

function checkbox(one) {
  const box = h("input", { type: "checkbox" });
  return { place: place(one, box), get: () => box.checked, set: (value) => (box.checked = !!value) };
}

function radio(one) {
  const boxes = choicesOf(one).map(([label, value]) => ({
    value,
    label,
    box: h("input", { type: "radio", name: one.id }),
  }));
  const drawn = boxes.map(({ label, box }) => h("label", {}, box, h("span", { text: label })));
  return {
    place: place(one, h("span.widget-choices", {}, drawn), "fieldset"),
    get: () => boxes.find(({ box }) => box.checked)?.value ?? null,
    set: (value) => boxes.forEach((each) => (each.box.checked = each.value === value)),
  };
}

function select(one, choices = choicesOf(one)) {
  const several = one.field.widget === "several";
  const box = h("select", { multiple: several });
  let values = [];
  const offer = (offered) => {
    values = offered.map(([, value]) => value);
    box.replaceChildren(...offered.map(([label]) => h("option", { text: label })));
  };
  offer(choices);
  const chosen = () => values.filter((_, at) => box.options[at].selected);
  const set = (value) =>
    values.forEach((each, at) => (box.options[at].selected = several ? (value ?? []).includes(each) : each === value));
  return { place: place(one, box), get: () => (several ? chosen() : (chosen()[0] ?? null)), set, offer };
}

/** The drop zone draws itself and keeps its reference in the form. */
function file({ taskId, field }) {
  let reference = "";
  const zone = element("studio-upload", { task: taskId, field: field.name });
  return { place: zone, get: () => reference, set: (value) => (reference = value ?? "") };
}

/** @type {Record<string, (one: any) => Widget>} */
const DRAWN = {
  prompt: words,
  textarea: words,
  text: words,
  number,
  seed: number,
  slider,
  checkbox,
  radio,
  dropdown: select,
  several: select,
  file,
};
