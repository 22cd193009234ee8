// Sketching: a rough box on the scene by mouse, finger or keys, and words for what shall be in it. Knows boxes and
// words; how a scene keeps them, its editor says.
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../words.js";
import { drawFrame } from "./scene-drawing.js";

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const GROW = 1.12;
const LEAST = 24;
const HAN = /^[\u3400-\u9fff]/;
const COUNTED = /^[一二两三四五六七八九十几]/;

/**
 * The words of a scene with those of its sketches: one more of each, even where one is there already.
 * @param {string} words
 * @param {{words: string}[]} sketches
 */
export const wordsWith = (words, sketches) =>
  sketches.reduce((all, { words: one }) => {
    const told = HAN.test(one) && !COUNTED.test(one) ? `一个${one}` : one;
    return all ? `${all}${HAN.test(one) ? "，" : ", "}${told}` : told;
  }, words);

/**
 * The box between two points, at least so large that it can be seen.
 * @param {number[]} from
 * @param {number[]} to
 */
export function boxBetween([x, y], [right, down]) {
  const [across, tall] = [Math.abs(right - x), Math.abs(down - y)];
  return [Math.min(x, right), Math.min(y, down), Math.max(LEAST, across), Math.max(LEAST, tall)].map(Math.round);
}

export class Sketch {
  /**
   * @param {number[]} size Of the picture.
   * @param {(sketch: {words: string, box: number[]}) => void} add
   * @param {() => void} redraw
   */
  constructor([width, height], add, redraw) {
    this.width = width;
    this.height = height;
    this.add = add;
    this.redraw = redraw;
    /** @type {number[] | null} */
    this.box = null;
    /** @type {number[] | null} Where a finger or mouse began to draw it. */
    this.from = null;
    const toggle = { type: "button", "data-act": "sketch", "aria-pressed": "false", onclick: () => this.toggle() };
    this.button = h("button.chip", toggle, icon("brush"), t("image.canvas.sketch"));
    this.words = h("input", { type: "text", maxlength: 60, placeholder: t("image.canvas.sketch_example") });
    this.words.addEventListener("keydown", (event) => {
      if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
      event.preventDefault();
      if (event.key === "Enter") this.finish();
      else this.toggle(false);
    });
    const put = { type: "button", "data-act": "sketched", onclick: () => this.finish() };
    this.row = h(
      "div.mask-tools.sketch-row",
      { hidden: true },
      h("label.mask-size", {}, h("span", { text: t("image.canvas.what") }), this.words),
      h("button.chip", put, t("image.canvas.put")),
    );
  }

  get active() {
    return !!this.box;
  }

  toggle(on = !this.active) {
    const [width, height] = [Math.round(this.width / 4), Math.round(this.height / 3)];
    this.box = on ? [Math.round(1.5 * width), height, width, height] : null;
    this.from = null;
    this.row.hidden = !on;
    this.button.setAttribute("aria-pressed", String(on));
    this.redraw();
  }

  /** A box is begun; false where none is to be drawn. */
  begin(at) {
    if (this.active) this.from = at;
    return this.active;
  }

  drag(at) {
    if (!this.from) return;
    this.box = boxBetween(this.from, at);
    this.redraw();
  }

  /** The box stands: what is in it, is asked next. */
  end() {
    if (this.from) this.words.focus();
    return (this.from = null);
  }

  /** Whether a key was for the box. */
  key(event) {
    if (!this.box) return false;
    const [left, top, width, height] = this.box;
    const [way, step] = [MOVES[event.key], event.shiftKey ? 24 : 6];
    const grown = { "+": GROW, "=": GROW, "-": 1 / GROW }[event.key];
    if (way) this.box = [left + way[0] * step, top + way[1] * step, width, height];
    else if (grown) this.box = boxBetween([left, top], [left + width * grown, top + height * grown]);
    else if (event.key === "Enter") this.words.focus();
    else if (event.key === "Escape") this.toggle(false);
    else return false;
    this.redraw();
    return true;
  }

  finish() {
    const words = this.words.value.trim();
    if (!words || !this.box) return this.words.focus();
    const sketch = { words, box: this.box };
    this.words.value = "";
    this.toggle(false);
    this.add(sketch);
  }

  draw(context) {
    if (this.box) drawFrame(context, this.box, true);
  }
}
