// <studio-poem-count data-task="text" data-most="12">: how many Chinese characters of the theme a poet reads.
import { HAN, StudioCount } from "../text/count.js";
import { takes } from "../state.js";
import { number, t } from "../words.js";

export class StudioPoemCount extends StudioCount {
  counts(one) {
    return takes(one, "form");
  }

  told(text) {
    const count = (text.match(HAN) ?? []).length;
    const limit = Number(this.dataset.most);
    this.line.dataset.over = String(count > limit);
    return t("text.count.poem", { count: number(count), limit: number(limit) });
  }
}
