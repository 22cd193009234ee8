// What stands on the wall while the class votes or answers: what it is asked about, and the outcome once it is told.
import { h } from "../dom.js";
import { bars, cloud, groups, guesses } from "./bars.js";
import { content } from "./card.js";
import { t } from "./common.js";

const KINDS = ["vote", "poll", "question", "guess", "real", "lesson", "train"];

/** Whether the wall shows a question and not results. */
export const isAsked = (round) => KINDS.includes(round?.kind) || (round?.kind === "ab" && round.revealed);

/** A result or an answer that the class is asked about. */
const candidate = (known, id) => known[`result/${id}`] ?? known[`answer/${id}`] ?? {};

function shown(known, id, n) {
  const { round } = known;
  const one = candidate(known, id);
  const letter = round.of.length > 1 ? h("b.wall-letter", { text: "ABCD"[n] }) : null;
  const said = round.revealed ? h("p.card-asked", { dir: "auto", text: `${one.asked} · ${one.made}` }) : null;
  return h("article.card.known", {}, letter, h("div.card-made", {}, content(one)), said);
}

/** @param {any} known */
function outcome({ round, tally, guesses: ranked }) {
  if (round.kind === "question") return [cloud(tally), groups(round.groups)];
  if (round.kind === "guess") return [guesses(ranked)];
  return [bars(round.choices ?? tally.counts.map((_, n) => "ABCD"[n]), tally)];
}

/** What there is to choose, before it is told how the class chose. */
const choices = (round) => (round.choices ?? []).map((text) => h("p.wall-choice", { dir: "auto", text }));

/**
 * Draws it, where it has changed.
 * @param {HTMLElement} wall
 * @param {Record<string, any>} known
 */
export function drawAsked(wall, known) {
  const { round } = known;
  const of = round.of ?? [];
  const made = of.map((id) => candidate(known, id));
  const print = JSON.stringify([round, round.revealed ? [known.tally, known.guesses] : 0, made]);
  if (wall.dataset.print === print) return;
  wall.dataset.print = print;
  wall.dataset.many = "vote";
  const below = (round.revealed ? outcome(known) : round.kind === "lesson" ? [] : choices(round)).filter(Boolean);
  const words = made.some((one) => one.files?.some((file) => file.kind === "text"));
  wall.dataset.beside = String(below.length > 0 && of.length > 0 && (of.length === 1 || words));
  const cards = of.map((id, n) => shown(known, id, n));
  const parts = [
    cards.length ? h("div.wall-between", { "data-n": cards.length }, cards) : null,
    below.length ? h("div.wall-outcome", {}, below) : null,
  ].filter(Boolean);
  wall.replaceChildren(...(parts.length ? parts : [h("p.wall-empty", { text: round.title || t("kind.question") })]));
}
