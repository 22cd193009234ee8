// Voting and answering on a phone: blind, each phone in an order of its own; what was acknowledged is marked.
import { h } from "../dom.js";
import { bars } from "./bars.js";
import { content } from "./card.js";
import { address, ask, complain, t } from "./common.js";

const code = document.body.dataset.code;

/** What a round of votes or words looks like, by what the phone knows. */
export function answering(known) {
  const { round, options = [], answer = null, tally } = known;
  const told = known.revealed && round.kind !== "question";
  const open = round.state === "open" && !told;
  const kept = answer === null ? null : h("p.phone-kept", { role: "status", text: open ? t("vote.kept") : "" });
  const seen = (known.shown ?? []).map((one) => h("article.card.known", {}, h("div.card-made", {}, content(one))));
  if (round.kind === "question") return [question(round, answer, open), kept];
  if (round.kind === "guess") return [...seen, question(round, answer, open), kept, ...guessed(known)];
  if (round.kind === "ab" && !options.length) return answer === null ? [] : [kept];
  const form = h(
    "div.phone-options",
    {},
    options.map((one) => option(one, answer, open)),
  );
  const error = h("p.class-error", { role: "alert", hidden: true });
  const inWords = ["poll", "real", "train"].includes(round.kind);
  const labels = inWords ? options.map((one) => one.text) : (known.labels ?? letters(tally));
  return [
    ...seen,
    known.lesson_link ? lesson(known.lesson_link) : null,
    round.kind === "ab" ? h("h2.phone-title", { text: t("ab.which") }) : null,
    h("div.phone-vote", {}, form, error),
    kept,
    tally ? bars(labels, tally) : null,
  ];
}

const lesson = (link) =>
  h("a.button", { href: address(link), target: "_blank", rel: "noopener", text: t("lesson.open") });

/** What the class was to guess, and how near this one came. */
function guessed({ shown, guess, revealed }) {
  if (!revealed) return [];
  const truth = shown.map((one) => h("p.card-asked", { dir: "auto", text: t("guess.truth", { asked: one.text }) }));
  return [...truth, guess ? h("p.phone-kept", { role: "status", text: t("guess.place", guess) }) : null];
}

const letters = (tally) => (tally?.counts ?? []).map((_, n) => "ABCD"[n]);

async function send(node, answer) {
  const box = node.closest(".phone-vote");
  complain(box, "");
  try {
    await ask("PUT", `/api/c/${code}/answer`, { answer });
  } catch (error) {
    complain(box, error.message);
  }
}

function option(one, answer, open) {
  const mine = one.id === answer;
  const press = h("button.button.quiet", {
    type: "button",
    disabled: !open,
    "aria-pressed": String(mine),
    text: one.files ? t(mine ? "vote.mine" : "vote.this") : one.text,
    onclick: (event) => send(event.currentTarget, one.id),
  });
  if (!one.files) return press;
  const said = one.letter ? h("p.card-asked", { dir: "auto", text: `${one.letter}: ${one.text}` }) : null;
  return h("article.card.known", { "data-mine": String(mine) }, h("div.card-made", {}, content(one)), said, press);
}

function question(round, answer, open) {
  const box = h("input", { type: "text", name: "answer", maxlength: 140, dir: "auto", value: answer ?? "" });
  const form = h(
    "form.class-form.phone-vote",
    {},
    h("label", {}, t("answer"), box),
    h("p.class-error", { role: "alert", hidden: true }),
    h("button.button", { type: "submit", disabled: !open, text: t("answer.send") }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(box, box.value);
  });
  return form;
}
