// The wall on the projector: results fly in as a grid; by the keyboard one is large, plays, is hidden, or all stand
// still.
import { h } from "../dom.js";
import { card, lay } from "./card.js";
import { ask, followRoom, t, under } from "./common.js";
import { drawAsked, isAsked } from "./wall-asked.js";
import { MOST_ASKED, gridOf } from "./wall-grid.js";

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

/** The way in, large, as long as there is nothing else to be seen. */
function comeIn() {
  const [code, address, qr] = [".class-code", ".wall-address", ".wall-qr"].map((one) => document.querySelector(one));
  return h(
    "div.wall-empty",
    {},
    h("img.wall-qr", { src: /** @type {HTMLImageElement} */ (qr).src, alt: "" }),
    h("b.class-code", { translate: "no", text: code.textContent }),
    h("p", { translate: "no", text: address.textContent }),
    h("p", { text: t("wall.empty") }),
  );
}

const isPicture = (one) => one.files?.some((file) => file.kind === "image");

/** Pictures are made as large as all of them can be on one screen; anything else goes on below. */
function arrange(seen) {
  const pictures = !large && seen.length > 0 && seen.every(isPicture);
  const { paddingLeft, paddingTop } = getComputedStyle(wall);
  const [width, height] = [
    wall.clientWidth - 2 * parseFloat(paddingLeft),
    wall.clientHeight - 2 * parseFloat(paddingTop),
  ];
  const grid = pictures ? gridOf(seen.length, width, height) : null;
  wall.dataset.fits = String(grid !== null);
  wall.dataset.asked = String(seen.length <= MOST_ASKED);
  wall.style.setProperty("--columns", String(grid?.columns ?? 0));
  wall.style.setProperty("--rows", String(grid?.rows ?? 0));
}

function draw() {
  document.getElementById("asked").textContent = known.round?.title || known.room.name || t("title");
  wall.dataset.large = String(Boolean(large));
  if (isAsked(known.round)) {
    wall.dataset.fits = "false";
    line.textContent = t("votes", { n: known.tally.total });
    drawAsked(wall, known);
    return;
  }
  if (wall.dataset.print) wall.replaceChildren();
  delete wall.dataset.print;
  delete wall.dataset.beside;
  const all = inRound(shownOf());
  const results = standing().reverse();
  const waits = all.length - results.length;
  line.textContent = known.room.frozen ? t("wall.frozen", { n: waits }) : t("wall.count", { n: all.length });
  wall.dataset.many = results.length > 24 ? "most" : results.length > 8 ? "many" : "few";
  const seen = large ? results.filter((one) => one.id === large) : results;
  arrange(seen);
  if (!seen.length) wall.replaceChildren(comeIn());
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

window.addEventListener("resize", () => known && draw());
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
