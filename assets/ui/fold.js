// <studio-fold data-task="text">: on a phone the settings are folded away below the request; this opens them.
// Knows only whether they are open; the style sheet says what that means, and where there is room for all of them.
import { h } from "./dom.js";
import { FormElement } from "./form-element.js";
import { icon } from "./icons.js";
import { store, stored } from "./state.js";
import { t } from "./words.js";

export class StudioFold extends FormElement {
  connectedCallback() {
    this.toggleAttribute("data-open", stored(`settings.${this.dataset.task}`, false));
    super.connectedCallback();
  }

  key() {
    return [this.form.model, this.hasAttribute("data-open")];
  }

  draw() {
    const open = this.hasAttribute("data-open");
    return [
      h(
        "button.fold",
        {
          type: "button",
          "aria-expanded": String(open),
          onclick: () => this.turn(!open),
        },
        icon("reuse"),
        h("span.fold-words", {}, h("b", { text: t("ui.fold") }), h("span", { text: this.model.name })),
        icon("chevron"),
      ),
    ];
  }

  turn(open) {
    this.toggleAttribute("data-open", open);
    store(`settings.${this.taskId}`, open);
    this.refresh();
    this.querySelector("button").focus({ preventScroll: true });
    if (open) this.closest(".wish")?.scrollIntoView({ block: "start" });
  }
}
