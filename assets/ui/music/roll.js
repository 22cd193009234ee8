// A piano roll: notes over time on a canvas, a line that follows the sound, a press that seeks.
// Knows heard scores (notes.js) and nothing of files or players.
import { h } from "../dom.js";
import { has, t } from "../words.js";
import { isBlack, seconds, spoken } from "./notes.js";

const LOWEST = 100; // pixels
const NARROWEST = 7; // pixels of a quarter note, so that long pieces can be scrolled
const DRUM_ROWS = 4; // percussion has few sounds: a lane of its own at the bottom

export class Roll {
  /** @param sought called with the seconds that a press asks for. */
  constructor(sought) {
    this.sought = sought;
    this.canvas = h("canvas", { role: "img" });
    this.line = h("div.roll-now", { "aria-hidden": "true" });
    this.inside = h("div.roll-inside", { onclick: (event) => this.press(event) }, this.canvas, this.line);
    this.legend = h("ul.roll-parts", { "aria-label": t("music.roll.parts") });
    this.box = h("div.roll-box", { tabindex: "0", role: "group", "aria-label": t("music.roll.name") }, this.inside);
    this.node = h("div.roll", {}, this.box, this.legend);
    this.sized = new ResizeObserver(() => this.draw());
    this.themed = new MutationObserver(() => this.draw());
  }

  /** Begins to follow its size and the page's theme. */
  watch() {
    this.sized.observe(this.box);
    this.themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  }

  stop() {
    this.sized.disconnect();
    this.themed.disconnect();
  }

  /** ``bars`` is how long the piece will be, where it is not finished yet. */
  show(score, bars = 0) {
    this.score = score;
    this.end = Math.max(score.end, (bars * 4 * score.metre[0]) / score.metre[1], 1);
    const notes = score.parts.flatMap((part) => (part.percussion ? [] : part.notes));
    const low = notes.reduce((least, note) => Math.min(least, note.pitch), 127);
    const high = notes.reduce((most, note) => Math.max(most, note.pitch), 0);
    this.low = notes.length ? low - 1 : 59;
    this.high = notes.length ? high + 1 : 79;
    this.canvas.setAttribute(
      "aria-label",
      notes.length
        ? t("music.roll", { notes: notes.length, low: spoken(low), high: spoken(high) })
        : t("music.roll.empty"),
    );
    this.legend.replaceChildren(
      ...score.parts.map((part, at) => h("li", { style: `--part:var(--part-${at % 6})`, text: partName(part.name) })),
    );
    this.legend.hidden = score.parts.length < 2;
    this.draw();
  }

  draw() {
    const room = this.box.clientWidth;
    if (!room || !this.score) return;
    this.height = Math.max(LOWEST, this.box.clientHeight - 2);
    const width = Math.max(room, Math.ceil(this.end * NARROWEST));
    const ratio = window.devicePixelRatio || 1;
    const sharp = Math.min(ratio, 16000 / width); // a canvas has a largest size
    this.canvas.width = Math.round(width * sharp);
    this.canvas.height = Math.round(this.height * sharp);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${this.height}px`;
    this.width = width;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    this.paint(pen, width);
    this.at(this.time ?? 0);
  }

  paint(pen, width) {
    const style = getComputedStyle(this.node);
    const colour = (name) => style.getPropertyValue(name).trim();
    const { score } = this;
    const drums = score.parts.some((part) => part.percussion) ? 22 : 0;
    const rows = this.high - this.low + 1;
    const row = (this.height - drums) / rows;
    const x = (beats) => (beats / this.end) * width;
    pen.fillStyle = colour("--roll-ground");
    pen.fillRect(0, 0, width, this.height);
    pen.fillStyle = colour("--roll-black");
    for (let pitch = this.low; pitch <= this.high; pitch += 1)
      if (isBlack(pitch)) pen.fillRect(0, (this.high - pitch) * row, width, row);
    pen.fillStyle = colour("--roll-line");
    for (const at of score.lines) pen.fillRect(Math.round(x(at)), 0, 1, this.height);
    // accompaniment first, so that the melody lies above it
    [...score.parts.entries()].reverse().forEach(([at, part]) => {
      pen.fillStyle = colour(`--part-${at % 6}`);
      for (const note of part.notes) {
        const left = x(note.start);
        const wide = Math.max(1.5, x(note.length) - 1);
        if (part.percussion)
          pen.fillRect(left, this.height - drums + 3 + (note.pitch % DRUM_ROWS) * 4.5, Math.min(4, wide), 3.5);
        else rounded(pen, left, (this.high - note.pitch) * row + 0.5, wide, Math.max(2, row - 1));
      }
    });
  }

  /** The line at a time in seconds; a long roll scrolls along. */
  at(now) {
    this.time = now;
    if (!this.score || !this.width) return;
    const x = Math.min(this.width, (now / seconds(this.end, this.score.tempo)) * this.width);
    this.line.style.transform = `translateX(${x}px)`;
    const { scrollLeft, clientWidth } = this.box;
    if (this.width > clientWidth && (x < scrollLeft || x > scrollLeft + clientWidth * 0.9))
      this.box.scrollLeft = x - clientWidth * 0.1;
  }

  press(event) {
    const share = (event.clientX - this.inside.getBoundingClientRect().left) / this.width;
    this.sought(share * seconds(this.end, this.score.tempo));
  }
}

const COMPANY = { Chords: "music.chords.label", Bass: "music.bass.label", Drums: "music.drums.label" };

/** A part of ours by its name in the page's language; a stranger's by its own. */
function partName(name) {
  const key = COMPANY[name] ?? `music.instrument.${name.toLowerCase().replace(/ /g, "_")}`;
  return has(key) ? t(key) : name;
}

function rounded(pen, x, y, width, height) {
  pen.beginPath();
  pen.roundRect(x, y, width, height, Math.min(2.5, height / 2, width / 2));
  pen.fill();
}
