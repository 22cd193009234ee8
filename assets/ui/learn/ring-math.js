// A GAN small enough to be computed by hand: a generator of points in the plane, a discriminator, eight spots to hit.
// Knows networks of a few dozen units, their gradients and Adam; knows no page.
import { noise } from "./tensors.js";

export const SPOTS = Array.from({ length: 8 }, (_, at) => [
  2 * Math.cos((at * Math.PI) / 4),
  2 * Math.sin((at * Math.PI) / 4),
]);
const SPREAD = 0.12;
const [RATE, BETA1, BETA2] = [1e-3, 0.5, 0.99];

/** Layers of weights with leaky units between them. Rows of a batch lie one behind another. */
export class Net {
  /** @param {number[]} sizes @param {number} seed */
  constructor(sizes, seed) {
    this.sizes = sizes;
    this.step = 0;
    this.layers = sizes.slice(1).map((outs, at) => {
      const ins = sizes[at];
      const scale = Math.sqrt(2 / ins);
      const weights = Float64Array.from(noise(seed + 31 * at, ins * outs), (one) => one * scale);
      const values = Float64Array.from([...weights, ...new Array(outs).fill(0)]); // the biases behind the weights
      const zeros = () => new Float64Array(values.length);
      return { ins, outs, values, slope: zeros(), mean: zeros(), square: zeros() };
    });
  }

  /** @param {Float64Array} input rows of the first size; kept for `backward` */
  forward(input) {
    this.inputs = [input];
    const count = input.length / this.sizes[0];
    for (const [at, { ins, outs, values }] of this.layers.entries()) {
      const before = this.inputs.at(-1);
      const after = new Float64Array(count * outs);
      for (let row = 0; row < count; row++)
        for (let out = 0; out < outs; out++) {
          let sum = values[ins * outs + out];
          for (let place = 0; place < ins; place++) sum += values[out * ins + place] * before[row * ins + place];
          const last = at === this.layers.length - 1;
          after[row * outs + out] = last || sum > 0 ? sum : 0.2 * sum;
        }
      this.inputs.push(after);
    }
    return this.inputs.at(-1);
  }

  /** From the slope of the loss at the output to that at the input; the weights' slopes are added up. */
  backward(slope) {
    let now = slope;
    for (let at = this.layers.length - 1; at >= 0; at--) {
      const { ins, outs, values, slope: kept } = this.layers[at];
      const [before, after] = [this.inputs[at], this.inputs[at + 1]];
      const earlier = new Float64Array(before.length);
      for (let row = 0; row < before.length / ins; row++)
        for (let out = 0; out < outs; out++) {
          const leaky = at < this.layers.length - 1 && after[row * outs + out] < 0 ? 0.2 : 1;
          const here = now[row * outs + out] * leaky;
          kept[ins * outs + out] += here;
          for (let place = 0; place < ins; place++) {
            kept[out * ins + place] += here * before[row * ins + place];
            earlier[row * ins + place] += here * values[out * ins + place];
          }
        }
      now = earlier;
    }
    return now;
  }

  /** A step of Adam by the slopes that were added up; they begin at nothing again. */
  descend(rate = RATE) {
    this.step += 1;
    const [first, second] = [1 - BETA1 ** this.step, 1 - BETA2 ** this.step];
    for (const { values, slope, mean, square } of this.layers)
      for (let at = 0; at < values.length; at++) {
        mean[at] = BETA1 * mean[at] + (1 - BETA1) * slope[at];
        square[at] = BETA2 * square[at] + (1 - BETA2) * slope[at] ** 2;
        values[at] -= (rate * (mean[at] / first)) / (Math.sqrt(square[at] / second) + 1e-8);
        slope[at] = 0;
      }
  }
}

const sigmoid = (score) => 1 / (1 + Math.exp(-score));

/** Both networks and what they are trained with. */
export class Game {
  /** @param {{ seed?: number, blur?: number, batch?: number, width?: number, rates?: number[] }} options */
  constructor({ seed = 1, blur = 0, batch = 64, width = 32, rates = [RATE, RATE] } = {}) {
    this.seed = seed;
    this.blur = blur;
    this.batch = batch;
    this.rates = rates;
    this.drawing = new Net([4, width, width, 2], seed);
    this.judging = new Net([2, width, width, 1], seed + 1000);
    this.turn = 0;
  }

  normal(count, what) {
    return Float64Array.from(noise(this.seed * 7919 + this.turn * 31 + what, count));
  }

  /** Points around the spots, as in the data. */
  real(count) {
    const dust = this.normal(2 * count, 1);
    const pick = this.normal(count, 2);
    return dust.map((one, at) => {
      const spot = SPOTS[Math.floor(Math.abs(pick[at >> 1] * 1000)) % SPOTS.length];
      return spot[at % 2] + SPREAD * one;
    });
  }

  drawn(count, what = 3) {
    return this.drawing.forward(this.normal(4 * count, what));
  }

  blurred(points, what) {
    if (!this.blur) return points;
    const dust = this.normal(points.length, what);
    return points.map((one, at) => one + this.blur * dust[at]);
  }

  /** First the discriminator, then the generator; both losses. */
  play() {
    this.turn += 1;
    const count = this.batch;
    const fake = this.drawn(count);
    const judged = (points, real) => {
      const scores = this.judging.forward(points);
      this.judging.backward(scores.map((one) => (real ? sigmoid(one) - 1 : sigmoid(one)) / count));
      return scores.reduce((sum, one) => sum + Math.log1p(Math.exp(real ? -one : one)), 0) / count;
    };
    const judge = judged(this.blurred(this.real(count), 4), true) + judged(this.blurred(fake, 5), false);
    this.judging.descend(this.rates[0]);
    const scores = this.judging.forward(this.blurred(fake, 6));
    const slope = this.judging.backward(scores.map((one) => (sigmoid(one) - 1) / count));
    for (const layer of this.judging.layers) layer.slope.fill(0); // the judge does not learn from this
    this.drawing.backward(slope);
    this.drawing.descend(this.rates[1]);
    const draw = scores.reduce((sum, one) => sum + Math.log1p(Math.exp(-one)), 0) / count;
    return { judge, draw };
  }
}

/** How many spots are hit (by at least a fiftieth of the points), and which part of the points hits any. */
export function hits(points) {
  const counts = SPOTS.map(() => 0);
  const count = points.length / 2;
  for (let at = 0; at < count; at++) {
    const apart = SPOTS.map(([x, y]) => Math.hypot(points[2 * at] - x, points[2 * at + 1] - y));
    const near = Math.min(...apart);
    if (near < 4 * SPREAD) counts[apart.indexOf(near)] += 1;
  }
  return {
    spots: counts.filter((one) => one >= count / 50).length,
    near: counts.reduce((a, b) => a + b) / count,
    counts,
  };
}
