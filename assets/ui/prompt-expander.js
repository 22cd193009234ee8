// <studio-prompt-expander data-task="image">: adds words to the prompt that one can see, change and take out again.
// Which words, the server says; the same prompt gets the same ones.
import * as api from "./api.js";
import { h, say } from "./dom.js";
import { setValues, values } from "./form.js";
import { icon } from "./icons.js";
import { model, on, takes, task } from "./state.js";
import { complain } from "./toast.js";
import { isChinese, t } from "./words.js";

export class StudioPromptExpander extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.added = [];
    this.button = h(
      "button.chip",
      {
        type: "button",
        title: t("ui.expand.title"),
        "data-act": "richer",
        onclick: () => this.enrich().catch(complain),
      },
      icon("other"),
      t("ui.expand"),
    );
    this.said = h("span.beside-said", { role: "status", "aria-live": "polite" });
    this.words = h("span.beside-words", { role: "group", "aria-label": t("ui.expand.added") });
    this.undo = h("button.link", {
      type: "button",
      "data-act": "undo",
      hidden: true,
      text: t("ui.undo"),
      onclick: () => this.back(),
    });
    this.replaceChildren(h("div.beside", {}, this.button, this.said, this.words, this.undo));
    this.forget = [on(`values:${this.taskId}`, () => this.draw()), on("tasks", () => this.draw())];
    this.draw();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  get form() {
    return values(this.taskId);
  }

  /** What the model reads: the English words where it knows no other and there are some. */
  get field() {
    const one = model(this.taskId, this.form.model);
    const english = one && !one.languages.includes("zh") && takes(one, "prompt_en") && isChinese(this.form.prompt);
    return english && (this.form.prompt_en ?? "").trim() ? "prompt_en" : "prompt";
  }

  async enrich() {
    const { field, form } = this;
    const before = form[field] ?? "";
    const { text, added } = await api.expandPrompt(this.taskId, form.model, before);
    if ((this.form[field] ?? "") !== before) return; // written on meanwhile
    this.asked = before;
    if (!added.length) {
      this.say(t("ui.expand.none"));
      return;
    }
    this.expanded = { field, text: before };
    this.added = added;
    this.say("");
    setValues(this.taskId, { [field]: text });
    this.draw();
  }

  back() {
    const { field, text } = this.expanded ?? {};
    this.added = [];
    if (field) setValues(this.taskId, { [field]: text });
    this.expanded = null;
    this.draw();
    this.button.focus();
  }

  /** One word out of the wish, with the comma before it. */
  out(word) {
    const { field } = this.expanded;
    const text = this.form[field] ?? "";
    const at = text.lastIndexOf(word);
    if (at >= 0)
      setValues(this.taskId, {
        [field]: (text.slice(0, at).replace(/[,，]\s*$/, "") + text.slice(at + word.length)).trim(),
      });
    this.added = this.added.filter((one) => one !== word);
    this.draw();
  }

  say(text) {
    say(this.said, text);
  }

  draw() {
    const one = model(this.taskId, this.form.model);
    if (!task(this.taskId) || !one) return;
    this.hidden = !takes(one, "prompt");
    this.button.disabled = !(this.form.prompt ?? "").trim();
    if ((this.form[this.field] ?? "") !== this.asked) this.say("");
    const text = this.expanded ? (this.form[this.expanded.field] ?? "") : "";
    const there = this.added.filter((word) => text.includes(word));
    this.undo.hidden = !there.length;
    this.words.replaceChildren(
      ...there.map((word) =>
        h(
          "button.chip.beside-word",
          { type: "button", "aria-label": t("ui.expand.out", { word }), onclick: () => this.out(word) },
          word,
          icon("close"),
        ),
      ),
    );
  }
}
