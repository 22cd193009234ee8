// A poem, a tune or a picture to be rated, drawn small. Knows the file that aigc_demo/training/lesson_reward.py wrote;
// a name such as "#3" stands for one of it, anything else is a poem in full.
import { h } from "../dom.js";
import { playNotes } from "../music/synth.js";
import { t } from "../words.js";
import { addressOf, numbers } from "./picture.js";
import { played } from "./real-math.js";

const COLUMNS = 8;
const ROWS = 6;
const BEAT = 0.3;

/** Everything that can be rated, fetched once. */
export const things = () => numbers("reward.json");

let silence = null;

/**
 * @param {any} pool as ``things`` gives it
 * @param {string} kind
 * @param {string} name
 */
export function thing(pool, kind, name) {
  const number = Number(name.slice(1));
  if (kind === "pictures") return picture(number);
  if (kind === "tunes") return tune(pool.tunes[number], name);
  const lines = (name.startsWith("#") ? pool.poems[number] : name).split("\n");
  return h(
    "p.real-poem",
    { lang: "zh" },
    lines.map((line) => [line, h("br")]),
  );
}

/** One cell of the sheet. */
function picture(number) {
  const [row, column] = [Math.floor(number / COLUMNS), number % COLUMNS];
  const place = `${(100 * column) / (COLUMNS - 1)}% ${(100 * row) / (ROWS - 1)}%`;
  return h("span.reward-picture", {
    role: "img",
    "aria-label": t("preference.thing.picture", { number }),
    style: `background-image: url("${addressOf("reward.webp")}"); background-position: ${place}`,
  });
}

/** A button that plays it, and its melody as a line. */
function tune(notes, name) {
  const button = h("button.chip", { type: "button", text: t("preference.thing.play") });
  const stopped = () => {
    delete button.dataset.playing;
    button.textContent = t("preference.thing.play");
  };
  button.addEventListener("click", () => {
    const playing = button.dataset.playing === "true";
    silence?.();
    silence = null;
    if (playing) return;
    button.dataset.playing = "true";
    button.textContent = t("preference.thing.stop");
    const end = playNotes(played(notes), BEAT, { lit: () => {}, ended: stopped });
    silence = () => {
      end();
      stopped();
    };
  });
  return h("div.reward-tune", {}, roll(notes, name), button);
}

/** Notes as dashes: time to the right, pitch upwards. */
function roll(notes, name) {
  const canvas = h("canvas.reward-roll", {
    width: 220,
    height: 72,
    role: "img",
    "aria-label": t("preference.thing.roll", { name, count: notes.length }),
  });
  const draw = () => {
    const context = canvas.getContext("2d");
    const pitches = notes.map(([, , pitch]) => pitch);
    const [low, high] = [Math.min(...pitches), Math.max(...pitches)];
    const end = Math.max(...notes.map(([start, length]) => start + length));
    context.fillStyle = getComputedStyle(canvas).color;
    for (const [start, length, pitch] of notes) {
      const top = ((high - pitch) / Math.max(1, high - low)) * (canvas.height - 8);
      context.fillRect((start / end) * canvas.width, top + 2, (length / end) * canvas.width - 2, 4);
    }
  };
  requestAnimationFrame(draw); // its colour is known once it stands in the page
  return canvas;
}
