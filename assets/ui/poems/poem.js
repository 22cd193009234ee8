// Draws a poem: set in columns from right to left or in lines, tones and sounds beside the characters, what
// rhymes and what breaks a rule marked. Knows the report that the poet writes beside each poem.
import { h } from "../dom.js";
import { store, stored } from "../state.js";
import { has, number, t } from "../words.js";

const LOOK = "poem.look";
const TONES = { 平: "level", 仄: "oblique", 中: "either", "?": "unknown" };
const SIGNS = { level: "○", oblique: "●", either: "◐", unknown: "·" };

const look = () => ({ vertical: true, tones: true, pinyin: false, ...stored(LOOK, {}) });

/** The poem of an output, as a node; ``live`` while it is still being written. */
export function poem(output, live) {
  const { poem: made } = output.meta;
  const node = h(
    "section.poem",
    { "aria-label": t("text.poem") },
    h("p.visually-hidden", { lang: tongue(made), text: output.text ?? "" }),
    h(
      "div.poem-body",
      {},
      h("div.poem-scroll", {}, sheet(made)),
      live ? null : h("div.poem-beside", {}, tools(made), made.tones ? verdict(made) : null),
    ),
  );
  node.style.setProperty("--length", String(length(made)));
  const lines = made.form.endsWith("绝") ? 4 : 8;
  node.style.setProperty("--columns", String(lines + (made.title ? 1 : 0)));
  dress(node);
  return node;
}

const tongue = (made) => (made.script === "traditional" ? "zh-Hant" : "zh-Hans");

/** Title and lines; a screen reader has them as plain text beside. */
function sheet(made) {
  const rhymes = new Set((made.rhymes ?? []).map(String));
  const broken = new Map();
  for (const { rule, places } of made.broken ?? [])
    for (const place of places) broken.set(String(place), [...(broken.get(String(place)) ?? []), rule]);
  return h(
    "div.poem-sheet",
    { "aria-hidden": "true", lang: tongue(made) },
    made.title ? h("p.poem-title", { text: made.title }) : null,
    made.lines.map((line, row) =>
      h(
        "p.poem-line",
        {},
        [...line].map((char, column) =>
          glyph(made, char, row, column, rhymes.has(`${row},${column}`), broken.get(`${row},${column}`)),
        ),
        [...line].length < length(made) ? null : h("span.poem-stop", { text: row % 2 ? "。" : "，" }),
      ),
    ),
  );
}

const length = (made) => (made.form.startsWith("五") ? 5 : 7);

function glyph(made, char, row, column, rhymes, broken) {
  const tone = TONES[made.tones?.[row]?.[column]];
  const told = [
    tone && t(`text.poem.tone.${tone}`),
    rhymes && t("text.poem.rhymes"),
    ...(broken ?? []).map((rule) => t(`text.poem.broken.${rule}`)),
  ].filter(Boolean);
  return h(
    "span.glyph",
    { title: told.join(" · ") || null, "data-rhyme": rhymes || null, "data-broken": broken ? "true" : null },
    h("span.glyph-sound", { text: made.pinyin?.[row]?.[column] ?? "" }),
    h("span.glyph-char", { text: char }),
    h("span.glyph-tone", { text: tone ? SIGNS[tone] : "" }),
  );
}

// -- switches -------------------------------------------------------------------------------------

function tools(made) {
  const toggle = (name) =>
    h("button.chip", {
      type: "button",
      "data-look": name,
      text: t(`text.poem.look.${name}`),
      title: t(`text.poem.look.${name}.hint`),
      onclick: () => {
        store(LOOK, { ...look(), [name]: !look()[name] });
        for (const node of document.querySelectorAll(".poem")) dress(node);
      },
    });
  return h(
    "div.poem-tools",
    { role: "group", "aria-label": t("text.poem.look") },
    ["vertical", made.tones && "tones", made.pinyin && "pinyin"].filter(Boolean).map(toggle),
  );
}

/** Shows a poem as the visitor likes to see poems. */
function dress(node) {
  for (const [name, on] of Object.entries(look())) {
    node.dataset[name] = String(on);
    node.querySelector(`[data-look="${name}"]`)?.setAttribute("aria-pressed", String(on));
  }
}

// -- what it keeps and what it was asked for ------------------------------------------------------

function verdict(made) {
  const checks = Object.values(made.checked).reduce((sum, [, judged]) => sum + judged, 0);
  const failed = made.broken.length;
  const facts = [
    t(`text.form.${made.form}`),
    made.rhyme && t("text.poem.rhyme", { group: made.rhyme }),
    has(`text.poem.plan.${made.plan}`) && t(`text.poem.plan.${made.plan}`),
    made.heads && t("text.poem.heads", { heads: made.heads }),
  ].filter(Boolean);
  return h(
    "div.poem-verdict",
    {},
    h("p.poem-facts", { text: facts.join(" · ") }),
    h(
      "p.poem-keeps",
      { "data-keeps": String(failed === 0) },
      failed
        ? t("text.poem.breaks", { failed: number(failed), checks: number(checks) })
        : t("text.poem.keeps", { checks: number(checks) }),
    ),
    failed
      ? h(
          "ul.poem-broken",
          {},
          made.broken.map((one) => h("li", { text: sentence(made, one) })),
        )
      : null,
    made.keywords.length
      ? h(
          "p.poem-keys",
          {},
          t("text.poem.keys"),
          made.keywords.map(({ word, found }) =>
            h("span.poem-key", {
              "data-found": String(found),
              title: t(found ? "text.poem.key.found" : "text.poem.key.missing"),
              text: `${word} ${found ? "✓" : "✗"}`,
            }),
          ),
          made.placed ? h("span.poem-placed", { text: t("text.poem.placed") }) : null,
        )
      : null,
    made.notes.map(({ key, values }) => h("p.poem-note", { text: t(key, values) })),
    h("p.poem-legend", { text: t("text.poem.legend") }),
  );
}

/** A broken rule in words: which characters, in which lines. */
function sentence(made, { rule, places }) {
  const chars = places
    .map(([row, column]) => t("text.poem.quoted", { char: [...made.lines[row]][column] }))
    .join(t("text.poem.and"));
  const lines = [...new Set(places.map(([row]) => row + 1))].join(t("text.poem.and"));
  return t(`text.poem.fails.${rule}`, { chars, lines });
}
