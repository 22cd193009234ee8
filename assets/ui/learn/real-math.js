// A round of guessing: which are asked in which order, and how well it went. Knows entries by number; no page.

/** The numbers 0 to count - 1 in an order that follows from a seed (Fisher and Yates, a linear congruence). */
export function shuffled(count, seed) {
  let state = (Math.trunc(seed) || 1) >>> 0;
  const order = Array.from({ length: count }, (_, at) => at);
  for (let at = count - 1; at > 0; at--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 4294967296) * (at + 1));
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}

/**
 * How a visitor did: guesses that were right, and how likely at least so many are for somebody who tosses a coin.
 * @param {boolean[]} guesses of each, whether it was right
 */
export function score(guesses) {
  const all = guesses.length;
  const right = guesses.filter(Boolean).length;
  let ways = 1; // how many of the 2^n rows of tosses have k heads, from k = 0 on
  let atLeast = 0;
  for (let heads = 0; heads <= all; heads++) {
    if (heads >= right) atLeast += ways;
    ways = (ways * (all - heads)) / (heads + 1);
  }
  return { right, all, chance: atLeast / 2 ** all };
}

/** Where a run of characters stands in a line: what is before, the run, what is after. */
export function marked(line, run) {
  const at = run ? line.indexOf(run) : -1;
  return at < 0 ? [line, "", ""] : [line.slice(0, at), run, line.slice(at + run.length)];
}

/** Notes [start, length, pitch] as a player takes them: one after another, rests between, in beats. */
export function played(notes) {
  const sorted = notes.toSorted((one, other) => one[0] - other[0]);
  let now = 0;
  return sorted.flatMap(([start, length, pitch]) => {
    const rest = start - now > 0.001 ? [{ pitch: null, length: start - now }] : [];
    now = start + length;
    return [...rest, { pitch, length }];
  });
}
