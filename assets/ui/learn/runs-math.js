// Several runs beside one another: one curve each of one measure, what tells them apart, and a grid of two settings.
// Knows curves and settings as values; no page.

/** Settings that tell runs apart, in the order in which they are named. */
const HOW = ["data", "method", "rule", "kl"];
export const TOLD = [...HOW, "learning_rate", "width", "batch_size", "steps", "seconds", "seed"];

/**
 * One measure of several runs as points of one chart: a value by the run's name, where the run has one there.
 * @param {{ name: string, points: Record<string, any>[] }[]} runs
 * @param {string} measure
 * @returns {Record<string, any>[]} in the order of steps
 */
export function together(runs, measure) {
  const found = new Map();
  for (const { name, points } of runs)
    for (const point of points) {
      if (point[measure] === undefined || point[measure] === null) continue;
      const at = found.get(point.step) ?? { step: point.step };
      at[name] = point[measure];
      found.set(point.step, at);
    }
  return [...found.values()].toSorted((one, other) => one.step - other.step);
}

/**
 * The measures that all these runs have, in the order of the first.
 * @param {{ points: Record<string, any>[] }[]} runs
 */
export function shared(runs) {
  const names = ({ points }) => [...new Set(points.flatMap((point) => Object.keys(point)))];
  const [first = [], ...others] = runs.map(names);
  return first.filter((name) => name !== "step" && others.every((list) => list.includes(name)));
}

/**
 * Which settings are not the same in all of some runs.
 * @param {Record<string, any>[]} runs their settings
 */
export function different(runs) {
  const said = (params, name) => JSON.stringify(params[name] ?? null);
  return TOLD.filter((name) => new Set(runs.map((params) => said(params, name))).size > 1);
}

/** A number as one types it: 0.003, not 0.0030000000000000005. */
const plain = (value) => Number(value.toPrecision(6));

/**
 * Numbers out of a text such as "0.001, 0.01"; what is no number within the limits is left out, at most ``most``.
 * @param {string} text
 * @param {{ least: number, most: number, whole?: boolean, count?: number }} limits
 */
export function readNumbers(text, { least, most, whole = false, count = 4 }) {
  const given = text.split(/[\s,;，；、]+/).map((word) => (word === "" ? NaN : Number(word)));
  const good = given.filter((one) => one >= least && one <= most && (!whole || Number.isInteger(one))).map(plain);
  return [...new Set(good)].slice(0, count);
}

/**
 * The cell with the lowest value; null where none has one.
 * @template {{ value: number | null }} Cell
 * @param {Cell[]} cells
 * @returns {Cell | null}
 */
export function lowest(cells) {
  const known = cells.filter(({ value }) => value !== null && Number.isFinite(value));
  return known.reduce((best, one) => (!best || Number(one.value) < Number(best.value) ? one : best), known[0] ?? null);
}

/** From 0 (the highest value) to 1 (the lowest), for shading; 1 where there is but one. */
export function shade(value, cells) {
  const known = cells.map((cell) => cell.value).filter((one) => one !== null && Number.isFinite(one));
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return high > low ? (high - value) / (high - low) : 1;
}
