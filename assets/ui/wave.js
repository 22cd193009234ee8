// Draws the loudness of a sound as a row of bars. Knows peaks of 0..100, nothing of where they come from.

const SVG = "http://www.w3.org/2000/svg";

/** Peaks as an SVG that fills its box; at most ``count`` bars, each the loudest of its stretch. */
export function waveform(peaks, count = 160) {
  const bars = Math.min(count, peaks.length);
  const loudest = Math.max(1, ...peaks);
  const heights = Array.from({ length: bars }, (_, i) =>
    Math.max(...peaks.slice(Math.floor((i * peaks.length) / bars), Math.max(Math.floor(((i + 1) * peaks.length) / bars), Math.floor((i * peaks.length) / bars) + 1))) / loudest);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${bars * 3} 40`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "waveform");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", heights.map((share, i) => `M${i * 3 + 1.5} ${20 - Math.max(0.6, share * 18)}V${20 + Math.max(0.6, share * 18)}`).join(""));
  svg.append(path);
  return svg;
}
