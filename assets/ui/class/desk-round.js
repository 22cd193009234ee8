// What the class is asked now, at the teacher's desk.
import { h } from "../dom.js";
import { bars, cloud, groups, guesses } from "./bars.js";
import { address, t } from "./common.js";

/**
 * @param {any} round
 * @param {any} tally
 * @param {any} ranked guesses, the nearest first
 * @param {(method: string, path: string, body?: any) => Promise<any>} act
 */
export function drawRound(round, tally, ranked, act) {
  const set = (state) => act("PATCH", `/rounds/${round.id}`, { state });
  const button = (label, state) => h("button.button", { type: "button", text: t(label), onclick: () => set(state) });
  const acts = {
    ready: () => [button("start", "open")],
    open: () => [button("pause", "paused"), button("lock", "closed")],
    paused: () => [button("go_on", "open"), button("lock", "closed")],
    closed: () => [button("go_on", "open")],
  };
  if (!round) return h("p.class-note", { text: t("round.none") });
  const state = h("b", { text: t(`state.${round.state}`) });
  return h(
    "div.desk-now",
    {},
    h("p.desk-state", {}, t("round.number", { n: round.number }), " · ", state),
    h("p.desk-title", { dir: "auto", text: round.title || "" }),
    round.notes ? h("p.desk-notes", { dir: "auto", text: round.notes }) : null,
    h("p.desk-acts", {}, acts[round.state](), tally ? revealing(round, act) : null, learning(round)),
    tally ? outcome(round, tally, ranked) : null,
  );
}

/** The lesson that the class does, or the training with the setting that it chose, for the projector. */
function learning(round) {
  if (!round.lesson_link) return null;
  const label = round.kind === "train" ? t("train.open", { choice: round.chosen }) : t("lesson.open");
  return h("a.button.quiet", { href: address(round.lesson_link), target: "_blank", rel: "noopener", text: label });
}

function revealing(round, act) {
  if (round.kind === "lesson") return null;
  const label = round.revealed ? "conceal" : "reveal";
  const onclick = () => act("PATCH", `/rounds/${round.id}`, { revealed: !round.revealed });
  return h("button.button.quiet", { type: "button", text: t(label), onclick });
}

/** What a vote has come to, by the labels that the wall has too. */
export function outcome(round, tally, ranked) {
  if (round.kind === "question") return [cloud(tally), groups(round.groups)];
  if (round.kind === "guess") return [h("p.bar-total", { text: t("votes", { n: tally.total }) }), guesses(ranked)];
  return bars(round.choices ?? tally.counts.map((_, n) => "ABCD"[n]), tally);
}
