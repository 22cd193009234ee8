// For how many days a link opens: the choice as a field, and its value as the routes take it.
import { h } from "./dom.js";
import { t } from "./words.js";

/** "" for as long as its owner likes. */
const DAYS = ["", "1", "7", "30"];

/**
 * The choice, with its label.
 * @param {string} id of the field in the page
 * @param {() => void} changed
 * @returns {[HTMLLabelElement, HTMLSelectElement]}
 */
export function daysField(id, changed) {
  const choices = DAYS.map((days) => h("option", { value: days, text: t(`ui.share.days.${days || "all"}`) }));
  const field = h("select.share-days", { id, onchange: changed }, choices);
  return [h("label", { for: id, text: t("ui.share.days") }), field];
}

/** @param {HTMLSelectElement} field */
export const daysOf = (field) => (field.value ? Number(field.value) : null);
