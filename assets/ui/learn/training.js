// <studio-training>: one training as it goes and what is left of it: the samples, the curves, and what it can be told.
// Every task of Learn that trains is drawn so. Knows a job's events and files by the names that all trainings use.
import * as api from "../api.js";
import { h, say, show } from "../dom.js";
import { icon } from "../icons.js";
import { addressOf, drawAs } from "../output.js";
import { allTasks, following, learned, task } from "../state.js";
import { complain } from "../toast.js";
import { number, t } from "../words.js";
import { canTune, further, tuneOn, useIn } from "./after.js";
import { Curve, named } from "./curve.js";
import { curvesOf } from "./csv.js";
import { foundIn } from "./report.js";

/** @import { Item } from "../types.js" */

const MORE_STEPS = 300;
/** Between nought and one: drawn apart from what has no upper end. */
const WAYS = ["judged_real", "judged_drawn", "accuracy", "accuracy_plain", "agreement", "rewarded", "distinct", "same"];
const SHARES = new Set(["recognised", "variety", "f1", ...WAYS]);
const MEASURES = new Set(["validation", "trigram", "untuned", "frechet", ...SHARES]);
/** Which curves stand together: losses, measures, and those shares whose way is the point. */
const losses = (name) => !MEASURES.has(name);
const CHARTS = [losses, (name) => MEASURES.has(name) && !SHARES.has(name), (name) => WAYS.includes(name)];

class StudioTraining extends HTMLElement {
  connectedCallback() {
    if (this.samples) return;
    this.samples = h("img.training-samples", { alt: t("ui.training.samples"), hidden: true, decoding: "async" });
    this.nearest = h("img.training-samples", { alt: t("ui.training.nearest"), hidden: true, decoding: "async" });
    this.texts = h("pre.training-texts", { tabindex: "0", "aria-label": t("ui.training.texts"), hidden: true });
    this.numbers = h("dl.training-numbers");
    this.note = h("p.training-note", { role: "status" });
    this.charts = CHARTS.map(() => new Curve(t("ui.training.curves")));
    this.controls = h("div.training-controls", { role: "group", "aria-label": t("ui.training") });
    this.rate = h("input", { type: "number", step: "any", min: "0", max: "100", "aria-label": t("ui.training.rate") });
    this.rows = h("tbody");
    this.report = h("div.training-report");
    this.table = h(
      "details.training-table",
      { ontoggle: () => this.tell() },
      h("summary", {}, icon("chevron"), t("ui.training.table")),
      h("div", {}, h("table", {}, (this.columns = h("thead")), this.rows)),
    );
    this.replaceChildren(
      this.controls,
      this.note,
      h(
        "div.training",
        {},
        h("div.training-seen", {}, this.samples, this.texts, this.numbers, this.nearest),
        h(
          "div.training-curves",
          {},
          this.charts.map((chart) => chart.place),
        ),
      ),
      this.report,
      this.table,
    );
  }

  /** @param {Item} item */
  update(item) {
    const live = following(item.id);
    this.item = item;
    this.training = live?.training ?? this.training ?? null;
    if (!live && item.outputs?.length) this.finished(item);
    const told = this.training;
    if (told?.samples?.url) this.picture(told.samples.url);
    if (told?.samples?.text) this.text(told.samples.text);
    this.points = told?.points ?? this.points ?? [];
    this.draw();
    this.drawNote(item, told);
    this.drawControls(item, told);
  }

  finished(item) {
    const grid = item.outputs.find((output) => output.kind === "image");
    if (grid) this.picture(addressOf(grid));
    const near = item.outputs.find((output) => output.name === "nearest.png");
    if (near) this.nearest.setAttribute("src", addressOf(near));
    show(this.nearest, !!near);
    const texts = item.outputs.find((output) => output.kind === "text");
    if (texts?.text) this.text(texts.text);
    if (this.reported !== item.id) {
      this.reported = item.id;
      foundIn(item).then((nodes) => this.report.replaceChildren(...nodes), complain);
    }
    const curves = item.outputs.find((output) => output.name === "curves.csv");
    if (curves && this.loaded !== item.id) {
      this.loaded = item.id;
      curvesOf(addressOf(curves)).then((points) => {
        this.points = points;
        this.draw();
      }, complain);
    }
  }

  picture(url) {
    if (this.samples.getAttribute("src") !== url) this.samples.setAttribute("src", url);
    show(this.samples, true);
  }

  text(words) {
    this.texts.textContent = words;
    show(this.texts, true);
  }

