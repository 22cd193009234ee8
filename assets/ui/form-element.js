// An element beside a form, which redraws itself as the form changes. Knows values, not what is drawn.
import { values } from "./form.js";
import { model, on, task } from "./state.js";

/** Redraws itself when its form changes in a way that its ``key`` sees. */
export class FormElement extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.drawn = null;
    this.forget = [
      on(`values:${this.taskId}`, () => this.refresh()),
      on(`fixed:${this.taskId}`, () => this.refresh(true)),
      on("tasks", () => this.refresh(true)),
    ];
    this.refresh(true);
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  /**
   * What the drawing depends on.
   * @returns {any}
   */
  key() {
    return null;
  }

  /**
   * What stands in it.
   * @returns {Node[]}
   */
  draw() {
    return [];
  }

  refresh(anyway = false) {
    if (!task(this.taskId)) return;
    const key = JSON.stringify(this.key());
    if (!anyway && key === this.drawn) return;
    this.drawn = key;
    this.replaceChildren(...this.draw());
  }

  get form() {
    return values(this.taskId);
  }

  get model() {
    return model(this.taskId, this.form.model) ?? task(this.taskId).models[0];
  }
}
