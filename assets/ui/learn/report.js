// The report on a classifier or tagger as tables: scores by tag, their averages, and what was taken for what.
// Knows report.json; knows no training.
import { h } from "../dom.js";
import { addressOf } from "../output.js";
import { has, number, t } from "../words.js";
import { judgedOf } from "./judged.js";
import { nextOf } from "./next.js";
import { rankingOf, rewardedOf } from "./preferred.js";
import { seenOf } from "./seen.js";

const COLUMNS = ["precision", "recall", "f1", "support"];
const PARTS = ["tags", "averages", "averages_without_o", "names"];
const word = (name) => t(`ui.training.report.${name}`);
const named = (name) => (has(`ui.training.report.${name}`) ? word(name) : name);
/** The darkest cell is no darker than lets its number be read. */
const DARKEST = 0.45;

/**
 * What a training found out about its network, as far as it left such files: the report, what the network sees or
 * prefers, what a reward has made of it.
 * @param {import("../types.js").Item} item
 */
export async function foundIn(item) {
  const drawers = {
    "report.json": reportOf,
    "seen.json": seenOf,
    "ranking.json": rankingOf,
    "rewarded.json": rewardedOf,
    "next.json": nextOf,
    "judged.json": judgedOf,
  };
  const there = item.outputs.filter((output) => output.name in drawers);
  return Promise.all(there.map((output) => drawers[output.name](addressOf(output), item)));
}

async function reportOf(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(answer.statusText);
  return drawn(await answer.json());
}

/** @param {any} report */
function drawn(report) {
  return h(
    "section.training-report",
    {},
    h("h3", { text: t("ui.training.report") }),
    PARTS.filter((part) => report[part]).map((part) => scores(captionOf(part, report), report[part])),
    confusion(report.order, report.confusion),
  );
}

/** Classes are no tokens, and know no O. */
const captionOf = (part, report) => word(report.averages_without_o ? part : `${part}_of_classes`);

function scores(caption, rows) {
  return h(
    "div.wide",
    {},
    h(
      "table",
      {},
      h("caption", { text: caption }),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("td"),
          COLUMNS.map((name) => h("th", { scope: "col", text: word(name) })),
        ),
      ),
      h(
        "tbody",
        {},
        Object.entries(rows).map(([name, row]) =>
          h(
            "tr",
            {},
            h("th", { scope: "row", text: named(name) }),
            COLUMNS.map((column) => h("td", { text: number(row[column], column === "support" ? 0 : 3) })),
          ),
        ),
      ),
    ),
  );
}

function confusion(order, rows) {
  return h(
    "div.wide",
    {},
    h(
      "table",
      {},
      h("caption", { text: word("confusion") }),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("td"),
          order.map((name) => h("th", { scope: "col", text: name })),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row, place) => {
          const all = row.reduce((sum, one) => sum + one, 0) || 1;
          return h(
            "tr",
            {},
            h("th", { scope: "row", text: order[place] }),
            row.map((count) =>
              h("td.share", { style: `--share: ${(DARKEST * count) / all}` }, h("span", { text: number(count, 0) })),
            ),
          );
        }),
      ),
    ),
  );
}
