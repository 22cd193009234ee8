// The teacher's desk: who is here and how far, what is asked, what came of it, and what the wall shows.
import { h } from "../dom.js";
import { card, lay, stage, waits } from "./card.js";
import { ask, followRoom, t, under } from "./common.js";
import { moreActs } from "./desk-more.js";
import { nextForm } from "./desk-next.js";
import { drawPlan } from "./desk-plan.js";
import { drawRound } from "./desk-round.js";

const room = document.body.dataset.room;
const api = `/api/class/${room}`;
const byId = (id) => document.getElementById(id);
const sheet = /** @type {HTMLDialogElement} */ (byId("sheet"));

byId("large").addEventListener("click", () => sheet.showModal());
sheet.addEventListener("click", () => sheet.close());

/** Does something and says what went wrong, if anything did. */
export async function act(method, path, body) {
  try {
    return await ask(method, `${api}${path}`, body);
  } catch (error) {
    say(error.message);
    return null;
  }
}

const said = h("p.desk-said", { role: "status" });
document.querySelector("main").append(said);
let quiet = 0;

/** A line at the foot of the page, with something to press perhaps. */
export function say(text, label = "", onclick = null) {
  clearTimeout(quiet);
  said.replaceChildren(text, onclick ? h("button.button.quiet", { type: "button", text: label, onclick }) : "");
  said.classList.add("shown");
  quiet = setTimeout(() => said.classList.remove("shown"), 8000);
}

const toggle = (name, label, value) =>
  h(
    "label.choice",
    {},
    h("input", {
      type: "checkbox",
      checked: value,
      onchange: (event) => act("PATCH", "", { [name]: event.target.checked }),
    }),
    h("span", { text: t(label) }),
  );

const last = {};

/** Draws a part only where what it shows has changed, so that focus and what is half written stay. */
function part(id, what, make) {
  const print = JSON.stringify(what);
  if (last[id] === print) return;
  last[id] = print;
  byId(id).replaceChildren(...[make()].flat(Infinity).filter(Boolean));
}

function draw(known) {
  const seats = under(known, "seat/");
  const results = under(known, "result/").reverse();
  const waiting = results.filter((one) => one.state === "waiting" && one.status === "done");
  const shown = results.filter((one) => one.state === "shown" && one.round === known.round?.id);
  const settings = known.room;
  part("door", settings.door, () => [
    toggle("door", "door.open", settings.door),
    h("small", { text: t("door.about") }),
  ]);
  part("round", [known.round, known.tally, known.guesses], () =>
    drawRound(known.round, known.tally, known.guesses, act),
  );
  part("wall-acts", [settings, ids(waiting), ids(shown)], () => [
    toggle("approve", "approve", settings.approve),
    toggle("names", "names", settings.names),
    toggle("frozen", "freeze", settings.frozen),
    waiting.length > 1 ? several("approve.all", waiting, () => setAll(waiting, "shown")) : null,
    shown.length > 1 ? several("clear", shown, () => clear(shown)) : null,
  ]);
  part("plan", known.plan ?? null, () => drawPlan(known.plan, act));
  part("ranking", known.ranking ?? [], () => drawRanking(known.ranking ?? []));
  part("candidates", candidates, drawCandidates);
  part("seats", seats, () => drawSeats(seats));
  const place = byId("results");
  const made = [...under(known, "answer/"), ...results].sort((one, other) => (one.id < other.id ? 1 : -1));
  if (made.length) lay(place, made, drawResult);
  else if (!place.querySelector(".class-note")) place.replaceChildren(h("p.class-note", { text: t("results.none") }));
}

const ids = (all) => all.map((one) => one.id);

const several = (label, all, onclick) =>
  h("button.button.quiet", { type: "button", text: t(label, { n: all.length }), onclick });

const setAll = (all, state) => Promise.all(all.map((one) => act("PATCH", `/results/${one.id}`, { state })));

/** Takes all of an exercise off the wall, and back again. */
async function clear(all) {
  await setAll(all, "hidden");
  say(t("cleared", { n: all.length }), t("undo"), () => setAll(all, "shown"));
}

