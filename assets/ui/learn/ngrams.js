// BLEU and ROUGE of two texts, and which of their words are the same. Knows tokens and counts; knows no page.
// As sacrebleu's sentence_bleu (effective order, exponential smoothing) and rouge-score count, over the tokens below.

/**
 * Chinese characters one by one, other letters and digits by words, signs left out.
 * @param {string} text
 */
export const tokens = (text) =>
  text.toLowerCase().match(/\p{Script=Han}|[\p{L}\p{N}]+?(?=\p{Script=Han}|[^\p{L}\p{N}]|$)/gu) ?? [];

/** @param {string[]} list @param {number} n */
function counted(list, n) {
  const counts = new Map();
  for (let at = 0; at + n <= list.length; at++) {
    const gram = list.slice(at, at + n).join("\u0000");
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** How many n-grams of one text stand in the other, each as often as there. */
export function matches(said, wanted, n) {
  const there = counted(wanted, n);
  let found = 0;
  for (const [gram, count] of counted(said, n)) found += Math.min(count, there.get(gram) ?? 0);
  return found;
}

/**
 * BLEU, 0 to 100, with what it is made of.
 * @param {string[]} said
 * @param {string[]} wanted
 */
export function bleu(said, wanted) {
  const parts = [];
  let sum = 0;
  let halving = 1;
  for (let n = 1; n <= 4; n++) {
    const all = Math.max(0, said.length - n + 1);
    if (!all) break;
    const found = matches(said, wanted, n);
    // An order without any match counts as half of the least, then a quarter, and so on.
    const share = found ? found / all : 1 / ((halving *= 2) * all);
    parts.push({ n, found, all });
    sum += Math.log(share);
  }
  const brevity = !said.length ? 0 : said.length >= wanted.length ? 1 : Math.exp(1 - wanted.length / said.length);
  const any = parts.some((part) => part.found);
  return { value: any ? 100 * brevity * Math.exp(sum / parts.length) : 0, brevity, parts };
}

/**
 * ROUGE-N: recall, precision and their harmonic mean, 0 to 1.
 * @param {string[]} said
 * @param {string[]} wanted
 * @param {number} n
 */
export function rouge(said, wanted, n) {
  const found = matches(said, wanted, n);
  return scored(found, Math.max(0, said.length - n + 1), Math.max(0, wanted.length - n + 1));
}

/** ROUGE-L: the same of the longest sequence that both have in this order, with gaps. */
export const rougeL = (said, wanted) => scored(common(said, wanted).size, said.length, wanted.length);

function scored(found, said, wanted) {
  const precision = said ? found / said : 0;
  const recall = wanted ? found / wanted : 0;
  return { precision, recall, f1: found ? (2 * precision * recall) / (precision + recall) : 0 };
}

/**
 * Where in the first text the longest common sequence stands.
 * @param {string[]} said
 * @param {string[]} wanted
 * @returns {Set<number>}
 */
export function common(said, wanted) {
  const table = Array.from({ length: said.length + 1 }, () => new Uint16Array(wanted.length + 1));
  for (let i = said.length - 1; i >= 0; i--)
    for (let j = wanted.length - 1; j >= 0; j--)
      table[i][j] = said[i] === wanted[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  const places = new Set();
  for (let i = 0, j = 0; i < said.length && j < wanted.length;)
    if (said[i] === wanted[j]) places.add((j++, i++));
    else if (table[i + 1][j] >= table[i][j + 1]) i++;
    else j++;
  return places;
}

/**
 * For each token the longest n-gram (to four) around it that stands in the other text; 0 for none.
 * @param {string[]} said
 * @param {string[]} wanted
 */
export function longest(said, wanted) {
  const found = said.map(() => 0);
  for (let n = 1; n <= 4; n++) {
    const there = counted(wanted, n);
    for (let at = 0; at + n <= said.length; at++)
      if (there.has(said.slice(at, at + n).join("\u0000"))) found.fill(n, at, at + n);
  }
  return found;
}
