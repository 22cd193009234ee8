// <studio-count data-task="text" data-most="20000">: how much stands in the box, and how much may.
import { h, say } from "../dom.js";
import { values } from "../form.js";
import { model, on, promptField, takes } from "../state.js";
import { isChinese, number, t } from "../words.js";

export const HAN = /[\u3400-\u9fff\uf900-\ufaff]/g;

export class StudioCount extends HTMLElement {
  connectedCallback() {
    this.line = h("p.count");
    this.replaceChildren(this.line);
    this.forget = [on(`values:${this.dataset.task}`, () => this.draw()), on("tasks", () => this.draw())];
    this.draw();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  /** Whether the model reads what is counted here. */
  counts(one) {
    return takes(one, "max_new_tokens");
  }

  draw() {
    const form = values(this.dataset.task);
    const one = model(this.dataset.task, form.model);
    const text = form[promptField(this.dataset.task)?.name] ?? "";
    this.toggleAttribute("data-idle", !one || !this.counts(one));
    say(this.line, text && this.counts(one) ? this.told(text, one) : "");
  }

  told(text, one) {
    const count = [...text].length;
    const limit = Number(this.dataset.most);
    const han = (text.match(HAN) ?? []).length;
    this.line.dataset.over = String(count > limit);
    const about = tokens(text, han, one?.languages.includes("zh") ? 1 : 2.2);
    return t("text.count", {
      count: number(count),
      limit: number(limit),
      tokens: number(Math.max(1, Math.round(about))),
    });
  }
}

/** About how many tokens a text is: words, marks and Chinese characters each count a little differently. */
function tokens(text, han, each) {
  const rest = isChinese(text) ? text.replace(HAN, " ") : text;
  const words = (rest.match(/[\p{L}\p{N}]+/gu) ?? []).reduce((sum, word) => sum + Math.max(1, word.length / 5), 0);
  const marks = (rest.match(/[^\p{L}\p{N}\s]/gu) ?? []).length;
  return han * each + words + marks;
}
