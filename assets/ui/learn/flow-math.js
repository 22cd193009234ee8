// A flow from noise to a picture, as numbers: mixing, the network, the way back. Its weights are as tensors.js reads.
import { added, layerNorm, linear, silu } from "./tensors.js";

const NAMES = 10;
const BLOCKS = 4;

/** A picture and noise, mixed: at time 1 the picture alone, at time 0 nothing but noise. */
export function mixed(picture, noise, time) {
  return picture.map((pixel, at) => time * pixel + (1 - time) * noise[at]);
}

/** What the network takes for the picture behind a noisy one. `label`: 0 to 9, or null for none. */
export function clean(weights, noisy, time, label) {
  const names = Array.from({ length: NAMES }, (_, at) => (at === label ? 1 : 0));
  const rates = Array.from({ length: 16 }, (_, at) => Math.exp((at * 4) / 15));
  const moment = [...rates.map((rate) => Math.sin(time * rate)), ...rates.map((rate) => Math.cos(time * rate))];
  const said = linear(weights, "moment.2", silu(linear(weights, "moment.0", moment)));
  let hidden = added(linear(weights, "inside", [...noisy, ...names]), said);
  for (let block = 0; block < BLOCKS; block++) {
    const normed = layerNorm(weights, `blocks.${block}.0`, silu(hidden));
    const inner = silu(linear(weights, `blocks.${block}.1`, normed));
    hidden = added(hidden, linear(weights, `blocks.${block}.3`, inner));
  }
  return linear(weights, "outside.1", layerNorm(weights, "outside.0", hidden));
}

/** The way back from noise: after each step what stands there, and what was taken for the picture. */
export function wayBack(weights, noise, { label = null, steps = 10, guidance = 1 } = {}) {
  let picture = noise;
  const frames = [];
  for (let step = 0; step < steps; step++) {
    const time = step / steps;
    let target = clean(weights, picture, time, label);
    if (guidance !== 1 && label !== null) {
      // what the label adds to a picture without one, taken more strongly
      const free = clean(weights, picture, time, null);
      target = free.map((pixel, at) => pixel + guidance * (target[at] - pixel));
    }
    picture = picture.map((pixel, at) => pixel + (target[at] - pixel) / (steps - step));
    frames.push({ time: (step + 1) / steps, picture, target });
  }
  return frames;
}
