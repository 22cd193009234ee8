// <lesson-losses>: cross-entropy and mean squared error over a few numbers that can be edited, every term shown; below
// it claims that are right or wrong. Draws only; the numbers come from losses-math.js.
import { h } from "../dom.js";
import { number, t } from "../words.js";
import { LessonElement } from "./element.js";
import { choice, numberField } from "./fields.js";
import { claims } from "./losses-claims.js";
import { crossEntropy, meanSquaredError, readRow } from "./losses-math.js";

const word = (name, values) => t(`lesson.losses.${name}`, values);
const MOST = 6;
const shown = (value) => (value === Infinity ? "∞" : number(value, 5));
const sum = (row) => row.reduce((total, one) => total + one, 0);

class LessonLosses extends LessonElement {
  claimed = null;

  get usual() {
    return { p: "1,0", q: "0.8,0.2", base: "e", x: "1,2,3", y: "0.8,1.9,3.1" };
  }

  /** Two rows of one length; as usual where the address holds something else. */
  pair(one, other, least, most) {
    const rows = [one, other].map((name) => readRow(this.all[name], least, most));
    const good = rows[0] && rows[1]?.length === rows[0].length;
    return good ? rows : [one, other].map((name) => readRow(this.usual[name], least, most));
  }

  draw() {
    this.entropy = h("div");
    this.squares = h("div");
    this.replaceChildren(
      h(
        "section",
        {},
        h("h3", { text: word("entropy") }),
        h("div.losses-pair", {}, this.entropyFields(), this.entropy),
      ),
      h(
        "section",
        {},
        h("h3", { text: word("squared") }),
        h("div.losses-pair", {}, this.squaresFields(), this.squares),
      ),
      (this.claimed ??= claims(word)),
    );
    this.redraw();
  }

  entropyFields() {
    const base = choice(
      word("base"),
      [
        ["e", word("base.e")],
        ["2", word("base.2")],
      ],
      this.all.base,
      (value) => this.keep({ base: value }),
    );
    return h("div", {}, this.fields("p", "q", 0, 1, "class"), base);
  }

  squaresFields() {
    return this.fields("x", "y", -99, 99, "example");
  }

  /** Two columns of numbers, a row for each class or example, and buttons for one more or one less. */
  fields(one, other, least, most, kind) {
    const rows = this.pair(one, other, least, most);
    const set = (column, at) => (value) => {
      const next = this.pair(one, other, least, most).map((row) => [...row]);
      next[column][at] = value;
      this.keep({ [one]: next[0].join(","), [other]: next[1].join(",") });
    };
    const resize = (next) => {
      this.keep({ [one]: next[0].join(","), [other]: next[1].join(",") });
      this.draw();
    };
    const count = rows[0].length;
    const cell = (column, at) =>
      numberField({
        value: rows[column][at],
        label: word("cell", { column: word(column ? other : one), row: word(kind, { n: at + 1 }) }),
        set: set(column, at),
        least,
        most,
      });
    const button = (text, enabled, act) => h("button.chip", { type: "button", text, disabled: !enabled, onclick: act });
    return h(
      "div",
      {},
      h(
        "table.losses-fields",
        {},
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("td"),
            h("th", { scope: "col", text: word(one) }),
            h("th", { scope: "col", text: word(other) }),
          ),
        ),
        h(
          "tbody",
          {},
          rows[0].map((_, at) =>
            h(
              "tr",
              {},
              h("th", { scope: "row", text: word(kind, { n: at + 1 }) }),
              h("td", {}, cell(0, at)),
              h("td", {}, cell(1, at)),
            ),
          ),
        ),
      ),
      h(
        "div.chips",
        {},
        button(word("more"), count < MOST, () => resize(rows.map((row) => [...row, 0]))),
        button(word("fewer"), count > 2, () => resize(rows.map((row) => row.slice(0, -1)))),
      ),
    );
  }

  redraw() {
    this.entropy.replaceChildren(...this.entropyShown());
    this.squares.replaceChildren(...this.squaresShown());
  }

  entropyShown() {
    const [truth, said] = this.pair("p", "q", 0, 1);
    const two = this.all.base === "2";
    const { terms, total } = crossEntropy(truth, said, two ? 2 : Math.E);
    const log = two ? "log₂" : "ln";
    const lines = terms.map((term, at) => `−${number(truth[at], 4)} × ${log} ${number(said[at], 4)} = ${shown(term)}`);
    const off = [truth, said].map(sum).some((one) => Math.abs(one - 1) > 0.005);
    return [
      listed(lines),
      h("p.hand-said", {
        role: "status",
        text: word("entropy_said", { total: shown(total), unit: word(two ? "bits" : "nats") }),
      }),
      off ? h("p.losses-note", { text: word("not_one", { p: number(sum(truth), 3), q: number(sum(said), 3) }) }) : "",
    ];
  }

  squaresShown() {
    const [truth, said] = this.pair("x", "y", -99, 99);
    const { terms, total } = meanSquaredError(truth, said);
    const lines = terms.map(
      (term, at) =>
        `(${number(truth[at], 4)} − ${bracketed(said[at])})² = ${bracketed(truth[at] - said[at])}² = ${shown(term)}`,
    );
    const all = `(${terms.map(shown).join(" + ")}) ÷ ${terms.length} = ${shown(total)}`;
    return [
      listed([...lines, all]),
      h("p.hand-said", {
        role: "status",
        text: word("squared_said", { total: shown(total), root: shown(Math.sqrt(total)) }),
      }),
    ];
  }
}

const bracketed = (value) => (value < 0 ? `(${number(value, 4)})` : number(value, 4));

const listed = (lines) =>
  h(
    "ul.losses-lines",
    {},
    lines.map((text) => h("li", { text })),
  );

customElements.define("lesson-losses", LessonLosses);
