// <lesson-gan>: a small GAN that learns eight spots before one's eyes, in the browser: let the generator run ahead and
// it draws one spot only; slow it down and all eight are hit. Draws only; both networks are ring-math.js's.
import { h } from "../dom.js";
import { number, t } from "../words.js";
import { LessonElement } from "./element.js";
import { slider } from "./fields.js";
import { Game, SPOTS, hits } from "./ring-math.js";

const word = (name, values) => t(`lesson.gan.${name}`, values);
const SHOWN = 400;
const MOST = 4000; // steps
const A_FRAME = 12; // milliseconds of work a frame
const EDGE = 3;
const SIZE = 360;
/** Learning rates of the sliders' places, in ten-thousandths. */
const RATES = [1, 3, 10, 30, 100];
const PRESETS = {
  collapse: { ring_judge: "1", ring_draw: "4", ring_blur: "0" },
  cure: { ring_judge: "3", ring_draw: "2", ring_blur: "0" },
  blur: { ring_judge: "2", ring_draw: "2", ring_blur: "3" },
};

class LessonGan extends LessonElement {
  running = false;
  game = null;

  get usual() {
    return { ring_judge: "1", ring_draw: "4", ring_blur: "0", ring_seed: "1" };
  }

  place(name, most) {
    const value = Number(this.all[name]);
    return Number.isInteger(value) && value >= 0 && value <= most ? value : Number(this.usual[name]);
  }

  draw() {
    this.canvas = h("canvas.ring-canvas", { role: "img", width: SIZE, height: SIZE });
    this.said = h("p.hand-said", { role: "status" });
    this.go = h("button.chip", { type: "button", onclick: () => this.toggle() });
    const preset = ([name, values]) =>
      h("button.chip", { type: "button", text: word(`ring.${name}`), onclick: () => this.choose(values) });
    const again = () => this.choose({ ring_seed: String((this.place("ring_seed", 999) % 999) + 1) });
    this.replaceChildren(
      h(
        "section",
        {},
        h("h3", { text: word("ring") }),
        h("p", { text: word("ring_about") }),
        h("div.chips", {}, Object.entries(PRESETS).map(preset)),
        h(
          "div.ring",
          {},
          this.canvas,
          h(
            "div",
            {},
            this.rate("ring_judge"),
            this.rate("ring_draw"),
            slider({
              label: word("ring_blur"),
              value: this.place("ring_blur", 6),
              least: 0,
              most: 6,
              set: (value) => this.set({ ring_blur: String(value) }),
              shown: (value) => number(value / 10, 1),
            }),
            h("div.chips", {}, this.go, h("button.chip", { type: "button", text: word("ring_seed"), onclick: again })),
            this.said,
          ),
        ),
      ),
    );
    this.begin();
  }

  rate(name) {
    return slider({
      label: word(name),
      value: this.place(name, RATES.length - 1),
      least: 0,
      most: RATES.length - 1,
      set: (value) => this.set({ [name]: String(value) }),
      shown: (value) => number(RATES[value] / 10000, 4),
    });
  }

  disconnectedCallback() {
    this.running = false;
  }

  /** Other settings, from the beginning, and on it goes. */
  choose(values) {
    this.keep(values);
    this.draw();
    this.toggle();
  }

  set(values) {
    this.keep(values);
    this.begin();
  }

  begin() {
    this.running = false;
    const rate = (name) => RATES[this.place(name, RATES.length - 1)] / 10000;
    this.game = new Game({
      seed: this.place("ring_seed", 999),
      blur: this.place("ring_blur", 6) / 10,
      rates: [rate("ring_judge"), rate("ring_draw")],
    });
    this.losses = null;
    this.show();
  }

  toggle() {
    this.running = !this.running && this.game.turn < MOST;
    this.show();
    if (this.running) requestAnimationFrame(() => this.frame());
  }

  frame() {
    if (!this.running) return;
    const until = performance.now() + A_FRAME;
    do this.losses = this.game.play();
    while (performance.now() < until && this.game.turn < MOST);
    if (this.game.turn >= MOST) this.running = false;
    this.show();
    if (this.running) requestAnimationFrame(() => this.frame());
  }

  show() {
    const points = this.game.drawn(SHOWN, 99);
    paint(this.canvas, points);
    const { spots, near } = hits(points);
    const { turn } = this.game;
    const sentence = word("ring_said", { step: turn, spots, near: number(near * 100, 0) });
    this.canvas.setAttribute("aria-label", sentence);
    if (!this.running || turn % 50 < 8) this.said.textContent = sentence; // spoken seldom
    this.go.textContent = word(this.running ? "ring_pause" : turn ? "ring_on" : "ring_go");
    this.go.disabled = turn >= MOST;
  }

  redraw() {}
}

function paint(canvas, points) {
  const context = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  const at = (value) => ((value + EDGE) / (2 * EDGE)) * SIZE;
  context.clearRect(0, 0, SIZE, SIZE);
  context.strokeStyle = style.getPropertyValue("--ink-soft");
  for (const [x, y] of SPOTS) {
    context.beginPath();
    context.arc(at(x), at(y), 20, 0, 2 * Math.PI);
    context.stroke();
  }
  context.fillStyle = style.getPropertyValue("--accent");
  for (let one = 0; one < points.length; one += 2)
    context.fillRect(at(points[one]) - 1.5, at(points[one + 1]) - 1.5, 3, 3);
}

customElements.define("lesson-gan", LessonGan);
