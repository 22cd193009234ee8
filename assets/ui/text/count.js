// <studio-count data-task="text">: how much stands in the box, and how much may. Knows the limits it is given.
import { h, say } from "../dom.js";
import { values } from "../form.js";
import { model, on } from "../state.js";
import { isChinese, number, t } from "../words.js";

const POETS = new Set(["shigpt", "debug-poem", "debug-poem-slow"]);
const HAN = /[\u3400-\u9fff\uf900-\ufaff]/g;

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

  draw() {
    const { prompt = "", model: chosen } = values(this.dataset.task);
    const text = prompt ?? "";
    const han = (text.match(HAN) ?? []).length;
    const poet = POETS.has(chosen);
    const [count, most] = poet ? [han, Number(this.dataset.title)] : [[...text].length, Number(this.dataset.most)];
    const about = model(this.dataset.task, chosen)?.languages.includes("zh") ? 1 : 2.2;
    this.line.dataset.over = String(count > most);
    if (!text) say(this.line, "");
    else if (poet) say(this.line, t("text.count.poem", { count: number(count), limit: number(most) }));
    else
      say(
        this.line,
        t("text.count", {
          count: number(count),
          limit: number(most),
          tokens: number(Math.max(1, Math.round(tokens(text, han, about)))),
        }),
      );
  }
}

/** About how many tokens a text is: words, marks and Chinese characters each count a little differently. */
function tokens(text, han, each) {
  const rest = isChinese(text) ? text.replace(HAN, " ") : text;
  const words = (rest.match(/[\p{L}\p{N}]+/gu) ?? []).reduce((sum, word) => sum + Math.max(1, word.length / 5), 0);
  const marks = (rest.match(/[^\p{L}\p{N}\s]/gu) ?? []).length;
  return han * each + words + marks;
}
