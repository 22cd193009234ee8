// A small sweep: one short training for each learning rate and width, and which of them did best, as a heat map.
// Each is a job as any other, one after another; what has ended stands in the map. Knows jobs and settings.
import * as api from "../api.js";
import { h } from "../dom.js";
import { setValues, values } from "../form.js";
import { requestOf } from "../requests.js";
import { store, stored } from "../state.js";
import { complain, toast } from "../toast.js";
import { number, t } from "../words.js";
import { lowest, readNumbers, shade } from "./runs-math.js";

const SECOND = 1000;
/** What the form of a training allows, at most; the server says where its task allows less. */
const RATES = { least: 0, most: 100 };
const WIDTHS = { least: 2, most: 512, whole: true };
const word = (name, values_) => t(`ui.sweep.${name}`, values_);

export class Sweep {
  /** @param {import("../types.js").Lesson} lesson */
  constructor(lesson) {
    this.lesson = lesson;
    this.kept = `sweep.${lesson.id}`;
    /** @type {Record<string, number | null>} what ended, by "rate width". */
    this.ended = stored(this.kept, {});
    this.busy = null;
    this.rates = this.field("rates", lesson.sweep.learning_rates);
    this.widths = this.field("widths", lesson.sweep.widths);
    this.go = h("button.action", { type: "button", onclick: () => (this.busy ? this.stop() : this.run()) });
    this.map = h("div");
    this.said = h("p.hand-said", { role: "status" });
    this.use = h("button.action", { type: "button", text: word("use"), onclick: () => this.useBest() });
    this.place = h(
      "div.sweep",
      {},
      h("p", { text: word("about", { steps: lesson.sweep.steps }) }),
      h("label.sweep-field", {}, h("span", { text: word("rates") }), this.rates),
      h("label.sweep-field", {}, h("span", { text: word("widths") }), this.widths),
      this.go,
      this.map,
      this.said,
      this.use,
    );
    this.draw();
  }

  /** A box for numbers, which this browser keeps. */
  field(name, usual) {
    const place = `${this.kept}.${name}`;
    const box = h("input", { type: "text", value: stored(place, usual.join(", ")) });
    box.addEventListener("input", () => {
      store(place, box.value);
      this.draw();
    });
    return box;
  }

  get cells() {
    const rates = readNumbers(this.rates.value, RATES).filter((rate) => rate > 0);
    const widths = readNumbers(this.widths.value, WIDTHS);
    return rates.map((rate) =>
      widths.map((width) => ({
        rate,
        width,
        value: this.ended[`${rate} ${width}`] ?? null,
        known: `${rate} ${width}` in this.ended,
      })),
    );
  }

  draw() {
    const rows = this.cells;
    const all = rows.flat();
    const left = all.filter((cell) => !cell.known).length;
    this.best = lowest(all);
    this.go.textContent = this.busy ? word("stop") : left ? word("go", { count: left }) : word("again");
    this.go.disabled = !all.length;
    this.use.hidden = !this.best;
    const told = this.best && { ...this.best, value: number(Number(this.best.value), 3) };
    this.said.textContent = told ? word("best", told) : word(all.length ? "nothing" : "empty");
    this.map.replaceChildren(...(all.length ? [this.table(rows, all)] : []));
  }

  table(rows, all) {
    const cell = (one) => {
      const running = this.busy?.rate === one.rate && this.busy?.width === one.width;
      const text = running ? "…" : !one.known ? "" : one.value === null ? "✕" : number(one.value, 3);
      const weight = one.value === null ? 0 : shade(one.value, all);
      return h("td", {
        text,
        style: `--weight: ${weight.toFixed(2)}`,
        "data-best": one === this.best || null,
        "aria-label": word("cell", { rate: one.rate, width: one.width, value: text || word("not_yet") }),
      });
    };
    return h(
      "table.sweep-map",
      {},
      h("caption", { text: word("map") }),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col", text: word("corner") }),
          rows[0].map((one) => h("th", { scope: "col", text: String(one.width) })),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) => h("tr", {}, h("th", { scope: "row", text: String(row[0].rate) }), row.map(cell))),
      ),
    );
  }

  /** Every cell that is not known yet, one after another; all anew where all are. */
  async run() {
    if (this.cells.flat().every((cell) => cell.known)) this.keep({});
    try {
      for (let next = this.next(); next; next = this.next()) {
        this.busy = next;
        this.draw();
        const value = await this.train(next);
        if (!this.busy) break;
        this.keep({ ...this.ended, [`${next.rate} ${next.width}`]: value });
      }
    } catch (error) {
      complain(error);
    }
    this.busy = null;
    this.draw();
  }

  next() {
    return this.cells.flat().find((cell) => !cell.known);
  }

  /** The validation of one short run; null where it diverged or failed. */
  async train({ rate, width }) {
    const changes = { learning_rate: rate, width, steps: this.lesson.sweep.steps, seconds: null, base: "", seed: 1 };
    const wish = requestOf(this.lesson.task, { ...values(this.lesson.task), ...changes });
    this.job = (await api.submit(wish)).id;
    let item = await api.job(this.job);
    while (!api.FINAL.has(item.status)) {
      await new Promise((settle) => setTimeout(settle, SECOND));
      item = await api.job(this.job);
    }
    const meta = item.outputs?.find((output) => output.kind === "model")?.meta;
    return meta && meta.ended !== "diverged" ? (meta.validation ?? null) : null;
  }

  stop() {
    this.busy = null;
    api.cancel(this.job).catch(complain);
    this.draw();
  }

  keep(ended) {
    this.ended = ended;
    store(this.kept, ended);
    this.draw();
  }

  useBest() {
    setValues(this.lesson.task, { learning_rate: this.best.rate, width: this.best.width });
    toast(word("used"), null, { stay: 2500 });
  }
}
