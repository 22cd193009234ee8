// What is inside a picture: things that came to mind, the sketch beneath, the film of steps, what is near.
import { h, say } from "../dom.js";
import { language, number, t } from "../words.js";

const percent = (share) => `${number(100 * share, share < 0.1 ? 1 : 0)} %`;
const nameOf = (names) => names[language] ?? names.en;

/** A small picture with what it is under it. */
const captioned = (src, text, more = null) =>
  h(
    "figure.inside-picture",
    {},
    h("img", { src, alt: text, width: 64, height: 64, decoding: "async" }),
    h("figcaption", {}, h("span", { text }), more && h("small", { text: more })),
  );

/** Things as bars, the one that was painted marked. */
export function concepts(data) {
  const most = Math.max(...data.things.map((one) => one.share), 0.0001);
  const rows = data.things.map((one) =>
    h(
      "li.alternative",
      { "data-chosen": one.painted || null },
      h("span.alternative-text", { text: nameOf(one.names) }),
      h("span.alternative-bar", { "aria-hidden": "true" }, h("i", { style: `width: ${(100 * one.share) / most}%` })),
      h("span.alternative-share", { text: percent(one.share) }),
      h("span.alternative-fate", { text: one.painted ? t("inside.concepts.painted") : "" }),
    ),
  );
  return [
    h("div.alternatives", {}, h("ol", {}, rows)),
    h("p.inside-note", { text: t("inside.concepts.drawn", { drawn: number(data.drawn, 3), count: data.of }) }),
  ];
}

export function sketch(data) {
  const shown = [...data.pictures, ...(data.given ?? [])];
  return [
    h(
      "div.inside-pictures",
      {},
      shown.map((one) => captioned(one.src, t(one.key, one.values))),
    ),
  ];
}

/** One step of all ways at a time, chosen by a slider; under it the whole strip. */
export function film(data) {
  const last = data.steps.length - 1;
  const large = data.rows.map((row) => h("img", { src: row.frames[last], alt: t(row.key), width: 192, height: 192 }));
  const far = data.rows.map(() => h("small"));
  const told = h("output.film-at");
  const slider = h("input", { type: "range", min: 0, max: last, value: last, "aria-label": t("inside.film.step") });
  const strips = data.rows.map((row) =>
    row.frames.map((src, at) =>
      h("button.film-frame", { type: "button", tabindex: "-1", onclick: () => show(at) }, h("img", { src, alt: "" })),
    ),
  );

  function show(at) {
    slider.value = String(at);
    const line = t("inside.film.at", { step: data.steps[at], noise: percent(data.noise[at]) });
    say(told, line);
    slider.setAttribute("aria-valuetext", line);
    for (const [number_, row] of data.rows.entries()) {
      large[number_].src = row.frames[at];
      say(far[number_], number(row.far[at], 2));
      for (const [step, frame] of strips[number_].entries()) frame.toggleAttribute("data-shown", step === at);
    }
  }

  slider.addEventListener("input", () => show(Number(slider.value)));
  show(last);
  return [
    h(
      "div.film-large",
      {},
      data.rows.map((row, at) =>
        h("figure.inside-picture", {}, large[at], h("figcaption", {}, h("span", { text: t(row.key) }), far[at])),
      ),
    ),
    h("div.film-slider", {}, slider, told),
    h(
      "div.film-strips",
      { "aria-hidden": "true" },
      strips.map((frames) => h("div.film-strip", {}, frames)),
    ),
    h("p.inside-note", { text: t("inside.film.guidance", { guidance: number(data.guidance, 1) }) }),
  ];
}

export function nearest(data) {
  return [
    h(
      "div.inside-pictures",
      {},
      data.things.map((one) => captioned(one.src, nameOf(one.names), percent(one.likeness))),
    ),
    h("p.inside-note", { text: t("inside.nearest.what") }),
  ];
}

/** The nearest of the very pictures that were learnt from. */
export function learnt(data) {
  const told = [t("inside.learnt.of", { count: number(data.of, 0) })];
  if (data.recognised !== undefined) told.push(t("inside.learnt.recognised", { digit: data.recognised }));
  return [
    h(
      "div.inside-pictures",
      {},
      data.things.map((one) => captioned(one.src, one.labels.join(", ") || "–", number(one.far, 2))),
    ),
    h("p.inside-note", { text: told.join(" ") }),
  ];
}

export function walk(data) {
  return [
    h(
      "div.inside-pictures",
      {},
      data.frames.map((one) => captioned(one.src, percent(one.share), number(one.far, 2))),
    ),
    h("p.inside-note", { text: t("inside.walk.from", data) }),
  ];
}
