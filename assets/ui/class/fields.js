// An exercise's free fields as a form, and the values that stand in it. Knows the few kinds that a phone draws.
import { h } from "../dom.js";

/**
 * @param {any[]} fields as the server tells them
 * @param {Record<string, any>} drafts what was written before
 */
export function fieldsOf(fields, drafts) {
  return fields.map((field) => {
    const value = drafts[field.name] ?? field.value ?? "";
    const control = draw(field, value);
    control.setAttribute("name", field.name);
    control.dataset.kind = field.kind;
    return field.kind === "switch"
      ? h("label.choice", {}, control, h("span", { text: field.label }))
      : h("label", {}, field.label, control);
  });
}

function draw(field, value) {
  if (field.kind === "switch") return h("input", { type: "checkbox", checked: value === true });
  if (field.kind === "choice") {
    const options = field.choices.map((one) => h("option", { value: one, selected: one === value, text: String(one) }));
    return h("select", {}, options);
  }
  if (field.kind === "number") {
    const step = field.whole ? 1 : "any";
    return h("input", { type: "number", min: field.min, max: field.max, step, value, inputmode: "decimal" });
  }
  if (field.kind === "words") return h("input", { type: "text", maxlength: field.longest, value, dir: "auto" });
  const box = h("textarea", { rows: 3, maxlength: field.longest, dir: "auto", required: true });
  box.value = value;
  return box;
}

/**
 * @param {HTMLFormElement} form
 * @returns {Record<string, any>}
 */
export function valuesOf(form) {
  const found = {};
  for (const node of /** @type {any} */ (form.querySelectorAll("[data-kind]"))) {
    if (node.dataset.kind === "switch") found[node.name] = node.checked;
    else if (node.dataset.kind === "number") found[node.name] = node.value === "" ? null : Number(node.value);
    else found[node.name] = node.value;
  }
  return found;
}
