// <studio-field-choices data-task="image" data-field="lora">: the names that a setting may have on this server; one
// press puts one into the field, another takes it out again.
import * as api from "./api.js";
import { h } from "./dom.js";
import { setValues, values } from "./form.js";
import { learned, model, on, takes, task } from "./state.js";
import { t } from "./words.js";

export class StudioFieldChoices extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.field = this.dataset.field;
    this.names = null;
    this.forget = [on(`values:${this.taskId}`, () => this.draw()), on("tasks", () => this.draw())];
    this.hidden = true;
    learned.then(() => this.draw());
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  async draw() {
    const one = model(this.taskId, values(this.taskId).model);
    if (!task(this.taskId) || !one) return;
    this.hidden = !takes(one, this.field);
    if (this.hidden) return;
    if (!this.names) {
      this.names = [];
      try {
        this.names = (await api.choices(this.taskId, this.field)).items;
      } catch {
        this.names = null;
        return;
      }
    }
    const chosen = values(this.taskId)[this.field] ?? "";
    const key = JSON.stringify([this.names, chosen]);
    if (key === this.drawn) return;
    this.drawn = key;
    this.replaceChildren(
      h(
        "div.beside",
        { role: "group", "aria-label": t("ui.offered") },
        h("span.beside-said", { text: this.names.length ? t("ui.offered") : t("ui.offered.none") }),
        this.names.map((name) =>
          h("button.chip", {
            type: "button",
            text: name,
            "aria-pressed": String(name === chosen),
            onclick: () => setValues(this.taskId, { [this.field]: name === chosen ? "" : name }),
          }),
        ),
      ),
    );
  }
}
