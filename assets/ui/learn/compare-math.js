// Which of several methods is best by a measure. Knows of each whether less or more is better.

const LESS = new Set(["frechet", "parameters"]);
const NEAR_ONE = new Set(["variety"]); // as varied as real ones, neither less nor more

/** The best row by a measure; the first of those that are alike. */
export function best(rows, measure) {
  const worth = (row) => {
    if (NEAR_ONE.has(measure)) return -Math.abs(row[measure] - 1);
    return LESS.has(measure) ? -row[measure] : row[measure];
  };
  return rows.reduce((found, row) => (worth(row) > worth(found) ? row : found));
}
