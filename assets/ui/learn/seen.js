// What a classifier looks at and what fools it: digits whose pixels are moved by a slider.
// Knows seen.json of a classifier's training; knows no training.
import { h } from "../dom.js";
import { number, t } from "../words.js";

const SIDE = 8;
const SCALE = 8;

/**
 * Fetches what was seen and draws it.
 * @param {string} address
 */
export async function seenOf(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(answer.statusText);
  return drawn(await answer.json());
}

/** @param {any} seen */
function drawn(seen) {
  const last = seen.epsilons.length - 1;
  const slider = h("input", { type: "range", min: "0", max: String(last), step: "1", value: "0", id: "seen-epsilon" });
  const looks = h("input", { type: "checkbox" });
  const told = h("p.seen-told", { role: "status" });
  const digits = seen.digits.map((digit) => {
    const canvas = h("canvas", { width: String(SIDE * SCALE), height: String(SIDE * SCALE), role: "img" });
    const words = h("figcaption");
    return { digit, canvas, words, node: h("figure", {}, canvas, words) };
  });
  const draw = () => {
    const at = Number(slider.value);
    const epsilon = seen.epsilons[at];
    slider.setAttribute("aria-valuetext", number(epsilon, 2));
    told.textContent = t("ui.seen.right", { epsilon: number(epsilon, 2), share: number(100 * seen.accuracy[at], 1) });
    for (const { digit, canvas, words } of digits) {
      const guess = digit.guesses[at];
      words.textContent = `${digit.label} → ${guess}`;
      words.dataset.wrong = String(guess !== digit.label);
      canvas.setAttribute("aria-label", t("ui.seen.digit", { label: digit.label, guess }));
      paint(canvas, digit, epsilon, looks.checked);
    }
  };
  slider.addEventListener("input", draw);
  looks.addEventListener("change", draw);
  draw();
  return h(
    "section.seen",
    {},
    h("h3", { text: t("ui.seen.title") }),
    h("label.seen-slider", { for: "seen-epsilon" }, h("span", { text: t("ui.seen.epsilon") }), slider),
    h("label.seen-looks", {}, looks, t("ui.seen.saliency")),
    told,
    h(
      "div.seen-digits",
      {},
      digits.map((one) => one.node),
    ),
  );
}

/** The digit with its pixels moved, and in red what the network looks at. */
function paint(canvas, digit, epsilon, looks) {
  const context = canvas.getContext("2d");
  if (!context) return;
  digit.pixels.forEach((pixel, at) => {
    const moved = Math.max(-1, Math.min(1, pixel + 2 * epsilon * digit.signs[at]));
    const grey = Math.round((moved + 1) * 127.5);
    const red = looks ? digit.saliency[at] : 0;
    context.fillStyle = `rgb(${Math.round(grey + (255 - grey) * red)} ${grey * (1 - red)} ${grey * (1 - red)})`;
    context.fillRect((at % SIDE) * SCALE, Math.floor(at / SIDE) * SCALE, SCALE, SCALE);
  });
}
