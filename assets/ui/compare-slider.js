// Before and after: one picture laid over another, uncovered by a slider. Knows two pictures, nothing of tasks.
import { h } from "./dom.js";

/**
 * The picture that came before and its slider, to stand behind the newer one in a ".compared" box.
 * ``share`` is how much of the older one is seen, in percent; ``moved`` is told when that changes.
 * @param {string} source
 * @param {string} label
 * @param {{ share?: number, moved?: (share: number) => void }} [options]
 */
export function compareSlider(source, label, { share = 0, moved = () => {} } = {}) {
  const over = h("img.before", { src: source, alt: "", "aria-hidden": "true" });
  const cover = (percent) => {
    over.style.clipPath = `inset(0 ${100 - percent}% 0 0)`;
  };
  const slide = () => {
    cover(Number(slider.value));
    moved(Number(slider.value));
  };
  const slider = h("input.compare-slider", {
    type: "range",
    min: 0,
    max: 100,
    step: 1,
    value: share,
    "aria-label": label,
    oninput: slide,
  });
  cover(share);
  return [over, slider];
}
