// <studio-model>: one honest line about the chosen model, and a hint where the wish does not suit it.
import * as api from "./api.js";
import { h } from "./dom.js";
import { isFixed, setValues } from "./form.js";
import { FormElement } from "./form-element.js";
import { clearSeed } from "./seed-dice.js";
import { model, on, takes, task, wordsIn } from "./state.js";
import { has, languageOf, language, number, t } from "./words.js";
import { ownQuota } from "./zerogpu.js";

export class StudioModel extends FormElement {
  connectedCallback() {
    super.connectedCallback();
    this.forget.push(
      on("quota", () => this.refresh(true)),
      on("made", (item) => {
        if (item.task === this.taskId && item.status === "done") this.learn();
      }),
    );
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
    } catch {
      /* the line stays as it was */
    }
  }

  key() {
    return [this.form.model, this.mismatch(), this.form.seed, ownQuota()];
  }

  /** The language of some words that the model does not know: "zh", "en" or null. */
  mismatch() {
    const languages = wordsIn(this.taskId, this.form).map(languageOf);
    return languages.find((written) => written && !this.model.languages.includes(written)) ?? null;
  }

  draw() {
    const one = this.model;
    const about = `model.${one.id}`;
    return [
      h("p.model-line", { text: has(about) ? t(about) : one.name }),
      h(
        "ul.model-facts",
        { "aria-label": t("ui.model.facts") },
        facts(one).map((fact) => h("li", { text: fact })),
        one.card?.startsWith("https://")
          ? h(
              "li",
              {},
              h("a", { href: one.card, target: "_blank", rel: "noopener noreferrer", text: t("ui.model.card") }),
            )
          : null,
      ),
      one.gpu ? h("p.model-note", { "data-kind": "gpu", text: t(ownQuota() ? "ui.gpu.own" : "ui.gpu.shared") }) : null,
      one.unfit ? h("p.model-note", { "data-kind": "unfit", text: one.unfit[language] }) : null,
      this.mismatch() && !one.unfit ? this.hint() : null,
      this.form.seed != null && takes(one, "seed") ? this.seed() : null,
    ].filter(Boolean);
  }

  /** A seed that was kept, by Re-use or by hand, may stand folded away: here it is said, and let go by one press. */
  seed() {
    return h(
      "p.model-note",
      { "data-kind": "seed" },
      t("ui.seed.kept", { n: this.form.seed }),
      isFixed(this.taskId, "seed")
        ? null
        : h("button.link", { type: "button", text: t("ui.seed.free"), onclick: () => clearSeed(this.taskId) }),
    );
  }

  /** A wish in a language that the model does not know: says so and offers those that do and can run here. */
  hint() {
    const wanted = this.mismatch();
    const others = isFixed(this.taskId, "model") ? [] : task(this.taskId).models;
    const able = others.filter((one) => one.languages.includes(wanted) && !one.unfit);
    const chinese = able.length ? "ui.model.no_chinese" : "ui.model.no_chinese_none";
    const key = { en: "ui.model.only_chinese", other: "ui.model.other_script" }[wanted] ?? chinese;
    return h(
      "p.model-note",
      { "data-kind": "hint", role: "status" },
      t(key, { name: this.model.name }),
      able.slice(0, 2).map((one) =>
        h("button.link", {
          type: "button",
          text: t("ui.model.use", { name: one.name }),
          onclick: () => setValues(this.taskId, { model: one.id }),
        }),
      ),
    );
  }
}

function facts(one) {
  return [
    one.memory_gb >= 0.05 ? t("ui.model.memory", { gb: number(one.memory_gb, 1) }) : null,
    one.installed || !one.download_mb ? t("ui.model.here") : t("ui.model.download", { size: size(one.download_mb) }),
    one.gpu === false ? t("ui.gpu.none") : null,
    one.license,
  ].filter(Boolean);
}

const size = (mb) => (mb >= 1000 ? `${number(mb / 1000, 1)} GB` : `${mb} MB`);
