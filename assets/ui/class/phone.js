// A pupil's phone: a seat is taken, then each exercise is done where the last one was. What is written is kept until
// it has been sent.
import { h } from "../dom.js";
import { card, lay, waits } from "./card.js";
import { ask, complain, followRoom, t, under } from "./common.js";
import { fieldsOf, valuesOf } from "./fields.js";
import { answering } from "./phone-answer.js";

const code = document.body.dataset.code;
const join = /** @type {HTMLFormElement} */ (document.getElementById("join"));
const seat = document.getElementById("seat");
const begin = JSON.parse(document.getElementById("told").textContent);

join.addEventListener("submit", (event) => {
  event.preventDefault();
  sit(/** @type {HTMLInputElement} */ (join.elements.namedItem("name")).value);
});
document.getElementById("animal").addEventListener("click", () => sit(null));

async function sit(name) {
  complain(join, "");
  try {
    draw(await ask("POST", `/api/c/${code}/seat`, { name }));
    stay();
  } catch (error) {
    complain(join, error.message);
  }
}

function stay() {
  followRoom(`/api/c/${code}`, draw, () => over("ended"));
}

function over(why) {
  seat.replaceChildren(h("p.class-note", { role: "status", text: t(why) }));
}

const me = h("p.phone-me");
const asked = h("section.phone-asked", { "aria-live": "polite" });
const made = h("div.phone-made");
const heading = h("h2", { text: t("mine.results") });
const save = h("a.button.quiet", { href: `/api/c/${code}/zip`, download: "", text: t("zip.own") });
const device = h(
  "details.phone-device",
  {},
  h("summary", { text: t("other_device") }),
  h("p", { text: t("other_device.about") }),
);
device.addEventListener("toggle", () => {
  if (device.open && device.children.length < 3) device.append(...ownLink());
});

/** The link to one's own seat and results, to be scanned by another device or sent to oneself. */
function ownLink() {
  const label = t("other_device");
  const link = h("input", { readonly: true, value: `${location.origin}/c/${code}/seat/${token}`, "aria-label": label });
  link.addEventListener("focus", () => link.select());
  return [h("img", { src: `/api/c/${code}/qr`, alt: label, width: 200, height: 200 }), link];
}
let token = "";
const votes = h("section.phone-asked", { "aria-live": "polite" });

/** Draws a part anew only where what it shows has changed: what is half written stays. */
function redraw(place, what, make) {
  const print = JSON.stringify(what);
  if (place.dataset.print !== print) place.replaceChildren(...make().filter(Boolean));
  place.dataset.print = print;
}

const answered = (round) => round && round.kind !== "make";
const drawVotes = (known) => (answered(known.round) && known.round.state !== "ready" ? answering(known) : []);

function draw(known) {
  if (known.gone) {
    over("gone");
    return;
  }
  join.hidden = true;
  seat.hidden = false;
  token = known.me.token;
  if (!me.isConnected) seat.replaceChildren(me, asked, votes, heading, made, save, device);
  me.replaceChildren(h("span", { "aria-hidden": "true", text: known.me.picture }), ` ${known.me.name}`);
  redraw(asked, [known.round, known.exercise], () => drawRound(known));
  redraw(
    votes,
    [
      known.round,
      known.options,
      known.shown,
      known.answer,
      known.tally,
      known.guess,
      known.revealed,
      known.lesson_link,
    ],
    () => drawVotes(known),
  );
  const results = under(known, "result/").reverse();
  heading.hidden = !results.length;
  save.hidden = !results.some((one) => one.status === "done");
  lay(made, results, (result) =>
    card(result, { names: false, own: true, acts: waits(result) ? [stopOf(result)] : [] }),
  );
}

const stopOf = (result) =>
  h("button.button.quiet", {
    type: "button",
    text: t("stop"),
    onclick: () => ask("DELETE", `/api/c/${code}/make/${result.id}`).catch(() => {}),
  });

function drawRound(known) {
  const round = known.round;
  if (!round || round.state === "ready") return [h("p.class-note", { text: t("wait") })];
  const title = round.title ? [h("h2.phone-title", { dir: "auto", text: round.title })] : [];
  if (round.state === "closed") return [...title, h("p.class-note", { text: t("closed") })];
  const paused = round.state === "paused";
  const note = paused ? h("p.class-note", { text: t("paused") }) : null;
  return [...title, note, known.exercise ? exercise(known, paused) : null];
}

function exercise(known, paused) {
  const { exercise: told, round } = known;
  const drafts = `aigc.class.${round.id}`;
  const form = h(
    "form.class-form",
    {},
    fieldsOf(told.fields, JSON.parse(localStorage.getItem(drafts) ?? "{}")),
    told.fixed.length
      ? h("p.phone-fixed", {}, `${t("fixed")}: `, told.fixed.map((one) => `${one.label} ${one.value}`).join(" · "))
      : null,
    h("p.class-error", { role: "alert", hidden: true }),
    h("button.button", { type: "submit", text: t("make"), disabled: paused }),
  );
  form.addEventListener("input", () => localStorage.setItem(drafts, JSON.stringify(valuesOf(form))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    complain(form, "");
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
    button.disabled = true;
    try {
      await ask("POST", `/api/c/${code}/make`, { values: valuesOf(form) });
    } catch (error) {
      complain(form, error.message);
    } finally {
      button.disabled = paused;
    }
  });
  return form;
}

if (begin) {
  draw(begin);
  stay();
}
