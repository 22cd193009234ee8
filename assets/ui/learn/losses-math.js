// Losses and scores as numbers: cross-entropy, mean squared error, averages of a tagging report. Knows no page.

/** −Σ p log q: what saying q costs where p is true. A p of 0 costs nothing, whatever q says. */
export function crossEntropy(truth, said, base = Math.E) {
  const terms = truth.map((p, at) => (p === 0 ? 0 : (-p * Math.log(said[at])) / Math.log(base)));
  return { terms, total: terms.reduce((sum, term) => sum + term, 0) };
}

/** The mean of the squared differences. */
export function meanSquaredError(truth, said) {
  const terms = truth.map((one, at) => (one - said[at]) ** 2);
  return { terms, total: terms.reduce((sum, term) => sum + term, 0) / terms.length };
}

/** The averages of a report whose rows are [tag, precision, recall, F1, support]. */
export function averages(rows) {
  const support = sum(rows, ([, , , , count]) => count);
  const right = sum(rows, ([, , recall, , count]) => recall * count); // recall is the part of a tag that was found
  const claimed = sum(rows, ([, precision, recall, , count]) => (recall * count) / precision);
  const mean = (place) => sum(rows, (row) => row[place]) / rows.length;
  const weighted = (place) => sum(rows, (row) => row[place] * row[4]) / support;
  const [precision, recall] = [right / claimed, right / support];
  return {
    support,
    micro: [precision, recall, (2 * precision * recall) / (precision + recall)], // of all tokens together
    macro: [1, 2, 3].map(mean), // every tag counts alike
    weighted: [1, 2, 3].map(weighted), // every tag counts by how often it is
  };
}

const sum = (rows, value) => rows.reduce((total, row) => total + value(row), 0);

/** A row of numbers from an address, 2 to 6 from `least` to `most`; null where it is none. */
export function readRow(text, least, most) {
  const row = String(text)
    .split(",")
    .map((one) => (one.trim() === "" ? NaN : Number(one)));
  return row.length >= 2 && row.length <= 6 && row.every((one) => one >= least && one <= most) ? row : null;
}

/** The nine rows of a printed report on CoNLL's names: tag, precision, recall, F1, support. */
export const REPORT = [
  ["B-LOC", 0.926, 0.906, 0.916, 1668],
  ["I-LOC", 0.9, 0.805, 0.85, 257],
  ["B-MISC", 0.875, 0.856, 0.865, 702],
  ["I-MISC", 0.838, 0.782, 0.809, 216],
  ["B-ORG", 0.914, 0.898, 0.906, 1661],
  ["I-ORG", 0.911, 0.894, 0.902, 835],
  ["B-PER", 0.964, 0.957, 0.96, 1617],
  ["I-PER", 0.983, 0.98, 0.982, 1156],
  ["O", 0.993, 0.995, 0.994, 38323],
];
