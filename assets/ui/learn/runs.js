// Trainings of the visitor's own on one chart: which, and by which measure. Knows items, their curves and settings.
import * as api from "../api.js";
import { h, show } from "../dom.js";
import { addressOf } from "../output.js";
import { complain } from "../toast.js";
import { ago, number, t } from "../words.js";
import { curvesOf } from "./csv.js";
import { Curve, named } from "./curve.js";
import { choice } from "./fields.js";
import { different, shared, together } from "./runs-math.js";

const LISTED = 20;
const MOST = 6;
const word = (name, values) => t(`ui.runs.${name}`, values);

/** A part of a lesson's page that lists the runs of its task once it is opened. */
export class Runs {
  /** @param {string} taskId */
  constructor(taskId) {
    this.task = taskId;
    this.measure = "validation";
    /** @type {Map<string, any>} chosen items, each with its points. */
    this.chosen = new Map();
    this.list = h("ul.runs-list");
    this.none = h("p", { hidden: true, text: word("none") });
    this.measures = h("div");
    this.curve = new Curve(word("chart"));
    this.said = h("p.hand-said", { role: "status", text: word("choose") });
    this.place = h("div.runs", {}, this.none, this.list, this.said, this.measures, this.curve.place);
  }

  /** The newest runs, anew. */
  async load() {
    try {
      const { items } = await api.history({ task: this.task, limit: LISTED });
      const runs = items.filter((item) => curveOf(item));
      show(this.none, !runs.length);
      show(this.said, runs.length > 0);
      this.list.replaceChildren(...runs.map((item) => this.row(item)));
    } catch (error) {
      complain(error);
    }
  }

  row(item) {
    const meta = item.outputs.find((output) => output.kind === "model")?.meta ?? {};
    const told = [ago(item.created), meta.steps && word("steps", { count: number(meta.steps, 0) })];
    if (meta.validation !== undefined) told.push(`${named("validation")} ${number(meta.validation, 3)}`);
    const box = h("input", {
      type: "checkbox",
      checked: this.chosen.has(item.id),
      onchange: () => this.choose(item, box).catch(complain),
    });
    return h(
      "li",
      {},
      h(
        "label.lesson-toggle",
        {},
        box,
        h("span", {}, h("b", { text: item.title || item.id }), ` ${told.filter(Boolean).join(" · ")}`),
      ),
    );
  }

  async choose(item, box) {
    if (!box.checked) this.chosen.delete(item.id);
    else if (this.chosen.size >= MOST) box.checked = false;
    else this.chosen.set(item.id, { item, points: await curvesOf(addressOf(curveOf(item))) });
    await this.draw();
  }

  async draw() {
    const runs = [...this.chosen.values()];
    const apart = different(runs.map(({ item }) => settings(item)));
    const runs_ = runs.map(({ item, points }, at) => ({ name: nameOf(item, at, apart), points }));
    const known = shared(runs);
    if (!known.includes(this.measure)) this.measure = known[0] ?? "validation";
    const take = (measure) => {
      this.measure = measure;
      this.draw();
    };
    const options = known.map((one) => [one, named(one)]);
    this.measures.replaceChildren(...(known.length ? [choice(word("measure"), options, this.measure, take)] : []));
    show(this.curve.place, runs.length > 0);
    this.said.textContent = runs.length < 2 ? word("choose") : this.best(runs_);
    await this.curve.draw(
      together(runs_, this.measure),
      runs_.map(({ name }) => name),
    );
  }

  /** Where each of the runs ends up. */
  best(runs) {
    const last = ({ points }) => points.findLast((point) => point[this.measure] !== undefined)?.[this.measure];
    const ends = runs.map((run) => `${run.name}: ${number(last(run) ?? NaN, 3)}`);
    return word("ends", { measure: named(this.measure), list: ends.join("; ") });
  }
}

const curveOf = (item) => item.outputs?.find((output) => output.name === "curves.csv");
const settings = (item) => ({ ...item.params, seed: item.seed });

/** Its number, and what tells it from the others. */
function nameOf(item, at, apart) {
  const all = settings(item);
  const told = apart.slice(0, 3).map((name) => `${t(labelOf(item.task, name))} ${all[name] ?? word("own")}`);
  return [`${at + 1}`, ...told].join(" · ");
}

const labelOf = (taskId, name) => (name === "seed" ? "param.seed.label" : `${taskId}.${name}.label`);
