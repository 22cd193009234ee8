// The wall on the projector: results fly in as a grid; by the keyboard one is large, plays, is hidden, or all stand
// still.
import { h } from "../dom.js";
import { bars, cloud, groups, guesses } from "./bars.js";
import { card, content, lay } from "./card.js";
import { ask, followRoom, t, under } from "./common.js";

const api = `/api/class/${document.body.dataset.room}`;
const wall = document.getElementById("wall");
const line = document.querySelector(".wall-state");
document.getElementById("keys").textContent = t("wall.keys");

let known = null;
let frozen = [];
let large = "";
let chosen = "";
const hidden = [];
let slides = 0;

const shownOf = () => under(known, "result/").filter((one) => one.state === "shown" && one.status === "done");
const inRound = (results) => results.filter((one) => !known.round || one.round === known.round.id);

/** What stands on the wall: this exercise's results, or what stood there when it was frozen. */
function standing() {
  const all = inRound(shownOf());
  if (!known.room.frozen) {
    frozen = all.map((one) => one.id);
    return all;
  }
  return all.filter((one) => frozen.includes(one.id));
}

/** A result or an answer that the class is asked about. */
const candidate = (id) => known[`result/${id}`] ?? known[`answer/${id}`];

/** What the class is asked about, in a vote or a question; how it stands once that is told. */
function drawVote() {
  const { round, tally } = known;
  const said = (one) =>
    round.revealed ? h("p.card-asked", { dir: "auto", text: `${one.asked} · ${one.made}` }) : null;
  const named = (id, n) => {
    const one = candidate(id) ?? {};
    const letter = round.of.length > 1 ? h("b.wall-letter", { text: "ABCD"[n] }) : null;
    return h("article.card.known", {}, letter, content(one), said(one));
  };
  const between = (round.of ?? []).map(named);
  const poll = (round.choices ?? []).map((text) => h("p.wall-choice", { dir: "auto", text }));
  const labels = round.choices ?? tally.counts.map((_, n) => "ABCD"[n]);
  const outcome = {
    question: () => [cloud(tally), groups(round.groups)],
    guess: () => [guesses(known.guesses)],
  };
  const shown = (outcome[round.kind] ?? (() => [bars(labels, tally)]))();
  line.textContent = t("votes", { n: tally.total });
  const made = (round.of ?? []).map(candidate).filter(Boolean);
  const parts = (round.revealed ? [...between, ...shown] : [...between, ...poll]).filter(Boolean);
  const print = JSON.stringify([round, round.revealed ? [tally, known.guesses] : 0, made]);
  if (wall.dataset.print === print) return;
  wall.dataset.print = print;
  wall.dataset.many = "vote";
  wall.replaceChildren(...(parts.length ? parts : [h("p.wall-empty", { text: round.title })]));
}

function draw() {
  document.getElementById("asked").textContent = known.round?.title || known.room.name || t("title");
  if (
    ["vote", "poll", "question", "guess", "real"].includes(known.round?.kind) ||
    (known.round?.kind === "ab" && known.round.revealed)
  ) {
    drawVote();
    return;
  }
  if (wall.dataset.print) wall.replaceChildren();
  delete wall.dataset.print;
  const all = inRound(shownOf());
  const results = standing().reverse();
  const waits = all.length - results.length;
  line.textContent = known.room.frozen ? t("wall.frozen", { n: waits }) : t("wall.count", { n: all.length });
  wall.dataset.many = results.length > 24 ? "most" : results.length > 8 ? "many" : "few";
  wall.dataset.large = String(Boolean(large));
  const seen = large ? results.filter((one) => one.id === large) : results;
  if (!seen.length) wall.replaceChildren(h("p.wall-empty", { text: t("wall.empty") }));
  else
    lay(
      wall,
      seen.map((one) => ({ ...one, names: known.room.names })),
      (one) => card(one, { names: one.names }),
    );
  mark();
}

function mark() {
  for (const node of /** @type {any} */ (wall.children)) {
    node.classList.toggle("chosen", node.dataset.id === chosen);
    if (node.dataset.id === chosen) node.scrollIntoView({ block: "nearest" });
  }
}

const ids = () =>
  standing()
    .reverse()
    .map((one) => one.id);

function move(by) {
  const all = ids();
  if (!all.length) return;
  const at = all.indexOf(chosen);
  chosen = all[at < 0 ? 0 : (at + by + all.length) % all.length];
  if (large) large = chosen;
  draw();
}

function columns() {
  const [first, ...rest] = /** @type {any} */ ([...wall.children]);
  const next = rest.findIndex((node) => node.offsetTop > first.offsetTop + 4);
  return next < 0 ? rest.length + 1 : next + 1;
}

function play() {
  const node = /** @type {HTMLMediaElement | null} */ (
    wall.querySelector(".chosen audio, .chosen video, audio, video")
  );
  if (node?.paused) node.play();
  else node?.pause();
}

function hide() {
  if (!chosen) return;
  hidden.push(chosen);
  ask("PATCH", `${api}/results/${chosen}`, { state: "hidden" }).catch(() => {});
  large = "";
}

function undo() {
  const back = hidden.pop();
  if (back) ask("PATCH", `${api}/results/${back}`, { state: "shown" }).catch(() => {});
}

function enlarge(on) {
  clearInterval(slides);
  slides = 0;
  if (on && !chosen) [chosen = ""] = ids();
  large = on ? chosen : "";
  draw();
}

function slideshow() {
  if (slides) {
    enlarge(false);
    return;
  }
  enlarge(true);
  slides = setInterval(() => move(1), 6000);
}

const set = (name) => ask("PATCH", api, { [name]: !known.room[name] }).catch(() => {});
const KEYS = {
  ArrowRight: () => move(1),
  ArrowLeft: () => move(-1),
  ArrowDown: () => move(large ? 1 : columns()),
  ArrowUp: () => move(large ? -1 : -columns()),
  Enter: () => enlarge(!large),
  Escape: () => enlarge(false),
  s: slideshow,
  p: play,
  " ": play,
  h: hide,
  u: undo,
  n: () => set("names"),
  f: () => set("frozen"),
};

document.addEventListener("keydown", (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (!known || event.ctrlKey || event.metaKey || event.altKey || !KEYS[key]) return;
  event.preventDefault();
  KEYS[key]();
});
wall.addEventListener("click", (event) => {
  const node = /** @type {any} */ (event.target).closest(".card");
  if (!node || /** @type {any} */ (event.target).closest("audio, video")) return;
  chosen = node.dataset.id;
  enlarge(!large);
});

followRoom(
  api,
  (now) => {
    known = now;
    draw();
  },
  () => {
    large = "";
    wall.replaceChildren(h("p.wall-empty", { text: t("ended") }));
  },
);
