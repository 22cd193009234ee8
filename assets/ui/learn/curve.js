// Curves of a training as they grow, drawn by uPlot; the same numbers for those who do not see them.
// Knows points by step and names. Knows nothing of jobs.
import { h } from "../dom.js";
import { has, number, t } from "../words.js";

const COLOURS = ["var(--curve-1)", "var(--curve-2)", "var(--curve-3)", "var(--curve-4)"];

/** @type {Promise<any> | null} */
let library = null;

/** The library is fetched with the first curve. */
function plotter() {
  library ??= import(new URL("../vendor/uplot.js", import.meta.url).href).then((module) => module.default);
  return library;
}

export const named = (name) => (has(`ui.training.curve.${name}`) ? t(`ui.training.curve.${name}`) : name);

/** One chart of some of the values. */
export class Curve {
  /** @param {string} label of the whole chart, for those who hear it. */
  constructor(label) {
    this.label = label;
    this.place = h("div.curve", { role: "img", "aria-label": label });
    this.names = [];
    this.watcher = new ResizeObserver(() => this.fit());
    this.watcher.observe(this.place);
  }

  /**
   * Draws these names of these points; does nothing while there are none.
   * @param {Record<string, any>[]} points
   * @param {string[]} names
   */
  async draw(points, names) {
    if (!points.length || !names.length) return;
    const uPlot = await plotter();
    const data = [
      points.map((point) => point.step),
      ...names.map((name) => points.map((point) => point[name] ?? null)),
    ];
    if (this.plot && String(names) === String(this.names)) this.plot.setData(data);
    else {
      this.plot?.destroy();
      this.names = names;
      this.plot = new uPlot(this.options(names), data, this.place);
    }
    this.place.setAttribute("aria-label", `${this.label}: ${spoken(points, names)}`);
  }

  options(names) {
    const style = getComputedStyle(this.place);
    const colour = (text) => style.getPropertyValue(text.slice(4, -1)).trim() || "gray";
    const ink = colour("var(--ink-soft)");
    const axis = { stroke: ink, grid: { stroke: colour("var(--line)"), width: 1 }, ticks: { show: false }, size: 46 };
    return {
      width: this.place.clientWidth || 300,
      height: 190,
      scales: { x: { time: false } },
      axes: [{ ...axis, size: 30 }, axis],
      cursor: { drag: { x: true, y: false } },
      legend: { live: true },
      series: [
        { label: t("ui.training.step") },
        ...names.map((name, at) => ({
          label: named(name),
          stroke: colour(COLOURS[at % COLOURS.length]),
          width: 1.6,
          spanGaps: true,
          points: { show: false },
          value: (_, value) => (value === null || value === undefined ? "–" : number(value, 3)),
        })),
      ],
    };
  }

  fit() {
    if (this.plot && this.place.clientWidth) this.plot.setSize({ width: this.place.clientWidth, height: 190 });
  }
}

/** The newest value of each. */
function spoken(points, names) {
  const last = (name) => points.findLast((point) => point[name] !== undefined && point[name] !== null)?.[name];
  return names.map((name) => `${named(name)} ${number(last(name) ?? 0, 3)}`).join(", ");
}
