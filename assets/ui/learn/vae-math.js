// A variational autoencoder over two numbers, as numbers. Knows weights as tensors.js reads them.
import { linear, silu } from "./tensors.js";

const NAMES = 10; // the networks have places for labels; here they are left empty
const none = Array.from({ length: NAMES }, () => 0);

/** From a picture to where it lies: the mean of its two numbers, and how sure the network is (standard deviation). */
export function encode(weights, picture) {
  const first = silu(linear(weights, "layers.0", [...picture, ...none]));
  const out = linear(weights, "layers.4", silu(linear(weights, "layers.2", first)));
  const half = out.length / 2;
  return { mean: out.slice(0, half), spread: out.slice(half).map((one) => Math.exp(0.5 * Math.min(20, one))) };
}

/** From two numbers to a picture, pixels from -1 to 1. */
export function decode(weights, latent) {
  const first = silu(linear(weights, "layers.0", [...latent, ...none]));
  return linear(weights, "layers.4", silu(linear(weights, "layers.2", first))).map(Math.tanh);
}

/** What a latent tells beyond a normal distribution, in nats: the part of the loss that beta weighs. */
export function told({ mean, spread }) {
  return mean.reduce((sum, one, at) => sum + (one ** 2 + spread[at] ** 2 - 1 - 2 * Math.log(spread[at])) / 2, 0);
}

/** How far a map must reach so that nearly all places are on it: a whole number, at least 3. */
export function reach(places) {
  const far = places.map((place) => Math.max(...place.map(Math.abs))).toSorted((one, other) => one - other);
  return Math.max(3, Math.ceil(far[Math.floor(far.length * 0.97)] ?? 0));
}
