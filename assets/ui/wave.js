// Draws the loudness of a sound as a row of bars. Knows peaks of 0..100, nothing of where they come from.
import { svg } from "./dom.js";

/** Heights between 0 and 1 of at most ``count`` bars, each the loudest of its stretch. */
export function barHeights(peaks, count) {
  const bars = Math.min(count, peaks.length);
  const loudest = Math.max(1, ...peaks);
  return Array.from({ length: bars }, (_, at) => {
    const from = Math.floor((at * peaks.length) / bars);
    const to = Math.max(Math.floor(((at + 1) * peaks.length) / bars), from + 1);
    return Math.max(...peaks.slice(from, to)) / loudest;
  });
}

/** Peaks as an SVG that fills its box; at most ``count`` bars. */
export function waveform(peaks, count = 160) {
  const heights = barHeights(peaks, count);
  const bars = heights.map((height, at) => {
    const half = Math.max(0.6, height * 18);
    return `M${at * 3 + 1.5} ${20 - half}V${20 + half}`;
  });
  return svg(
    "svg",
    {
      viewBox: `0 0 ${heights.length * 3} 40`,
      preserveAspectRatio: "none",
      class: "waveform",
      "aria-hidden": "true",
    },
    svg("path", { d: bars.join("") }),
  );
}
