// The small parts around the form: examples, presets, what a model is, the die beside the seed.
import * as api from "./api.js";
import { h } from "./dom.js";
import { dieRolled, examples, follow, put, seedCleared, values } from "./form.js";
import { icon } from "./icons.js";
import { model, on, task } from "./state.js";
import { has, isChinese, language, number, t } from "./words.js";

/** Redraws itself when its form changes in a way that its ``key`` sees. */
class Beside extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.drawn = null;
    this.forget = [on(`values:${this.taskId}`, () => this.refresh()), on("tasks", () => this.refresh(true))];
    this.refresh(true);
  }

  disconnectedCallback() { this.forget.forEach((stop) => stop()); }

  refresh(anyway = false) {
    if (!task(this.taskId)) return;
    const key = JSON.stringify(this.key());
    if (!anyway && key === this.drawn) return;
    this.drawn = key;
    this.replaceChildren(...this.draw());
  }

  get form() { return values(this.taskId); }
  get model() { return model(this.taskId, this.form.model) ?? task(this.taskId).models[0]; }
}

/** <studio-chips>: invitations that the chosen model can follow; one press fills the form. */
export class StudioChips extends Beside {
  key() { return this.form.model; }

  draw() {
    hideIgnored(this.taskId, this.model.hides);
    const found = examples(this.taskId, this.model.id).slice(0, 5);
    if (!found.length) return [];
    return [h("div.chips", { role: "group", "aria-label": t("ui.examples") }, found.map((example) =>
      {
      const label = example.values.prompt || worded(this.taskId, example.values);
      return h("button.chip", { type: "button", text: label, title: label, onclick: () => follow(this.taskId, example) });
    }))];
  }
}

/** An example without a prompt, by the words for its values. */
function worded(taskId, values) {
  return Object.entries(values).map(([name, value]) => {
    const key = `${taskId}.${name}.${value}`;
    return has(key) ? t(key) : String(value);
  }).join(" · ");
}

/** Settings that the chosen model ignores leave the form. A rule, because Gradio owns the elements' classes. */
function hideIgnored(taskId, names) {
  const id = `hidden-${taskId}`;
  const sheet = document.getElementById(id) ?? document.head.appendChild(h("style", { id }));
  const folded = task(taskId).fields.filter((field) => !field.open && field.widget !== "prompt");
  const hidden = names.flatMap((name) => [
    `[id="${taskId}-${CSS.escape(name)}"]`, `studio-upload[data-task="${taskId}"][data-field="${CSS.escape(name)}"]`,
  ]);
  if (names.includes("seed")) hidden.push(`.seed-row:has([id="${taskId}-seed"])`);
  if (folded.length && folded.every((field) => names.includes(field.name))) hidden.push(`.wish:has([id="${taskId}-go"]) .more`);
  sheet.textContent = hidden.length ? `${hidden.join(", ")} { display: none !important; }` : "";
}

/** <studio-presets>: named sets of settings; those that the form equals are marked. */
export class StudioPresets extends Beside {
  key() { return [this.form.model, this.chosen()]; }

  /** Those that set nothing that the chosen model ignores. */
  get presets() {
    return task(this.taskId).presets.filter((preset) => !Object.keys(preset.values).some((name) => this.model.hides.includes(name)));
  }

  chosen() {
    return this.presets.filter((preset) =>
      Object.entries(preset.values).every(([name, value]) => this.form[name] === value)).map((preset) => preset.id);
  }

  draw() {
    const { presets } = this;
    if (!presets.length) return [];
    const chosen = this.chosen();
    return [h("div.presets", { role: "group", "aria-label": t("ui.presets") },
      h("span.presets-label", { text: t("ui.presets") }),
      presets.map((preset) => h("button.chip", {
        type: "button", text: t(`${this.taskId}.preset.${preset.id}`), "aria-pressed": String(chosen.includes(preset.id)),
        onclick: () => put(this.taskId, preset.values),
      })))];
  }
}

/** <studio-model>: one honest line about the chosen model, and a hint where the wish does not suit it. */
export class StudioModel extends Beside {
  connectedCallback() {
    super.connectedCallback();
    this.forget.push(on("made", (item) => { if (item.task === this.taskId && item.status === "done") this.learn(); }));
    this.learn();
  }

  /** Asks which models lie on the disk by now. */
  async learn() {
    if (!this.taskId) return;
    try {
      for (const told of (await api.models(this.taskId)).items) {
        const known = model(this.taskId, told.id);
        if (known) known.installed = told.installed;
      }
      this.refresh(true);
    } catch { /* the line stays as it was */ }
  }

  key() { return [this.form.model, this.mismatch()]; }

  /** The language of the wish that the model does not know: "zh", "en" or null. */
  mismatch() {
    const { prompt } = this.form;
    const written = isChinese(prompt) ? "zh" : /\p{L}/u.test(prompt ?? "") ? "en" : null;
    return written && !this.model.languages.includes(written) ? written : null;
  }

  draw() {
    const one = this.model;
    const about = `model.${one.id}`;
    return [
      h("p.model-line", { text: has(about) ? t(about) : one.name }),
      h("ul.model-facts", { "aria-label": t("ui.model.facts") }, facts(one).map((fact) => h("li", { text: fact })),
        one.card?.startsWith("https://") ? h("li", {}, h("a", { href: one.card, target: "_blank", rel: "noopener noreferrer", text: t("ui.model.card") })) : null),
      one.unfit ? h("p.model-note", { "data-kind": "unfit", text: one.unfit[language] }) : null,
      this.mismatch() && !one.unfit ? this.hint() : null,
    ].filter(Boolean);
  }

  /** A wish in a language that the model does not know: says so and offers those that do and can run here. */
  hint() {
    const wanted = this.mismatch();
    const able = task(this.taskId).models.filter((one) => one.languages.includes(wanted) && !one.unfit);
    const key = wanted === "en" ? "ui.model.only_chinese" : able.length ? "ui.model.no_chinese" : "ui.model.no_chinese_none";
    return h("p.model-note", { "data-kind": "hint", role: "status" },
      t(key, { name: this.model.name }),
      able.slice(0, 2).map((one) => h("button.link", {
        type: "button", text: t("ui.model.use", { name: one.name }), onclick: () => put(this.taskId, { model: one.id }),
      })));
  }
}

function facts(one) {
  return [
    one.memory_gb >= 0.05 ? t("ui.model.memory", { gb: number(one.memory_gb, 1) }) : null,
    one.installed || !one.download_mb ? t("ui.model.here") : t("ui.model.download", { size: size(one.download_mb) }),
    one.license,
  ].filter(Boolean);
}

const size = (mb) => (mb >= 1000 ? `${number(mb / 1000, 1)} GB` : `${mb} MB`);

/** <studio-die>: a number from chance to keep, or a new one every time. */
export class StudioDie extends Beside {
  key() { return this.form.seed == null; }

  draw() {
    const free = this.form.seed == null;
    return [
      h("button.icon-button", { type: "button", title: t("ui.seed.roll"), "aria-label": t("ui.seed.roll"), onclick: () => dieRolled(this.taskId) }, icon("die")),
      h("button.icon-button", { type: "button", title: t("ui.seed.free"), "aria-label": t("ui.seed.free"), disabled: free, onclick: () => seedCleared(this.taskId) }, icon("close")),
    ];
  }
}
