// What fills the form by one press: examples and presets.
import { h } from "./dom.js";
import { examples } from "./defaults.js";
import { same } from "./expected.js";
import { applyExample, setValues } from "./form.js";
import { FormElement } from "./form-element.js";
import { placesOf, sheet } from "./field-places.js";
import { promptField, takes, task } from "./state.js";
import { has, t } from "./words.js";

/** <studio-chips>: invitations that the chosen model can follow; one press fills the form. */
export class StudioChips extends FormElement {
  key() {
    return this.form.model;
  }

  draw() {
    hideIgnored(this.taskId, this.model);
    const found = examples(this.taskId, this.model.id).slice(0, 5);
    if (!found.length) return [];
    return [
      h(
        "div.chips",
        { role: "group", "aria-label": t("ui.examples") },
        found.map((example) => {
          const label = labelOf(this.taskId, example);
          return h("button.chip", {
            type: "button",
            text: label,
            title: label,
            onclick: () => applyExample(this.taskId, example),
          });
        }),
      ),
    ];
  }
}

/** What an example is called: its prompt, else what would come of it. */
export const labelOf = (taskId, example) =>
  example.values[promptField(taskId)?.name] || example.title || worded(taskId, example.values);

/** An example without a prompt, by the words for its values. */
function worded(taskId, values) {
  return Object.entries(values)
    .map(([name, value]) => {
      const key = `${taskId}.${name}.${value}`;
      return has(key) ? t(key) : String(value);
    })
    .join(" · ");
}

/** Settings that the chosen model does not take leave the form. A rule, because Gradio owns the elements' classes. */
function hideIgnored(taskId, one) {
  const names = task(taskId)
    .fields.map((field) => field.name)
    .filter((name) => !takes(one, name));
  const folded = task(taskId).fields.filter((field) => !field.open && field.widget !== "prompt");
  const hidden = names.flatMap((name) => placesOf(taskId, name));
  if (folded.length && folded.every((field) => names.includes(field.name)))
    hidden.push(`.wish:has([id="${taskId}-go"]) .more`);
  sheet(`hidden-${taskId}`, hidden.length ? [`${hidden.join(", ")} { display: none !important; }`] : []);
}

/** <studio-presets>: named sets of settings; those that the form equals are marked. */
export class StudioPresets extends FormElement {
  key() {
    return [this.form.model, this.chosen()];
  }

  /** Those that set only what the chosen model takes. */
  get presets() {
    return task(this.taskId).presets.filter((preset) =>
      Object.keys(preset.values).every((name) => takes(this.model, name)),
    );
  }

  chosen() {
    return this.presets
      .filter((preset) => Object.entries(preset.values).every(([name, value]) => same(this.form[name], value)))
      .map((preset) => preset.id);
  }

  draw() {
    const { presets } = this;
    if (!presets.length) return [];
    const chosen = this.chosen();
    return [
      h(
        "div.presets",
        { role: "group", "aria-label": t("ui.presets") },
        h("span.presets-label", { text: t("ui.presets") }),
        presets.map((preset) =>
          h("button.chip", {
            type: "button",
            text: t(`${this.taskId}.preset.${preset.id}`),
            "aria-pressed": String(chosen.includes(preset.id)),
            onclick: () => setValues(this.taskId, preset.values),
          }),
        ),
      ),
    ];
  }
}
