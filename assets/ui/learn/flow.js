// <lesson-flow>: noise mixed into a digit by a slider, and the learnt way back as a film strip, computed in the browser
// by a small network; below it the steps of EmojiFlow itself. Draws only; the numbers come from flow-math.js.
import { afterPause, h } from "../dom.js";
import { language, number, t } from "../words.js";
import { LessonElement } from "./element.js";
import { choice, slider } from "./fields.js";
import { mixed, wayBack } from "./flow-math.js";
import { addressOf, grey, numbers } from "./picture.js";
import { difference, noise, pictureOf, unpacked } from "./tensors.js";

const word = (name, values) => t(`lesson.flow.${name}`, values);
const FRAMES = 8;
const PIXELS = 64;
const PAUSE = 150; // milliseconds
const percent = (value) => number(value * 100, 0);

class LessonFlow extends LessonElement {
  model = null;

  get usual() {
    return { digit: "0", time: "60", label: "3", walk: "10", guidance: "1.5", noise: "1", emoji: "3" };
  }

  whole(name, least, most) {
    const value = Number(this.all[name]);
    return value >= least && value <= most ? value : Number(this.usual[name]);
  }

  async draw() {
    try {
      const [file, emoji] = await Promise.all([numbers("flow.json"), numbers("emojiflow.json")]);
      this.model ??= { weights: unpacked(file.tensors), digits: file.digits, emoji };
    } catch {
      this.replaceChildren(h("p", { role: "alert", text: word("not_loaded") }));
      return;
    }
    this.forth = h("div");
    this.back = h("div");
    this.others = h("div");
    this.shown = "";
    this.later = afterPause(() => this.others.replaceChildren(...this.othersShown()), PAUSE);
    this.painted = h("div");
    this.replaceChildren(
      h("section", {}, h("h3", { text: word("forward") }), this.forwardFields(), this.forth),
      h(
        "section",
        {},
        h("h3", { text: word("back") }),
        h("p", { text: word("back_about") }),
        this.backFields(),
        this.back,
        this.others,
      ),
      h("section", {}, h("h3", { text: word("emoji") }), this.emojiFields(), this.painted),
    );
    this.redraw();
  }

  forwardFields() {
    const { digits } = this.model;
    const next = () => this.keep({ digit: String((this.whole("digit", 0, 29) + 1) % digits.pictures.length) });
    return h(
      "div",
      {},
      slider({
        label: word("time"),
        value: this.whole("time", 0, 100),
        least: 0,
        most: 100,
        set: (value) => this.keep({ time: String(value) }),
        shown: (value) => word("parts", { picture: value, noise: 100 - value }),
      }),
      h("div.chips", {}, h("button.chip", { type: "button", text: word("next_digit"), onclick: next })),
    );
  }

  backFields() {
    const labels = [["none", word("none")], ...Array.from({ length: 10 }, (_, at) => [String(at), String(at)])];
    const another = () => this.keep({ noise: String((this.whole("noise", 0, 99999) % 99999) + 1) });
    return h(
      "div",
      {},
      choice(word("label"), labels, this.all.label, (label) => this.keep({ label })),
      slider({
        label: word("steps"),
        value: this.whole("walk", 1, 50),
        least: 1,
        most: 50,
        set: (value) => this.keep({ walk: String(value) }),
      }),
      slider({
        label: word("guidance"),
        value: this.whole("guidance", 0, 8),
        least: 0,
        most: 8,
        step: 0.5,
        set: (value) => this.keep({ guidance: String(value) }),
        shown: (value) => number(value, 1),
      }),
      h("div.chips", {}, h("button.chip", { type: "button", text: word("another"), onclick: another })),
    );
  }

  emojiFields() {
    const { emoji } = this.model;
    return h(
      "div",
      {},
      h("p", { text: word("emoji_about", { prompt: emoji.prompt[language], steps: emoji.steps }) }),
      choice(
        word("guidance"),
        emoji.guidances.map((one) => [String(one), String(one)]),
        this.all.emoji,
        (value) => this.keep({ emoji: value }),
      ),
    );
  }

  redraw() {
    if (!this.model) return;
    this.forth.replaceChildren(...this.forwardShown());
    const { label, walk, guidance, noise: dust } = this.all;
    const asked = [label, walk, guidance, dust].join();
    if (asked !== this.shown) {
      this.shown = asked;
      this.back.replaceChildren(...this.backShown());
      this.later();
    }
    this.painted.replaceChildren(this.emojiShown());
  }

