// How a vote came out: one bar for each choice, and the words of open answers by how many said them.
import { h } from "../dom.js";
import { t } from "./common.js";

/**
 * @param {string[]} labels
 * @param {{total: number, counts: number[], right?: number}} tally
 */
export function bars(labels, tally) {
  const most = Math.max(1, ...tally.counts);
  const best = tally.counts.filter((count) => count === most).length;
  const rows = tally.counts.map((count, n) =>
    h(
      "li",
      { "data-best": String(count === most && tally.total > 0) },
      h("span.bar-label", { dir: "auto", text: labels[n] ?? "" }),
      h("span.bar", {}, h("i", { style: `width: ${(100 * count) / most}%` })),
      h("b", { text: String(count) }),
    ),
  );
  const right =
    tally.right === undefined ? null : h("p.bar-right", { text: t("real.right", { answer: labels[tally.right] }) });
  const tie = tally.total && best > 1 ? h("p.bar-tie", { text: t("tie") }) : null;
  const words = String(labels.some((label) => label.length > 2));
  return h(
    "div.bars",
    { "data-words": words },
    h("ul", {}, rows),
    h("p.bar-total", { text: t("votes", { n: tally.total }) }),
    tie,
    right,
  );
}

/** Answers that say the same, by meaning, each by the most telling of them. @param {[string, number][]} said */
export function groups(said = []) {
  const several = said.filter(([, count]) => count > 1);
  if (!several.length) return null;
  const rows = several.map(([text, count]) =>
    h("li", {}, h("b", { text: String(count) }), h("span", { dir: "auto", text })),
  );
  return h("div.groups", {}, h("p.bar-total", { text: t("groups") }), h("ul", {}, rows));
}

/** Guesses, the nearest first. @param {{name: string, text: string, points: number}[]} ranked */
export function guesses(ranked = []) {
  const rows = ranked.map((one) =>
    h("li", {}, h("b", { text: String(one.points) }), h("span", { dir: "auto", text: t("guess.row", one) })),
  );
  return h("div.groups", {}, h("ol", {}, rows));
}

/** @param {{total: number, cloud: [string, number][]}} tally */
export function cloud(tally) {
  const most = Math.max(1, ...tally.cloud.map(([, count]) => count));
  const words = tally.cloud.map(([word, count]) =>
    h("span", { dir: "auto", title: String(count), style: `font-size: ${1 + (2.2 * count) / most}em`, text: word }),
  );
  return h("div.cloud", {}, words, h("p.bar-total", { text: t("votes", { n: tally.total }) }));
}
