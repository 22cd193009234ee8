// What the class is asked now and next, at the teacher's desk.
import { h } from "../dom.js";
import { t } from "./common.js";

const begins = JSON.parse(document.getElementById("begins").textContent);

/**
 * @param {any} round
 * @param {(method: string, path: string, body?: any) => Promise<any>} act
 */
export function drawRound(round, act) {
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
          h("p.desk-acts", {}, acts[round.state]()),
        )
      : h("p.class-note", { text: t("round.none") }),
    next(act),
  ];
}

function next(act) {
  const link = h("input", {
    type: "text",
    name: "link",
    placeholder: t("link"),
    "aria-label": t("link"),
    hidden: true,
  });
  const choice = h(
    "select",
    { name: "next", "aria-label": t("next") },
    begins.map((one) => h("option", { value: one.link, text: one.title })),
    h("option", { value: "", text: t("begin.link") }),
  );
  choice.addEventListener("change", () => {
    link.hidden = choice.value !== "";
  });
  const form = h(
    "form.desk-next",
    {},
    choice,
    link,
    h("button.button.quiet", { type: "submit", text: t("next.start") }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const title = choice.value ? choice.selectedOptions[0].text : "";
    act("POST", "/rounds", { kind: "make", content: { link: choice.value || link.value, title } });
  });
  return h("details.desk-choose", {}, h("summary", { text: t("next") }), form);
}
