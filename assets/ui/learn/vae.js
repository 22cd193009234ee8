// <lesson-vae>: a map of two numbers in which one drags to see what a decoder makes of each place; held-back digits
// beside what is left of them; how much the latent counts. Draws only; the numbers come from vae-math.js.
import { find, h, svg } from "../dom.js";
import { number, t } from "../words.js";
import { LessonElement } from "./element.js";
import { choice, slider } from "./fields.js";
import { grey, numbers, paint } from "./picture.js";
import { difference, nearest, pictureOf, unpacked } from "./tensors.js";
import { decode, encode, reach } from "./vae-math.js";

const word = (name, values) => t(`lesson.vae.${name}`, values);
const GRID = 9;
const REDRAWN = 8;
const SIZE = 320;

class LessonVae extends LessonElement {
  model = null;
  /** The map shows both numbers from minus this to this. */
  edge = 3;

  get usual() {
    return { beta: "1", x: "0", y: "0", first: "0" };
  }

  coordinate(name) {
    const value = Number(this.all[name]);
    return Math.abs(value) <= this.edge ? value : 0;
  }

  onMap(value) {
    return ((value + this.edge) / (2 * this.edge)) * SIZE;
  }

  get net() {
    return this.model.nets.find((one) => String(one.beta) === this.all.beta) ?? this.model.nets[1];
  }

  async draw() {
    try {
      this.model ??= read(await numbers("vae.json"));
    } catch {
      this.replaceChildren(h("p", { role: "alert", text: word("not_loaded") }));
      return;
    }
    this.here = grey(decode(this.net.decoder, [0, 0]), "");
    this.said = h("p.hand-said", { role: "status" });
    this.fields = h("div", {}, this.axis("x"), this.axis("y"));
    this.rest = h("div");
    this.map = h("div.vae-map");
    this.replaceChildren(
      this.betas(),
      h(
        "section",
        {},
        h("h3", { text: word("map") }),
        h("p", { text: word("map_about") }),
        h("div.vae-bench", {}, this.map, h("div.vae-here", {}, this.here, this.fields, this.said)),
      ),
      this.rest,
    );
    this.drawNet();
    this.redraw();
  }

  betas() {
    const pick = (beta) => {
      this.keep({ beta });
      this.drawNet();
      this.redraw();
    };
    return choice(
      word("beta"),
      this.model.nets.map((one) => [String(one.beta), number(one.beta)]),
      String(this.net.beta),
      pick,
    );
  }

  axis(name) {
    return slider({
      label: word(name),
      value: this.coordinate(name),
      least: -this.edge,
      most: this.edge,
      step: 0.05,
      set: (value) => this.keep({ [name]: String(value) }),
      shown: (value) => number(value, 2),
    });
  }

  /** What changes with the network alone: the map's points, the digits redrawn, the grid. */
  drawNet() {
    const { digits } = this.model;
    const points = digits.pictures.map((picture, at) => ({
      ...encode(this.net.encoder, picture),
      label: digits.labels[at],
    }));
    this.edge = reach(points.map((one) => one.mean));
    this.fields.replaceChildren(this.axis("x"), this.axis("y"));
    this.map.replaceChildren(this.drawMap(points));
    const first = Number(this.all.first) % digits.pictures.length || 0;
    const pairs = Array.from({ length: REDRAWN }, (_, at) => (first + at) % digits.pictures.length);
    const rows = pairs.map((at) => this.pair(at, points[at]));
    const other = () => {
      this.keep({ first: String((first + REDRAWN) % digits.pictures.length) });
      this.drawNet();
    };
    this.rest.replaceChildren(
      h(
        "section",
        {},
        h("h3", { text: word("redrawn") }),
        h("ol.film", {}, rows),
        h("div.chips", {}, h("button.chip", { type: "button", text: word("others"), onclick: other })),
        h("p", {
          text: word("redrawn_said", {
            error: number(this.net.error * 100, 1),
            nats: number(this.net.nats, 2),
            beta: number(this.net.beta),
          }),
        }),
      ),
      h("section", {}, h("h3", { text: word("grid", { end: number((this.edge * 2) / 3, 1) }) }), this.grid()),
    );
  }

