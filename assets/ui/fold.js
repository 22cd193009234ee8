// <studio-fold data-task="text">: on a phone the settings are folded away below the request; this opens them.
// Knows only whether they are open; the style sheet says what that means, and where there is room for all of them.
import { h } from "./dom.js";
import { FormElement } from "./form-element.js";
import { icon } from "./icons.js";
import { store, stored } from "./state.js";
import { t } from "./words.js";

const LINGER = 250; // ms: what is pressed next shall not move before it has been let go

export class StudioFold extends FormElement {
  connectedCallback() {
    this.removeAttribute("data-writing");
    this.toggleAttribute("data-open", stored(`settings.${this.dataset.task}`, false));
    super.connectedCallback();
    this.bar = this.closest(".wish");
    this.over = new AbortController();
    const { signal } = this.over;
    this.bar?.addEventListener("focusin", (event) => this.begin(event.target), { signal });
    this.bar?.addEventListener("focusout", () => setTimeout(() => this.end(), LINGER), { signal });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.over.abort();
  }

  /** While one writes there is more room for it; a button that is pressed alone moves nothing. */
  begin(at) {
    if (at.closest(".field-prompt")) this.toggleAttribute("data-writing", true);
  }

  end() {
    if (!this.bar?.contains(document.activeElement)) this.removeAttribute("data-writing");
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