  forwardShown() {
    const { digits } = this.model;
    const at = Math.trunc(this.whole("digit", 0, digits.pictures.length - 1));
    const picture = pictureOf(digits.pictures[at]);
    const dust = noise(at + 1, PIXELS);
    const time = this.whole("time", 0, 100) / 100;
    const label = digits.labels[at];
    const strip = Array.from({ length: 6 }, (_, place) => 1 - place / 5);
    return [
      h(
        "div.flow-big",
        {},
        grey(mixed(picture, dust, time), word("mixed", { label, part: percent(time) })),
        h("p.hand-said", { role: "status", text: word("mixed", { label, part: percent(time) }) }),
      ),
      film(
        strip.map((one) => [
          mixed(picture, dust, one),
          `${percent(one)} %`,
          word("mixed", { label, part: percent(one) }),
        ]),
      ),
    ];
  }

  /** What the fields ask for: the noise to begin with, and how to go on. */
  asked() {
    const label = /^\d$/.test(this.all.label) ? Number(this.all.label) : null;
    const steps = Math.trunc(this.whole("walk", 1, 50));
    const begin = noise(Math.trunc(this.whole("noise", 0, 99999)), PIXELS);
    return { begin, options: { label, steps, guidance: this.whole("guidance", 0, 8) } };
  }

  backShown() {
    const { begin, options } = this.asked();
    const { label, steps } = options;
    const frames = wayBack(this.model.weights, begin, options);
    const end = frames.at(-1).picture;
    const places = [...new Set(Array.from({ length: FRAMES }, (_, at) => Math.round((at * steps) / (FRAMES - 1))))];
    const shown = places.map((place) => (place ? frames[place - 1].picture : begin));
    const taken = places.slice(1).map((place) => frames[place - 1].target);
    return [
      named(
        word("strip"),
        film(
          shown.map((one, at) => [
            one,
            String(places[at]),
            word("frame", { step: places[at], apart: percent(difference(one, end)) }),
          ]),
        ),
      ),
      named(
        word("taken"),
        film(
          taken.map((one, at) => [
            one,
            String(places[at + 1]),
            word("guess", { step: places[at + 1], apart: percent(difference(one, end)) }),
          ]),
        ),
      ),
      h("p.hand-said", {
        role: "status",
        text: word("back_said", {
          label: label ?? word("none"),
          steps,
          first: percent(difference(frames[0].target, end)),
        }),
      }),
    ];
  }

  /** The same noise drawn otherwise: more work than a slider can wait for. */
  othersShown() {
    const { begin, options } = this.asked();
    const guided = [0, 1, 2, 4, 8].map((one) => {
      const drawn = wayBack(this.model.weights, begin, { ...options, guidance: one }).at(-1).picture;
      return [drawn, String(one), word("with_guidance", { guidance: one })];
    });
    const fewer = [1, 2, 4, 8, 16, 32].map((one) => {
      const drawn = wayBack(this.model.weights, begin, { ...options, steps: one }).at(-1).picture;
      return [drawn, String(one), word("with_steps", { steps: one })];
    });
    return [named(word("guidances"), film(guided)), named(word("fewer"), film(fewer))];
  }

  emojiShown() {
    const { emoji } = this.model;
    const guidance = emoji.guidances.map(String).includes(this.all.emoji) ? this.all.emoji : "3";
    const words = word("emoji_row", { prompt: emoji.prompt[language], guidance, frames: emoji.frames.join(", ") });
    return h(
      "figure.flow-emoji",
      {},
      h("img", { src: addressOf(`emojiflow-${guidance}.webp`), alt: words, width: 512, height: 64, loading: "lazy" }),
      h("figcaption", { text: words }),
    );
  }
}

/** Pictures side by side, each with a caption and words. */
const film = (frames) =>
  h(
    "ol.film",
    {},
    frames.map(([picture, caption, words]) =>
      h("li", {}, grey(picture, words), h("span", { "aria-hidden": "true", text: caption })),
    ),
  );

const named = (text, content) => h("figure.flow-row", {}, h("figcaption", { text }), content);

customElements.define("lesson-flow", LessonFlow);
