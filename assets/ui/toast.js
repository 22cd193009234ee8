// Short messages at the foot of the page, with at most one thing to press. They leave by themselves.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./words.js";

let shelf = null;

function place() {
  shelf ??= document.body.appendChild(h("div.toasts", { role: "status", "aria-live": "polite" }));
  return shelf;
}

/**
 * toast("Deleted", {label: "Undo", act}): stays 8 s, longer while pointed at or focused; with ``stay`` 0 until it is
 * closed. Returns what takes it away.
 */
export function toast(text, action = null, { kind = "info", stay = 8000 } = {}) {
  const node = h("div.toast", { "data-kind": kind }, h("span", { text }));
  let timer = 0;
  const leave = () => {
    clearTimeout(timer);
    node.remove();
  };
  const start = () => {
    if (stay) timer = setTimeout(leave, stay);
  };
  if (action) {
    node.append(
      h("button.toast-action", {
        type: "button",
        text: action.label,
        onclick: () => {
          leave();
          action.act();
        },
      }),
    );
  }
  node.append(h("button.icon-button", { type: "button", "aria-label": t("ui.close"), onclick: leave }, icon("close")));
  for (const name of ["pointerenter", "focusin"]) node.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["pointerleave", "focusout"]) node.addEventListener(name, start);
  place().append(node);
  while (shelf.childElementCount > 3) shelf.firstElementChild.remove();
  start();
  return leave;
}

export const complain = (error) => toast(error.message, null, { kind: "error", stay: 15000 });
