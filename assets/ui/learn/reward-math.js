// Rating pairs and choosing by scores. Knows names and numbers; no page.

/** How many of each kind are there to be rated; the others are kept for trying out what was learnt. */
export const RATED = 32;

/**
 * Two names that were not compared yet, in an order that follows from how many were; null where none are left.
 * @param {string[]} names
 * @param {string[][]} rated pairs, the better one first
 * @param {number} skipped pairs that were passed over
 * @returns {[string, string] | null}
 */
export function nextPair(names, rated, skipped = 0) {
  const known = new Set(rated.map((pair) => pair.toSorted().join("\n")));
  const count = names.length;
  const half = Math.ceil(count / 2);
  // Neighbours first, from every other name on: everything comes up before much comes up twice.
  for (let step = 0; step < count * (count - 1); step++) {
    const turn = (rated.length + skipped + step) % (count * (count - 1));
    const [place, gap] = [turn % count, 1 + Math.floor(turn / count)];
    const first = place < half ? 2 * place : 2 * (place - half) + 1;
    const pair = /** @type {[string, string]} */ ([names[first], names[(first + gap) % count]]);
    if (!known.has(pair.toSorted().join("\n"))) return pair;
  }
  return null;
}

/**
 * Of the first n the one with the highest score: what "best of n" hands out.
 * @param {string[]} names
 * @param {Record<string, number>} scores
 * @param {number} n
 */
export function bestOf(names, scores, n) {
  const drawn = names.slice(0, n);
  return drawn.reduce((best, name) => (scores[name] > scores[best] ? name : best), drawn[0]);
}

/** Pairs as they stand in the form; null where that is no list of pairs. */
export function typedPairs(text) {
  try {
    const found = JSON.parse(text || "[]");
    const good = (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((name) => typeof name === "string");
    return Array.isArray(found) && found.every(good) ? found : null;
  } catch {
    return null;
  }
}

/** The same; none where that is no list of pairs. */
export const readPairs = (text) => typedPairs(text) ?? [];

/** The same for the form; nothing where nothing was rated. */
export const writePairs = (pairs) => (pairs.length ? JSON.stringify(pairs) : "");
