// <lesson-attention>: attention by hand over four tokens whose vectors can be edited, every number on the way; below it
// the same numbers out of ShiGPT. Draws only; the numbers come from attention-math.js and from a file that
// aigc_demo/training/shigpt_attention.py has computed.
import { h, say } from "../dom.js";
import { number, t } from "../words.js";
import { attention, readTable, writeTable } from "./attention-math.js";
import { drawModel } from "./attention-model.js";
import { LessonElement } from "./element.js";
import { choice, numberField, toggle } from "./fields.js";

const word = (name, values) => t(`lesson.attention.${name}`, values);
const tokens = () => [1, 2, 3, 4].map((one) => word(`token.${one}`));
const shown = (value) => (value === -Infinity ? "−∞" : number(value, 3));
const vector = (values) => `(${values.map((one) => number(one, 3)).join(", ")})`;

class LessonAttention extends LessonElement {
  get usual() {
    return {
      q: "1,0;0,2;1,1;2,-1",
      k: "1,0;0,2;2,1;1,-1",
      v: "1,0;0,1;3,1;-1,2",
      row: "3",
      scale: "on",
      mask: "off",
      layer: "4",
      head: "3",
      at: "33",
    };
  }

  get tables() {
    const read = (name) => readTable(this.all[name], readTable(this.usual[name], TABLE));
    return { q: read("q"), k: read("k"), v: read("v") };
  }

  draw() {
    this.result = h("div.hand-steps");
    this.model = h("section.hand-model");
    this.replaceChildren(
      h("section.hand", {}, h("h3", { text: word("by_hand") }), this.vectors(), this.choices(), this.result),
      this.model,
    );
    this.redraw();
  }

  vectors() {
    const names = ["q", "k", "v"];
    const cell = (name, row, place) =>
      numberField({
        value: this.tables[name][row][place],
        label: word("cell", { kind: word(name), token: tokens()[row], place: place + 1 }),
        set: (value) => {
          const rows = this.tables[name].map((one) => [...one]);
          rows[row][place] = value;
          this.keep({ [name]: writeTable(rows) });
        },
      });
    return h(
      "table.hand-table",
      {},
      h("caption", { text: word("vectors") }),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("td"),
          names.map((name) => h("th", { scope: "colgroup", colspan: 2, text: word(name) })),
        ),
      ),
      h(
        "tbody",
        {},
        tokens().map((token, row) =>
          h(
            "tr",
            {},
            h("th", { scope: "row", text: token }),
            names.flatMap((name) => [0, 1].map((place) => h("td", {}, cell(name, row, place)))),
          ),
        ),
      ),
    );
  }

  choices() {
    const { row, scale, mask } = this.all;
    const pick = (value) => this.keep({ row: value });
    return h(
      "div.hand-choices",
      {},
      choice(
        word("asks"),
        tokens().map((token, at) => [String(at + 1), token]),
        row,
        pick,
      ),
      toggle(word("scale"), scale !== "off", (on) => this.keep({ scale: on ? "on" : "off" })),
      toggle(word("mask"), mask === "on", (on) => this.keep({ mask: on ? "on" : "off" })),
    );
  }

  redraw() {
    const { q, k, v } = this.tables;
    const found = attention(q, k, v, { scaled: this.all.scale !== "off", causal: this.all.mask === "on" });
    const row = Math.min(4, Math.max(1, Math.trunc(Number(this.all.row)) || 1)) - 1;
    this.result.replaceChildren(this.steps(found, row, { q, k, v }), this.whole(found, row));
    drawModel(this.model, this.all, (changes) => this.keep(changes));
  }

  /** One token's way, line by line. */
  steps(found, row, { q, k, v }) {
    const names = tokens();
    const terms = (key) => q[row].map((one, i) => `${signed(one)} × ${signed(key[i])}`).join(" + ");
    const products = k.map((key, at) => `${names[at]}: ${terms(key)} = ${shown(found.products[row][at])}`);
    const scores = found.scores[row].map((one, at) => `${names[at]}: ${shown(one)}`);
    const weights = found.weights[row].map((one, at) => `${names[at]}: ${shown(one)}`);
    const sum = found.weights[row].map((one, at) => `${shown(one)} × ${vector(v[at])}`).join(" + ");
    const most = found.weights[row].indexOf(Math.max(...found.weights[row]));
    const told = h("p.hand-said", { role: "status" });
    say(
      told,
      word("said", {
        token: names[row],
        most: names[most],
        share: number(found.weights[row][most] * 100, 0),
        result: vector(found.mixed[row]),
      }),
    );
    const step = (name, lines, values = {}) =>
      h(
        "li",
        {},
        h("b", { text: word(name, values) }),
        h(
          "ul",
          {},
          lines.map((line) => h("li", { text: line })),
        ),
      );
    return h(
      "div",
      {},
      h(
        "ol.hand-list",
        {},
        step("step.scores", products, { token: names[row] }),
        step(this.all.scale === "off" ? "step.unscaled" : "step.root", scores, { root: number(found.root, 3) }),
        step("step.softmax", weights),
        step("step.sum", [`${sum} = ${vector(found.mixed[row])}`]),
      ),
      told,
    );
  }

  /** The weights of all four. */
  whole(found, row) {
    const names = tokens();
    return h(
      "table.hand-weights",
      {},
      h("caption", { text: word("whole") }),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col", text: word("looks") }),
          names.map((name) => h("th", { scope: "col", text: name })),
        ),
      ),
      h(
        "tbody",
        {},
        found.weights.map((weights, at) =>
          h(
            "tr",
            { "data-current": at === row || null },
            h("th", { scope: "row", text: names[at] }),
            weights.map((one) => h("td", { style: `--weight: ${one.toFixed(3)}`, text: number(one, 2) })),
          ),
        ),
      ),
    );
  }
}

/** The shape of a table, where even the usual one cannot be read. */
const TABLE = [0, 1, 2, 3].map(() => [0, 0]);
const signed = (value) => (value < 0 ? `(${number(value, 3)})` : number(value, 3));

customElements.define("lesson-attention", LessonAttention);
