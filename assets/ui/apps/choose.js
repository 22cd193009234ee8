// <studio-applications>: which application is open, as one row of buttons. Each is a model of the task.
import { h } from "../dom.js";
import { setValues, values } from "../form.js";
import { on, task } from "../state.js";
import { t } from "../words.js";

export class StudioApplications extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.forget = [on("tasks", () => this.draw()), on(`values:${this.taskId}`, () => this.draw())];
    this.draw();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  draw() {
    const models = task(this.taskId)?.models ?? [];
    const chosen = values(this.taskId).model ?? models[0]?.id;
    const key = JSON.stringify([chosen, models.map((one) => one.id)]);
    if (key === this.drawn) return;
    this.drawn = key;
    const focused = this.contains(document.activeElement) ? document.activeElement.getAttribute("data-id") : null;
    this.replaceChildren(
      h(
        "div.applications",
        { role: "group", "aria-label": t("apps.choose") },
        models.map((one) =>
          h("button.chip", {
            type: "button",
            "data-id": one.id,
            "aria-pressed": String(one.id === chosen),
            text: one.name,
            onclick: () => setValues(this.taskId, { model: one.id }),
          }),
        ),
      ),
    );
    if (focused) /** @type {any} */ (this.querySelector(`[data-id="${focused}"]`))?.focus();
  }
}
