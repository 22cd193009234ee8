// <studio-vocabulary>: what the chosen model has learnt to paint, where it says so: a list to search in both languages.
// One press puts the word into the box.
import * as api from "../api.js";
import { h, say } from "../dom.js";
import { setValues, values } from "../form.js";
import { icon } from "../icons.js";
import { model, on, task } from "../state.js";
import { language, number, t } from "../words.js";

const MOST = 60;

export class StudioVocabulary extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.lists = new Map();
    this.box = h("input", {
      type: "search",
      "aria-label": t("image.vocabulary.search"),
      placeholder: t("image.vocabulary.search"),
      oninput: () => this.list(),
    });
    this.count = h("p.vocabulary-count", { role: "status", "aria-live": "polite" });
    this.words = h("div.vocabulary-words", { role: "group", "aria-label": t("image.vocabulary") });
    this.fold = h(
      "details.vocabulary",
      { hidden: true },
      h("summary", {}, icon("chevron"), t("image.vocabulary")),
      this.box,
      this.count,
      this.words,
    );
    this.fold.addEventListener("toggle", () => {
      if (this.fold.open) this.list();
    });
    this.replaceChildren(this.fold);
    this.forget = [on(`values:${this.taskId}`, () => this.draw()), on("tasks", () => this.draw())];
    this.draw();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  async draw() {
    const one = model(this.taskId, values(this.taskId).model);
    if (!task(this.taskId) || !one || one.id === this.of) return;
    this.of = one.id;
    const items = one.knows ? await this.learn(one.id) : [];
    if (this.of !== one.id) return;
    this.items = items;
    this.fold.hidden = !items.length;
    if (this.fold.open) this.list();
  }

  async learn(id) {
    if (!this.lists.has(id)) {
      try {
        this.lists.set(id, (await api.vocabulary(id)).items);
      } catch {
        return [];
      }
    }
    return this.lists.get(id);
  }

  list() {
    const wanted = this.box.value.trim().toLowerCase();
    const found = this.items.filter(
      (one) => !wanted || one.en.toLowerCase().includes(wanted) || one.zh.includes(wanted),
    );
    say(
      this.count,
      found.length ? t("image.vocabulary.count", { n: number(found.length) }) : t("image.vocabulary.none"),
    );
    this.words.replaceChildren(
      ...found.slice(0, MOST).map((one) =>
        h("button.chip", {
          type: "button",
          title: language === "zh" ? one.en : one.zh,
          text: one[language],
          onclick: () => setValues(this.taskId, { prompt: one[language] }),
        }),
      ),
    );
  }
}
