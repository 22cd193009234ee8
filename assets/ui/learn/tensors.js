// What small networks are made of, over plain lists of numbers, and noise by a seed. Knows shapes; knows no network.

/** Weights from a file: each tensor as its rows of numbers, or one list where it has one dimension. */
export function unpacked(tensors) {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, scale, data }]) => {
      const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
      const view = new DataView(bytes.buffer);
      const numbers = Array.from({ length: bytes.length / 2 }, (_, at) => view.getInt16(2 * at, true) * scale);
      if (shape.length < 2) return [name, numbers];
      const width = numbers.length / shape[0];
      return [name, Array.from({ length: shape[0] }, (_, row) => numbers.slice(row * width, (row + 1) * width))];
    }),
  );
}

/** A layer: every row of the matrix times the input, plus its bias. */
export function linear(weights, name, input) {
  const [matrix, bias] = [weights[`${name}.weight`], weights[`${name}.bias`]];
  return matrix.map((row, at) => {
    let sum = bias[at];
    for (let place = 0; place < row.length; place++) sum += row[place] * input[place];
    return sum;
  });
}

export const silu = (input) => input.map((one) => one / (1 + Math.exp(-one)));

/** Mean 0 and variance 1, then a learnt scale and shift for each number. */
export function layerNorm(weights, name, input) {
  const mean = input.reduce((sum, one) => sum + one, 0) / input.length;
  const variance = input.reduce((sum, one) => sum + (one - mean) ** 2, 0) / input.length;
  const [scale, shift] = [weights[`${name}.weight`], weights[`${name}.bias`]];
  return input.map((one, at) => ((one - mean) / Math.sqrt(variance + 1e-5)) * scale[at] + shift[at]);
}

export const added = (one, other) => one.map((value, at) => value + other[at]);

/** Numbers of a normal distribution, the same for the same seed (mulberry32, Box and Muller). */
export function noise(seed, count) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  });
}

/** "00100f..." (two hex figures a pixel, 0 to 16) as numbers from -1 to 1. */
export const pictureOf = (hex) =>
  Array.from({ length: hex.length / 2 }, (_, at) => parseInt(hex.slice(2 * at, 2 * at + 2), 16) / 8 - 1);

/** The root of the mean squared difference of two pictures, as a part of the whole range of greys. */
export const difference = (one, other) =>
  Math.sqrt(one.reduce((sum, value, at) => sum + (value - other[at]) ** 2, 0) / one.length) / 2;

/** The number of the picture that is nearest to one. */
export function nearest(picture, known) {
  const apart = known.map((one) => difference(one, picture));
  return apart.indexOf(Math.min(...apart));
}
