// What the components of a form were given and have not told back yet: one after another they learn what they hold.
// Knows values by name, and nothing of forms or of Gradio.

/** @import { Values } from "./types.js" */

/**
 * By name: what was put in, what may be told until then, and how often that was told.
 * @typedef {Record<string, { value: any, stale: any[], times: number }>} Expected
 */

/** So often a component may tell what is stale until it is taken at its word. */
const TIMES = 40;

/** Whether two values of a field are equal, lists included. */
export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/**
 * Those of some values that others have not.
 * @param {Values} some
 * @param {Values} others
 * @returns {Values}
 */
export const unlike = (some, others) =>
  Object.fromEntries(Object.entries(some).filter(([name, value]) => !same(value, others[name])));

/**
 * From now on these values count, whatever else may be told of them first.
 * @param {Expected} expected
 * @param {Values} all
 * @param {Values} before
 */
export function expect(expected, all, before) {
  for (const [name, value] of Object.entries(all)) {
    expected[name] = { value, stale: [...(expected[name]?.stale ?? []), before[name]], times: 0 };
  }
}

/**
 * What of this counts, and whether some is stale: then it is worth asking again.
 * @param {Expected} expected
 * @param {Values} told
 * @returns {{ counting: Values, late: boolean }}
 */
export function counted(expected, told) {
  const counting = { ...told };
  let late = false;
  for (const [name, one] of Object.entries(expected)) {
    if (!(name in told)) continue;
    const stale = !same(told[name], one.value) && one.stale.some((old) => same(old, told[name]));
    one.times += 1;
    if (stale && one.times < TIMES) counting[name] = one.value;
    else delete expected[name];
    late ||= name in expected;
  }
  return { counting, late };
}
