// Attention over the very tokens: of the chosen one, what it looked at, by layer and head or all together.
import { h } from "../dom.js";
import { t } from "../words.js";
import { heatOf, pieces, unpacked, visible } from "./pieces.js";

const CELL = 14;

export async function attention(data) {
  return new Attention(data, (await unpacked(data.looks)).numbers).nodes;
}

class Attention {
  constructor(data, numbers) {
    this.data = data;
    this.numbers = numbers;
    this.first = data.asked; // the column of the first token that was written
    const columns = data.columns ?? [...Array(data.asked).fill("·"), ...data.rows];
    this.columns = columns.length;
    const all = [...columns.slice(0, data.asked), ...data.rows].map((text, at) => ({
      text,
      label: visible(text),
      quiet: at < data.asked,
    }));
    this.row = pieces(all, (at) => this.choose(at), t("inside.attention.title"));
    this.layer = this.choice("inside.attention.layer", data.layers);
    this.head = this.choice("inside.attention.head", data.heads);
    this.sink = h("input", { type: "checkbox", checked: true });
    this.sink.addEventListener("change", () => this.draw());
    this.map = h("canvas.attention-map", {
      width: data.layers * CELL,
      height: data.heads * CELL,
      "aria-hidden": "true",
      title: t("inside.attention.map"),
    });
    this.map.addEventListener("click", (event) => this.point(event));
    this.at = 0;
    this.row.press(Math.min(all.length - 1, this.first + Math.floor(data.rows.length / 2)));
  }

  get nodes() {
    const bar = h(
      "div.attention-bar",
      {},
      this.layer.label,
      this.head.label,
      h("label.switch", {}, this.sink, h("span", { text: t("inside.attention.sink") })),
    );
    const map = h("figure.attention-heads", {}, this.map, h("figcaption", { text: t("inside.attention.map") }));
    return [bar, this.row.node, map];
  }

  choice(key, count) {
    const select = h(
      "select",
      {},
      h("option", { value: "", text: t("inside.attention.all") }),
      Array.from({ length: count }, (_, at) => h("option", { value: at, text: String(at + 1) })),
    );
    select.addEventListener("change", () => this.draw());
    return { select, label: h("label", {}, h("span", { text: t(key) }), select) };
  }

  /** Only what was written looked at anything: of what was asked the first written one is shown. */
  choose(at) {
    this.at = Math.max(0, Math.min(this.data.rows.length - 1, at - this.first));
    this.draw();
  }

  /** What one head looked at from the chosen token. */
  seen(layer, head) {
    const from = ((layer * this.data.heads + head) * this.data.rows.length + this.at) * this.columns;
    return this.numbers.subarray(from, from + this.columns);
  }

  draw() {
    if (!this.map) return;
    const chosen = (one, count) => (one.select.value === "" ? [...Array(count).keys()] : [Number(one.select.value)]);
    const layers = chosen(this.layer, this.data.layers);
    const heads = chosen(this.head, this.data.heads);
    const sum = new Float32Array(this.columns);
    for (const layer of layers) for (const head of heads) this.seen(layer, head).forEach((v, at) => (sum[at] += v));
    if (this.sink.checked) sum[0] = 0;
    const total = sum.reduce((one, other) => one + other, 0) || 1;
    for (const [at, button] of this.row.buttons.entries())
      button.style.setProperty("--heat", `${Math.round(heatOf((sum[at] ?? 0) / total))}%`);
    requestAnimationFrame(() => this.drawMap(layers, heads)); // its colour is known once it is in the page
  }

  /** One cell for each head: how much of its look goes to something else than the first token. */
  drawMap(layers, heads) {
    const pen = this.map.getContext("2d");
    const ink = getComputedStyle(this.map).color;
    pen.clearRect(0, 0, this.map.width, this.map.height);
    for (let layer = 0; layer < this.data.layers; layer++)
      for (let head = 0; head < this.data.heads; head++) {
        pen.globalAlpha = 0.06 + 0.94 * (1 - this.seen(layer, head)[0] / 255);
        pen.fillStyle = ink;
        pen.fillRect(layer * CELL + 1, head * CELL + 1, CELL - 2, CELL - 2);
      }
    pen.globalAlpha = 1;
    pen.strokeStyle = ink;
    pen.lineWidth = 2;
    if (layers.length === 1 || heads.length === 1)
      pen.strokeRect(layers[0] * CELL + 1, heads[0] * CELL + 1, layers.length * CELL - 2, heads.length * CELL - 2);
  }

  /** The map is a second way to choose a head, for whoever points. */
  point(event) {
    const box = this.map.getBoundingClientRect();
    const at = (where, size, count) => String(Math.min(count - 1, Math.max(0, Math.floor((count * where) / size))));
    this.layer.select.value = at(event.clientX - box.left, box.width, this.data.layers);
    this.head.select.value = at(event.clientY - box.top, box.height, this.data.heads);
    this.draw();
  }
}
