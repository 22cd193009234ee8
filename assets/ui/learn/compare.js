// <lesson-compare>: three methods on the same digits for the same seconds: measures as a table and as bars, and what
// each drew. The measures were taken by aigc_demo/training/lesson_pictures.py; knows how they are shown.
import { h } from "../dom.js";
import { number, t } from "../words.js";
import { LessonElement } from "./element.js";
import { choice } from "./fields.js";
import { best } from "./compare-math.js";
import { addressOf, numbers } from "./picture.js";

const word = (name, values) => t(`lesson.compare.${name}`, values);
const MEASURES = ["recognised", "frechet", "variety", "pictures_per_second", "steps", "parameters"];
const FORMATS = {
  recognised: (value) => `${number(value * 100, 1)} %`,
  frechet: (value) => number(value, 1),
  variety: (value) => `${number(value * 100, 0)} %`,
};
const shown = (name, value) => (FORMATS[name] ?? ((one) => number(one, 0)))(value);

class LessonCompare extends LessonElement {
  file = null;

  get usual() {
    return { by: "recognised" };
  }

  async draw() {
    try {
      this.file = await numbers("compare.json");
    } catch {
      this.replaceChildren(h("p", { role: "alert", text: word("not_loaded") }));
      return;
    }
    this.bars = h("div");
    const options = ["recognised", "frechet", "variety", "pictures_per_second"].map((one) => [
      one,
      word(`measure.${one}`),
    ]);
    this.replaceChildren(
      h("section", {}, h("h3", { text: word("measured", { seconds: this.file.seconds }) }), this.table()),
      h(
        "section",
        {},
        choice(word("by"), options, this.all.by, (by) => this.keep({ by })),
        this.bars,
      ),
      h("section", {}, h("h3", { text: word("drawn") }), this.drawn()),
    );
    this.redraw();
  }

  table() {
    const { rows } = this.file;
    return h(
      "table.compare-table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("td"),
          rows.map((row) => h("th", { scope: "col", text: word(`method.${row.method}`) })),
        ),
      ),
      h(
        "tbody",
        {},
        MEASURES.map((name) =>
          h(
            "tr",
            {},
            h("th", { scope: "row", text: word(`measure.${name}`) }),
            rows.map((row) => h("td", { text: shown(name, row[name]) })),
          ),
        ),
      ),
    );
  }

  redraw() {
    if (!this.file) return;
    const name = MEASURES.includes(this.all.by) ? this.all.by : "recognised";
    const { rows } = this.file;
    const most = Math.max(...rows.map((row) => row[name]));
    const first = best(rows, name);
    this.bars.replaceChildren(
      h(
        "ul.compare-bars",
        { "aria-hidden": "true" },
        rows.map((row) =>
          h(
            "li",
            {},
            h("span", { text: word(`method.${row.method}`) }),
            h("i", { style: `--share: ${((100 * row[name]) / most).toFixed(1)}%`, "data-best": row === first || null }),
            h("span", { text: shown(name, row[name]) }),
          ),
        ),
      ),
      h("p.hand-said", {
        role: "status",
        text: word("best", {
          measure: word(`measure.${name}`),
          method: word(`method.${first.method}`),
          value: shown(name, first[name]),
        }),
      }),
      h("p", { text: word(`means.${name}`) }),
    );
  }

  drawn() {
    const figure = ({ method }) =>
      h(
        "figure",
        {},
        h("img", {
          src: addressOf(`compare-${method}.webp`),
          alt: word("grid", { method: word(`method.${method}`) }),
          loading: "lazy",
          width: 256,
          height: 256,
        }),
        h("figcaption", { text: word(`method.${method}`) }),
      );
    return h("div.compare-grids", {}, this.file.rows.map(figure));
  }
}

customElements.define("lesson-compare", LessonCompare);
