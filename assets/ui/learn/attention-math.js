// Attention as numbers: from queries, keys and values (lists of lists) to scores, weights and mixtures. Knows no page.

/** The weights that one query gives: positive, together 1. Scores of minus infinity get none. */
export function softmax(scores) {
  const most = Math.max(...scores); // taken off first, so that no power overflows; the quotient is the same
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Two vectors' product: how well a query fits a key. */
export function dot(query, key) {
  return query.reduce((total, number, at) => total + number * key[at], 0);
}

/** softmax(Q Kᵀ / √d) V, with everything on the way. `causal`: a token looks at none that come after it. */
export function attention(queries, keys, values, { scaled = true, causal = false } = {}) {
  const root = scaled ? Math.sqrt(keys[0].length) : 1;
  const products = queries.map((query) => keys.map((key) => dot(query, key)));
  const scores = products.map((row, at) =>
    row.map((product, other) => (causal && other > at ? -Infinity : product / root)),
  );
  const weights = scores.map(softmax);
  const mixed = weights.map((row) => mixture(row, values));
  return { root, products, scores, weights, mixed };
}

/** The weighted sum of vectors. */
export function mixture(weights, values) {
  return values[0].map((_, place) => weights.reduce((total, weight, at) => total + weight * values[at][place], 0));
}

/** The places of the largest weights, largest first. */
export function largest(weights, count) {
  return weights
    .map((weight, at) => ({ weight, at }))
    .sort((one, other) => other.weight - one.weight || one.at - other.at)
    .slice(0, count);
}

/** "1,0;0,1" as rows of numbers from -99 to 99; ``usual`` where it is no such table of the same shape. */
export function readTable(text, usual) {
  const rows = String(text)
    .split(";")
    .map((row) => row.split(",").map((one) => (one.trim() === "" ? NaN : Number(one))));
  const fits =
    rows.length === usual.length &&
    rows.every((row, at) => row.length === usual[at].length && row.every((one) => Math.abs(one) <= 99));
  return fits ? rows : usual;
}

/** Rows of numbers as they stand in an address. */
export const writeTable = (rows) => rows.map((row) => row.join(",")).join(";");
