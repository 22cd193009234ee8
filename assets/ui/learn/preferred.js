// What was learnt from preferences: a head's weights and the best of n by its scores, or couplets before and after a
// rule rewarded them. Knows ranking.json and rewarded.json of such a training; knows no training.
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { number, t } from "../words.js";
import { undone } from "./after.js";
import { slider } from "./fields.js";
import { bestOf } from "./reward-math.js";
import { thing, things } from "./things.js";

const word = (name, values) => t(`ui.preferred.${name}`, values);

async function told(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

/** @param {string} address of ranking.json */
export async function rankingOf(address, item) {
  const [found, pool] = await Promise.all([told(address), things()]);
  return h("section.preferred", {}, best(found, pool), weights(found), undo(item));
}

/** A slider of n: the first of n, whom nobody chose, beside the one that the head likes best of them. */
function best({ data, fresh, scores: list, pairs }, pool) {
  const scores = Object.fromEntries(list.map((score, at) => [`#${at}`, score]));
  const place = h("div.reward-pair", { role: "status" });
  const draw = (n) => {
    const chosen = bestOf(fresh, scores, n);
    const card = (key, name) =>
      h(
        "figure.real-card",
        {},
        h("figcaption", { text: word(key, { n, score: number(scores[name], 2) }) }),
        thing(pool, data, name),
      );
    place.replaceChildren(card("unchosen", fresh[0]), card("chosen", chosen));
  };
  draw(fresh.length);
  return [
    h("h3", { text: word("best") }),
    h("p", { text: word("best_about", { count: fresh.length, pairs }) }),
    slider({ label: word("n"), value: fresh.length, least: 1, most: fresh.length, set: draw }),
    place,
  ];
}

/** Every weight as a bar to the left or to the right, the largest first. */
function weights(found) {
  const rows = Object.entries(found.weights).toSorted(([, one], [, other]) => Math.abs(other) - Math.abs(one));
  const most = Math.max(...rows.map(([, weight]) => Math.abs(weight)), 1e-9);
  return [
    h("h3", { text: word("weights") }),
    h("p", { text: word("weights_about") }),
    h(
      "ul.preferred-weights",
      {},
      rows.map(([name, weight]) =>
        h(
          "li",
          {},
          h("span", { text: t(`ui.preferred.feature.${name}`) }),
          h("i", {
            "data-sign": weight < 0 ? "less" : "more",
            style: `--share: ${((50 * Math.abs(weight)) / most).toFixed(1)}%`,
            "aria-hidden": "true",
          }),
          h("span", { text: number(weight, 2) }),
        ),
      ),
    ),
  ];
}

/** @param {string} address of rewarded.json */
export async function rewardedOf(address, item) {
  const found = await told(address);
  return h(
    "section.preferred",
    {},
    h("h3", { text: word("rewarded") }),
    h(
      "div.reward-pair",
      {},
      ["before", "after"].map((side) => couplets(side, found[side])),
    ),
    undo(item),
  );
}

function couplets(side, { couplets: list, rewarded, ends, of }) {
  const share = (value) => `${number(100 * value, 1)} %`;
  return h(
    "figure.real-card",
    {},
    h("figcaption", {}, h("b", { text: word(side) }), ` ${word("share", { share: share(rewarded), of })}`),
    h(
      "ul.preferred-couplets",
      { lang: "zh" },
      list.map((one) => h("li", { "data-rewarded": String(one.rewarded) }, one.text, one.rewarded ? " ✓" : "")),
    ),
    h("p", {}, word("ends"), " ", h("span", { lang: "zh", text: said(ends, of) })),
  );
}

const said = (ends, of) => ends.map(([pair, count]) => `${pair} ${number((100 * count) / of, 0)} %`).join("  ");

/** Takes back what was learnt: a training of its own that begins where this one ended. */
function undo(item) {
  const state = item.outputs.find((output) => output.name === "state.safetensors");
  if (!state || item.params.undo) return null;
  return h(
    "p",
    {},
    h(
      "button.action",
      { type: "button", "data-undo": true, onclick: () => undone(item, state) },
      icon("again"),
      h("span", { text: word("undo") }),
    ),
  );
}
