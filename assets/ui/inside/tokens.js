// A text token by token: surprise as colour, and of the chosen one what else it might have been.
import { h, say } from "../dom.js";
import { has, number, t } from "../words.js";
import { pieces, visible } from "./pieces.js";

const DARKEST = 12; // bits
const percent = (share) => `${number(100 * share, share < 0.1 ? 1 : 0)} %`;

export function tokens(data) {
  const panel = h("div.alternatives", { "aria-live": "polite" });
  const row = pieces(
    data.tokens.map((one) => ({
      text: one.text,
      heat: Math.min(88, (88 * one.bits) / DARKEST),
      label: `${visible(one.text)}: ${t("inside.tokens.bits")} ${number(one.bits, 1)}`,
    })),
    (at) => panel.replaceChildren(...data.tokens[at].steps.map((step) => alternatives(step))),
    t("inside.tokens.title"),
  );
  for (const [at, one] of data.tokens.entries())
    if (one.steps.some((step) => step.wanted)) row.buttons[at].dataset.overruled = "true";
  row.press(mostSurprising(data.tokens));
  const settings = Object.fromEntries(Object.entries(data.settings).map(([name, value]) => [name, number(value, 2)]));
  return [
    row.node,
    scale(),
    panel,
    h("p.inside-note", {
      text: t("inside.tokens.sum", {
        count: data.tokens.length,
        bits: number(data.bits, 1),
        each: number(data.bits / data.tokens.length, 2),
      }),
    }),
    h("p.inside-note", { text: t("inside.tokens.settings", settings) }),
    data.more ? h("p.inside-note", { text: t("inside.tokens.more", { count: data.more }) }) : null,
  ].filter(Boolean);
}

const mostSurprising = (all) => all.reduce((best, one, at) => (one.bits > all[best].bits ? at : best), 0);

/** What the colours mean. */
function scale() {
  const steps = [0, 3, 6, 9, 12].map((bits) =>
    h("span.piece", { style: `--heat: ${(88 * bits) / DARKEST}%`, text: String(bits) }),
  );
  return h("p.inside-scale", {}, h("span", { text: t("inside.tokens.bits") }), steps);
}

/** The alternatives of one token, each with the model's own probability as a bar and what became of it. */
function alternatives(step) {
  const most = Math.max(...step.choices.map((choice) => choice.p), 0.0001);
  const list = step.choices.map((choice) =>
    h(
      "li.alternative",
      { "data-chosen": choice.chosen || null, "data-why": choice.why || null },
      h("span.alternative-text", { text: visible(choice.text) }),
      h("span.alternative-bar", { "aria-hidden": "true" }, h("i", { style: `width: ${(100 * choice.p) / most}%` })),
      h("span.alternative-share", { text: percent(choice.p) }),
      h("span.alternative-fate", { text: fate(choice) }),
    ),
  );
  const title = h("h4");
  say(title, t("inside.tokens.of", { text: visible(step.text).trim(), own: percent(step.p), drawn: percent(step.q) }));
  return h("div.alternatives-of", {}, title, ...notes(step), h("ol", {}, list));
}

function fate({ chosen, why, q }) {
  if (chosen) return t("inside.tokens.chosen");
  return why ? t(`inside.tokens.by_${why}`) : t("inside.tokens.drawn_with", { p: percent(q) });
}

function notes(step) {
  const wanted = step.wanted && {
    text: `“${visible(step.wanted.text)}”`,
    p: percent(step.wanted.p),
  };
  const rule = `inside.rule.${step.rule}`;
  return [
    has(rule) && t("inside.tokens.rule", { rule: t(rule), p: percent(step.cut.rules) }),
    wanted && t("inside.tokens.overruled", wanted),
    step.cut.settings >= 0.001 &&
      t("inside.tokens.limited", { p: percent(step.cut.settings), left: number(step.left, 0) }),
  ]
    .filter(Boolean)
    .map((text) => h("p.inside-note", { text }));
}
