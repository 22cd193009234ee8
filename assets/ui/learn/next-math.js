// What temperature and top-p do to a distribution. Knows scores and probabilities; no page.

/**
 * Probabilities of tokens after temperature and top-p, in the order of the scores.
 *
 * Scores are divided by the temperature before softmax; 0 takes the likeliest. Then tokens are kept from the likeliest
 * on until those before have ``topP`` together, and what is left is shared out among them anew.
 * @param {number[]} scores
 * @param {number} temperature
 * @param {number} topP from just above 0 to 1
 * @returns {number[]} 0 for what was cut off
 */
export function reshaped(scores, temperature, topP) {
  const most = Math.max(...scores);
  if (temperature === 0) {
    const first = scores.indexOf(most);
    return scores.map((_, at) => (at === first ? 1 : 0));
  }
  const raised = scores.map((score) => Math.exp((score - most) / temperature));
  const all = raised.reduce((sum, one) => sum + one, 0);
  const probabilities = raised.map((one) => one / all);
  const order = probabilities.map((_, at) => at).toSorted((a, b) => probabilities[b] - probabilities[a]);
  let before = 0;
  for (const at of order) {
    const own = probabilities[at];
    if (before >= topP) probabilities[at] = 0;
    before += own;
  }
  const kept = probabilities.reduce((sum, one) => sum + one, 0);
  return probabilities.map((one) => one / kept);
}

/** How uncertain it is, in bits: 0 where one token is sure. */
export const entropy = (probabilities) =>
  probabilities.reduce((sum, one) => (one > 0 ? sum - one * Math.log2(one) : sum), 0);

/** The places of the largest, in falling order. */
export const largestOf = (values, count) =>
  values
    .map((_, at) => at)
    .toSorted((a, b) => values[b] - values[a])
    .slice(0, count);
