// What the class is asked now and next, at the teacher's desk.
import { h } from "../dom.js";
import { bars, cloud, groups, guesses } from "./bars.js";
import { t } from "./common.js";

const begins = JSON.parse(document.getElementById("begins").textContent);

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
  return [
    round
      ? h(
          "div.desk-now",
          {},
          h(
            "p.desk-state",
            {},
            t("round.number", { n: round.number }),
            " · ",
            h("b", { text: t(`state.${round.state}`) }),
          ),
          h("p.desk-title", { dir: "auto", text: round.title || round.question || "" }),
          round.notes ? h("p.desk-notes", { dir: "auto", text: round.notes }) : null,
          h("p.desk-acts", {}, acts[round.state](), tally ? revealing(round, act) : null),
          tally ? outcome(round, tally, ranked) : null,
        )
      : h("p.class-note", { text: t("round.none") }),
    next(act),
  ];
}

function revealing(round, act) {
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

const lines = (text) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

/** What each kind of round is asked for, by the names of its boxes. */
const KINDS = {
  make: ["link"],
  poll: ["title", "choices"],
  question: ["title"],
  ab: ["title", "link_a", "link_b"],
};

function boxes() {
  const named = (name, label) => h("input", { type: "text", name, placeholder: t(label), "aria-label": t(label) });
  return [
    named("title", "question"),
    h("textarea", { name: "choices", rows: 3, placeholder: t("choices"), "aria-label": t("choices") }),
    named("link", "link"),
    named("link_a", "link"),
    named("link_b", "link_b"),
  ];
}

function next(act) {
  const ready = h("select", { name: "ready", "aria-label": t("exercise") }, [
    ...begins.map((one) => h("option", { value: one.link, text: one.title })),
    h("option", { value: "", text: t("begin.link") }),
  ]);
  const kinds = Object.keys(KINDS).map((kind) => h("option", { value: kind, text: t(`kind.${kind}`) }));
  const kind = h("select", { name: "kind", "aria-label": t("next") }, kinds);
  const fields = boxes();
  const form = h(
    "form.desk-next",
    {},
    kind,
    ready,
    fields,
    h("button.button.quiet", { type: "submit", text: t("next.start") }),
  );
  const arrange = () => {
    ready.hidden = kind.value !== "make";
    for (const field of fields) {
      field.hidden = !KINDS[kind.value].includes(field.name) || (field.name === "link" && ready.value !== "");
    }
  };
  form.addEventListener("change", arrange);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    const content = { title: value.title };
    if (kind.value === "make") {
      content.link = ready.value || value.link;
      content.title = ready.value ? ready.selectedOptions[0].text : "";
    }
    if (kind.value === "poll") content.choices = lines(value.choices);
    if (kind.value === "ab") Object.assign(content, { link: value.link_a, link_b: value.link_b });
    act("POST", "/rounds", { kind: kind.value, content });
  });
  arrange();
  return h("details.desk-choose", {}, h("summary", { text: t("next") }), form);
}
