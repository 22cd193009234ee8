// Claims out of pages about this field, some right, some wrong: the visitor decides, then sees why, with numbers that
// are computed here. Knows which are right; the words are the lesson's.
import { h } from "../dom.js";
import { number } from "../words.js";
import { REPORT, averages, crossEntropy, meanSquaredError } from "./losses-math.js";

const three = (values) => values.map((one) => one.toFixed(3)).join(" / ");

/** What the explanations need, computed. */
function computed() {
  const all = averages(REPORT);
  const names = averages(REPORT.filter(([tag]) => tag !== "O"));
  return {
    entropy: number(crossEntropy([1, 0], [0.8, 0.2]).total, 5),
    squared: meanSquaredError([1, 2, 3], [0.8, 1.9, 3.1]).total.toFixed(3),
    ten: number(Math.log(10), 3),
    micro: all.micro[1].toFixed(3),
    weighted: three(all.weighted),
    macro: three(all.macro),
    support: number(all.support),
    outside: number((Number(REPORT.at(-1)[4]) / all.support) * 100, 0),
    names: three(names.micro),
  };
}

/** @type {{ id: string, right: boolean, code?: boolean, table?: boolean }[]} */
export const CLAIMS = [
  { id: "entropy", right: true },
  { id: "squared", right: false },
  { id: "equal", right: true },
  { id: "report", right: false, table: true },
  { id: "gan", right: false },
  { id: "training", right: false, code: true },
  { id: "double", right: true },
  { id: "shapes", right: false, code: true },
];

/**
 * @param {(name: string, values?: Record<string, any>) => string} word
 */
export function claims(word) {
  const values = computed();
  const decided = new Map();
  const score = h("p.losses-score", { role: "status" });
  const tell = () => {
    const good = [...decided.values()].filter(Boolean).length;
    score.textContent = decided.size ? word("score", { good, all: decided.size, total: CLAIMS.length }) : "";
  };
  const cards = CLAIMS.map((claim) =>
    card(claim, word, values, (good) => {
      decided.set(claim.id, good);
      tell();
    }),
  );
  return h(
    "section",
    {},
    h("h3", { text: word("claims") }),
    h("p", { text: word("claims_about") }),
    h("ol.claims", {}, cards),
    score,
  );
}

function card(claim, word, values, decide) {
  const why = h("p", { text: word(`why.${claim.id}`, values) });
  const verdict = h("p.claim-verdict", { role: "status" });
  const answer = h("div.claim-answer", { hidden: true }, why);
  const buttons = [true, false].map((says) =>
    h("button.chip", {
      type: "button",
      text: word(says ? "is_right" : "is_wrong"),
      "aria-pressed": "false",
      onclick: () => {
        const good = says === claim.right;
        buttons.forEach((button, at) => button.setAttribute("aria-pressed", String((at === 0) === says)));
        verdict.textContent = word(good ? "well" : claim.right ? "was_right" : "was_wrong");
        verdict.dataset.good = String(good);
        answer.hidden = false;
        decide(good);
      },
    }),
  );
  const text = word(`claim.${claim.id}`);
  return h(
    "li.claim",
    {},
    claim.code ? h("pre", { tabindex: "0" }, h("code", { text })) : h("p", { text }),
    claim.code ? h("p", { text: word(`claimed.${claim.id}`) }) : "",
    claim.table ? report(word) : "",
    h("div.chips", {}, buttons),
    verdict,
    answer,
  );
}

function report(word) {
  const columns = ["tag", "precision", "recall", "f1", "support"];
  return h(
    "table",
    {},
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        columns.map((one) => h("th", { scope: "col", text: word(`column.${one}`) })),
      ),
    ),
    h(
      "tbody",
      {},
      REPORT.map(([tag, ...numbers]) =>
        h(
          "tr",
          {},
          h("th", { scope: "row", text: tag }),
          numbers.map((one, at) => h("td", { text: at < 3 ? Number(one).toFixed(3) : String(one) })),
        ),
      ),
    ),
  );
}