  pair(at, found) {
    const { digits } = this.model;
    const picture = digits.pictures[at];
    const again = decode(this.net.decoder, found.mean);
    const label = digits.labels[at];
    const apart = number(difference(picture, again) * 100, 0);
    return h(
      "li",
      {},
      grey(picture, word("original", { label })),
      grey(again, word("again", { label, apart })),
      h("span", { text: `${apart} %`, "aria-hidden": "true" }),
    );
  }

  drawMap(points) {
    const dots = points.map(({ mean, label }) => {
      const node = svg("text", {
        x: this.onMap(mean[0]),
        y: SIZE - this.onMap(mean[1]),
        class: `vae-dot dot-${label}`,
      });
      node.textContent = String(label);
      return node;
    });
    const mark = svg("circle", { r: 9, class: "vae-mark" });
    const picture = svg(
      "svg",
      { viewBox: `0 0 ${SIZE} ${SIZE}`, role: "img", "aria-label": word("map_words") },
      svg("path", { d: `M${SIZE / 2} 0V${SIZE}M0 ${SIZE / 2}H${SIZE}`, class: "work-grid" }),
      ...dots,
      mark,
    );
    const move = (event) => {
      const box = picture.getBoundingClientRect();
      const at = (part, size) => Math.min(this.edge, Math.max(-this.edge, ((2 * part) / size - 1) * this.edge));
      const x = at(event.clientX - box.left, box.width);
      const y = -at(event.clientY - box.top, box.height);
      this.keep({ x: x.toFixed(2), y: y.toFixed(2) });
      this.fields.replaceChildren(this.axis("x"), this.axis("y"));
    };
    picture.addEventListener("pointerdown", (event) => {
      picture.setPointerCapture(/** @type {PointerEvent} */ (event).pointerId);
      move(event);
    });
    picture.addEventListener("pointermove", (event) => {
      if (/** @type {PointerEvent} */ (event).buttons) move(event);
    });
    return picture;
  }

  redraw() {
    if (!this.model) return;
    const latent = [this.coordinate("x"), this.coordinate("y")];
    const picture = decode(this.net.decoder, latent);
    paint(this.here, picture);
    const mark = find(".vae-mark", this.map);
    mark?.setAttribute("cx", String(this.onMap(latent[0])));
    mark?.setAttribute("cy", String(SIZE - this.onMap(latent[1])));
    const label = this.model.digits.labels[nearest(picture, this.model.digits.pictures)];
    const sentence = word("here", { x: number(latent[0], 2), y: number(latent[1], 2), label });
    this.here.setAttribute("aria-label", sentence);
    this.said.textContent = sentence;
  }

  grid() {
    const end = (this.edge * 2) / 3;
    const places = Array.from({ length: GRID }, (_, at) => (2 * end * at) / (GRID - 1) - end);
    const pictures = places.toReversed().flatMap((y) => places.map((x) => decode(this.net.decoder, [x, y])));
    const side = 8 * GRID;
    const whole = Array.from({ length: side * side }, (_, pixel) => {
      const [row, column] = [Math.floor(pixel / side), pixel % side];
      return pictures[Math.floor(row / 8) * GRID + Math.floor(column / 8)][(row % 8) * 8 + (column % 8)];
    });
    return grey(whole, word("grid_words"), "vae-grid");
  }
}

const read = (file) => ({
  digits: { pictures: file.digits.pictures.map(pictureOf), labels: file.digits.labels },
  nets: file.nets.map((one) => ({ ...one, decoder: unpacked(one.decoder), encoder: unpacked(one.encoder) })),
});

customElements.define("lesson-vae", LessonVae);
