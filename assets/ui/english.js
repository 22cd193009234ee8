// <studio-english data-task="image">: puts a Chinese wish into English for a model that reads no Chinese, by a model of
// this server that translates. The English stands in its field, to be read and changed, and is stored with the wish.
import * as api from "./api.js";
import { h, say } from "./dom.js";
import { setValues, values } from "./form.js";
import { icon } from "./icons.js";
import { model, on, takes, task } from "./state.js";
import { complain } from "./toast.js";
import { isChinese, megabytes, t } from "./words.js";

const LONGEST = 2000; // what the field takes

export class StudioEnglish extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.label = h("span");
    this.button = h(
      "button.chip",
      {
        type: "button",
        "data-act": "translate",
        onclick: () =>
          this.ask().catch((error) => {
            this.rest();
            complain(error);
          }),
      },
      icon("other"),
      this.label,
    );
    this.said = h("span.beside-said", { role: "status", "aria-live": "polite" });
    this.replaceChildren(h("div.beside", {}, this.button, this.said));
    this.forget = [on(`values:${this.taskId}`, () => this.draw()), on("tasks", () => this.draw())];
    this.draw();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
    this.stop?.();
  }

  get form() {
    return values(this.taskId);
  }

  /** The model to ask: one that is here, else the smallest to fetch; a test model serves test models only. */
  get translator() {
    const test = !!model(this.taskId, this.form.model)?.debug;
    const able = (task("text")?.models ?? []).filter((one) => one.translates && !one.unfit);
    const right = able.filter((one) => one.debug === test);
    return (
      (right.length ? right : able).sort(
        (a, b) => Number(b.installed) - Number(a.installed) || a.download_mb - b.download_mb,
      )[0] ?? null
    );
  }

  draw() {
    const one = model(this.taskId, this.form.model);
    if (!task(this.taskId) || !one) return;
    this.hidden = !isChinese(this.form.prompt) || one.languages.includes("zh") || !takes(one, "prompt_en");
    if (this.hidden) return;
    const { translator } = this;
    this.button.hidden = !translator;
    this.button.disabled = !!this.stop;
    if (!translator) {
      say(this.said, t("ui.english.none"));
      return;
    }
    const { name, installed, download_mb: size } = translator;
    say(
      this.label,
      installed ? t("ui.english", { name }) : t("ui.english.fetch", { name, size: megabytes(size * 1e6) }),
    );
    if (!this.stop)
      say(
        this.said,
        this.made && this.form.prompt_en === this.made.text && this.form.prompt === this.made.of
          ? t("ui.english.done", { name: this.made.name })
          : "",
      );
  }

  async ask() {
    const { translator } = this;
    const of = this.form.prompt;
    this.stop = () => {};
    this.button.disabled = true;
    say(this.said, t("ui.english.running"));
    const job = await api.translate(of, translator.id);
    this.stop = api.watch(job.id, (name, item) => this.hear(name, item, of, translator.name));
  }

  hear(name, item, of, by) {
    if (!["finished", "failed", "cancelled", "gone"].includes(name)) return;
    this.rest();
    const text = name === "finished" ? (item.outputs?.[0]?.text ?? "").trim().slice(0, LONGEST) : "";
    if (!text) {
      if (item?.error) complain(item.error);
      this.draw();
      return;
    }
    this.made = { text, of, name: by };
    setValues(this.taskId, { prompt_en: text });
    this.draw();
  }

  rest() {
    this.stop = null;
    this.button.disabled = false;
    say(this.said, "");
  }
}