let candidates = [];

/** Whether a candidate is somebody's answer, and no model's. */
const written = (id) => id.includes(".");

/** Chooses a result for a vote, or takes it back. */
function choose(id, button) {
  candidates = candidates.includes(id) ? candidates.filter((one) => one !== id) : [...candidates, id].slice(-4);
  for (const node of /** @type {any} */ (document.querySelectorAll(".desk-candidate"))) {
    node.setAttribute("aria-pressed", String(candidates.includes(node.dataset.of)));
  }
  part("candidates", candidates, drawCandidates);
  button.focus();
}

function drawCandidates() {
  const begin = async (kind) => {
    const content = { title: t(`${kind}.title`), of: candidates };
    if (await act("POST", "/rounds", { kind, content })) candidates = [];
  };
  const n = candidates.length;
  const kinds = n > 1 ? ["vote"] : n && !written(candidates[0]) ? ["guess", "real"] : n ? ["real"] : [];
  return kinds.map((kind) =>
    h("button.button", { type: "button", text: t(`${kind}.begin`, { n }), onclick: () => begin(kind) }),
  );
}

function drawRanking(ranking) {
  if (!ranking.length) return [];
  const rows = ranking.slice(0, 8).map((one) => h("li", { dir: "auto", text: t("ranking.row", one) }));
  return [h("h2", { text: t("ranking") }), h("ol", {}, rows)];
}

function drawSeats(seats) {
  if (!seats.length) return h("p.class-note", { text: t("who.none") });
  const inside = seats.filter((one) => !one.removed);
  const count = (name) => inside.filter((one) => one.stage === name).length;
  const counts = { here: inside.filter((one) => one.here).length };
  for (const name of ["thinking", "waiting", "done"]) counts[name] = count(name);
  return [h("p.desk-counts", { text: t("who.counts", counts) }), h("ul.desk-list", {}, seats.map(drawSeat))];
}

function drawSeat(one) {
  const how = one.removed ? "out" : one.here ? `stage.${one.stage}` : "away";
  const name = one.removed ? t("let_in", { name: one.name }) : t("send_out", { name: one.name });
  return h(
    "li",
    { "data-stage": one.removed ? "out" : one.stage, "data-here": String(one.here) },
    h("span", { "aria-hidden": "true", text: one.picture }),
    h("b", { dir: "auto", text: one.name }),
    h("i", { text: t(how) }),
    h("button.desk-out", {
      type: "button",
      title: name,
      "aria-label": name,
      text: one.removed ? "↩" : "×",
      onclick: () => act("PATCH", `/seats/${one.id}`, { removed: !one.removed }),
    }),
  );
}

function drawResult(one) {
  const set = (state) => act("PATCH", `/results/${one.id}`, { state });
  const button = (label, onclick) => h("button.button.quiet", { type: "button", text: t(label), onclick });
  const hide = async () => {
    await set("hidden");
    say(t("hidden", { name: one.name }), t("undo"), () => set(one.state));
  };
  const acts = {
    waiting: [button("approve.one", () => set("shown")), button("hide", hide)],
    shown: [button("hide", hide)],
    hidden: [button("show", () => set("shown"))],
  };
  const vote = h("button.button.quiet.desk-candidate", {
    type: "button",
    "data-of": one.id,
    "aria-pressed": String(candidates.includes(one.id)),
    text: t("choose"),
    onclick: (event) => choose(one.id, event.currentTarget),
  });
  const all = written(one.id) ? [vote] : [...acts[one.state], vote];
  const node = card(one, { acts: one.status === "done" ? all : [] });
  if (waits(one)) node.setAttribute("aria-label", stage(one, false));
  return node;
}

byId("next").append(nextForm(act));
byId("more-acts").append(...moreActs(act, say));
followRoom(api, draw, () => {
  document.querySelector("main").replaceChildren(h("p.class-note", { role: "status", text: t("ended") }), said);
});
