// Fields that the lessons share: a number, a switch, one of several, a slider. Each calls back with what was chosen.
import { h } from "../dom.js";

/**
 * A number in a table. What is no number marks the field and changes nothing.
 * @param {{ value: number, label: string, set: (value: number) => void, least?: number, most?: number, step?: string }}
 *   field
 */
export function numberField({ value, label, set, least = -99, most = 99, step = "any" }) {
  const field = h("input.lesson-number", {
    type: "number",
    inputmode: least < 0 ? "text" : "decimal",
    value,
    step,
    min: least,
    max: most,
    "aria-label": label,
    oninput: () => {
      const number = field.valueAsNumber;
      const good = number >= least && number <= most;
      if (good) field.removeAttribute("aria-invalid");
      else field.setAttribute("aria-invalid", "true");
      if (good) set(number);
    },
  });
  return field;
}

/**
 * @param {string} label
 * @param {boolean} on
 * @param {(on: boolean) => void} set
 */
export function toggle(label, on, set) {
  const box = h("input", { type: "checkbox", checked: on, onchange: () => set(box.checked) });
  return h("label.lesson-toggle", {}, box, h("span", { text: label }));
}

/**
 * One of several, as buttons in a row.
 * @param {string} label
 * @param {string[][]} options what is chosen, and how it is called
 * @param {string} chosen
 * @param {(value: string) => void} set
 */
export function choice(label, options, chosen, set) {
  const name = `choice-${++made}`;
  return h(
    "fieldset.lesson-choice",
    {},
    h("legend", { text: label }),
    h(
      "div",
      {},
      options.map(([value, text]) =>
        h(
          "label",
          {},
          h("input", { type: "radio", name, value, checked: value === chosen, onchange: () => set(value) }),
          h("span", { text }),
        ),
      ),
    ),
  );
}

let made = 0;

/**
 * A slider that says what it stands at.
 * @param {{ label: string, value: number, least: number, most: number, step?: number, set: (value: number) => void,
 *   shown?: (value: number) => string }} field
 */
export function slider({ label, value, least, most, step = 1, set, shown = String }) {
  const told = h("output", { text: shown(value) });
  const range = h("input", {
    type: "range",
    min: least,
    max: most,
    step,
    value,
    "aria-valuetext": shown(value),
    oninput: () => {
      told.textContent = shown(range.valueAsNumber);
      range.setAttribute("aria-valuetext", told.textContent);
      set(range.valueAsNumber);
    },
  });
  return h("label.lesson-slider", {}, h("span", { text: label }), range, told);
}
