// In how many columns and rows pictures are largest on a wall. Knows numbers.

export const GAP = 16;
/** Pixels of a card beside its picture: padding and names; and what was asked, where there is room for it. */
const FRAME = 26;
const NAMED = 46;
const ASKED = 34;
/** Pixels: smaller ones are not worth being seen all at once. */
const LEAST = 72;
export const MOST_ASKED = 12;

/**
 * @param {number} n pictures
 * @param {number} width of the wall in pixels
 * @param {number} height
 * @returns {{columns: number, rows: number} | null} nothing where they are too many to be seen at once
 */
export function gridOf(n, width, height) {
  const words = NAMED + (n > MOST_ASKED ? 0 : ASKED);
  let best = { side: LEAST - 1, columns: 0, rows: 0 };
  for (let columns = 1; columns <= n; columns += 1) {
    const rows = Math.ceil(n / columns);
    const wide = (width - (columns - 1) * GAP) / columns - FRAME;
    const high = (height - (rows - 1) * GAP) / rows - words;
    const side = Math.min(wide, high);
    if (side > best.side) best = { side, columns, rows };
  }
  return best.columns ? { columns: best.columns, rows: best.rows } : null;
}
