// <studio-seed-dice>: a number from chance to keep, or a new one every time.
import { h } from "./dom.js";
import { setValues } from "./form.js";
import { FormElement } from "./form-element.js";
import { icon } from "./icons.js";
import { t } from "./words.js";

const rollSeed = (taskId) => setValues(taskId, { seed: crypto.getRandomValues(new Uint32Array(1))[0] });
export const clearSeed = (taskId) => setValues(taskId, { seed: null });

export class StudioSeedDice extends FormElement {
  key() {
    return this.form.seed == null;
  }

  draw() {
    const free = this.form.seed == null;
    return [
      h(
        "button.icon-button",
        {
          type: "button",
          title: t("ui.seed.roll"),
          "aria-label": t("ui.seed.roll"),
          onclick: () => rollSeed(this.taskId),
        },
        icon("die"),
      ),
      h(
        "button.icon-button",
        {
          type: "button",
          title: t("ui.seed.free"),
          "aria-label": t("ui.seed.free"),
          disabled: free,
          onclick: () => clearSeed(this.taskId),
        },
        icon("close"),
      ),
    ];
  }
}