  draw() {
    const names = [...new Set(this.points.flatMap((point) => Object.keys(point)))].filter((name) => name !== "step");
    const shown = names.filter((name) => name !== "frechet" || !names.includes("validation"));
    this.charts.forEach((chart, at) => chart.draw(this.points, shown.filter(CHARTS[at])));
    const last = (name) => this.points.findLast((point) => point[name] !== undefined && point[name] !== null)?.[name];
    const told = this.training;
    const entries = [
      [t("ui.training.step"), told?.step ?? last("step")],
      ...shown.map((name) => [named(name), last(name), SHARES.has(name)]),
    ].filter(([, value]) => value !== undefined);
    this.numbers.replaceChildren(
      ...entries.map(([name, value, share]) =>
        h(
          "div",
          {},
          h("dt", { text: name }),
          h("dd", { text: share ? `${number(100 * value, 1)} %` : number(value, 3) }),
        ),
      ),
    );
    this.columnsOf = ["step", ...names];
    this.tell();
  }

  /** The table is filled while it is open. */
  tell() {
    if (!this.table.open || !this.columnsOf) return;
    const head = this.columnsOf.map((name) => h("th", { text: name === "step" ? t("ui.training.step") : named(name) }));
    this.columns.replaceChildren(h("tr", {}, head));
    this.rows.replaceChildren(
      ...this.points.slice(-200).map((point) =>
        h(
          "tr",
          {},
          this.columnsOf.map((name) => h("td", { text: point[name] == null ? "" : number(point[name], 3) })),
        ),
      ),
    );
  }

  drawNote(item, told) {
    const model = item.outputs?.find((output) => output.kind === "model");
    const waited = told?.patience?.[0];
    const words = item.paused
      ? t("ui.training.paused", { step: told?.step ?? "" })
      : model?.meta?.ended
        ? t(`ui.training.ended.${model.meta.ended}`)
        : waited
          ? t("ui.training.patience", { waited, patience: told.patience[1] })
          : "";
    say(this.note, words);
    this.note.dataset.ended = model?.meta?.ended ?? "";
    show(this.note, !!words);
  }

  drawControls(item, told) {
    const key = [item.status, item.paused, item.outputs?.length, !!told].join();
    if (key === this.controls.dataset.key) return;
    this.controls.dataset.key = key;
    const nodes = item.paused
      ? [this.button("ui.training.continue", "again", { action: "continue" })]
      : item.status === "running"
        ? this.runningControls(told)
        : this.finishedControls(item);
    this.controls.replaceChildren(...nodes);
    show(this.controls, !!nodes.length);
  }

  runningControls(told) {
    this.rate.value = String(told?.learning_rate ?? "");
    const set = () => this.control({ action: "adjust", learning_rate: Number(this.rate.value) });
    return [
      this.button("ui.training.pause", "pause", { action: "pause" }),
      this.button("ui.training.finish", "stop", { action: "finish" }),
      this.button("ui.training.more", "continue", { action: "adjust", more_steps: MORE_STEPS }),
      h(
        "form.training-rate",
        {
          onsubmit: (event) => {
            event.preventDefault();
            set();
          },
        },
        h("label", {}, h("span", { text: t("ui.training.rate") }), this.rate),
        h("button.action", { text: t("ui.training.set") }),
      ),
    ];
  }

  finishedControls(item) {
    const model = item.outputs?.find((output) => output.kind === "model");
    const state = item.outputs?.find((output) => output.name === "state.safetensors");
    const serves = task(item.task)?.trains_for ?? [];
    const user = model?.meta.for ?? serves[0];
    const users = model ? allTasks().filter((one) => one.trained.length && one.id === user) : [];
    return [
      ...users.map((one) =>
        plain(t("ui.training.use", { name: t(one.tab) }), "send", () => useIn(one.id, `mine:${item.id}`)),
      ),
      state && plain(t("ui.training.more"), "continue", () => further(item, state, MORE_STEPS)),
      state && canTune(item) && plain(t("ui.training.tune"), "continue", () => tuneOn(item, state)),
    ].filter(Boolean);
  }

  button(key, sign, told) {
    const node = plain(t(key), sign, () => this.control(told));
    node.dataset.control = told.action;
    return node;
  }

  async control(told) {
    try {
      await api.control(this.item.id, told);
    } catch (error) {
      complain(error);
    }
  }
}

const plain = (text, sign, act) =>
  h("button.action", { type: "button", onclick: act }, icon(sign), h("span", { text }));

function draw(item, _partial, shown) {
  if (item.status === "refused" || (item.status === "failed" && !item.outputs?.length)) return null;
  const told = following(item.id)?.training;
  if (!told && !item.outputs?.length && !item.paused) return null;
  const known = shown.find((node) => node instanceof StudioTraining && node.dataset.id === item.id);
  const node = /** @type {StudioTraining} */ (
    known ?? h(/** @type {any} */ ("studio-training"), { "data-id": item.id })
  );
  if (!known) node.connectedCallback();
  node.update(item);
  return [node];
}

customElements.define("studio-training", StudioTraining);

learned.then(() => {
  for (const one of allTasks()) if (one.produces === "model") drawAs(one.id, { draw });
});
