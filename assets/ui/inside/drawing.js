// What was seen inside a result, drawn section by section; under each drawing stands the same in words.
// Knows which module draws which kind of section. Used by the page and by the page of a link.
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../words.js";
import { attention } from "./attention.js";
import { bars } from "./bars.js";
import { layers, losses } from "./layers.js";
import { notes } from "./notes.js";
import { concepts, film, learnt, nearest, sketch, walk } from "./pictures.js";
import { tokens } from "./tokens.js";

/** @import { Explanation, InsideWords } from "../types.js" */

/** Draws the data of one kind: nodes, perhaps later. */
const DRAW = { tokens, attention, concepts, sketch, film, nearest, learnt, walk, notes, bars, layers, losses };

/**
 * @param {Explanation} told
 * @param {{ audio?: string | null }} [context] where what was made can be heard
 * @returns {Promise<HTMLElement[]>}
 */
export async function drawn(told, context = {}) {
  const words = [...told.words];
  const parts = told.sections.filter((section) => DRAW[section.kind]);
  return Promise.all(
    parts.map(async (section) => {
      const said = words.shift();
      const nodes = await DRAW[section.kind](section.data, context);
      const part = h("section.inside-part", { "data-kind": section.kind, "aria-label": said.title });
      part.append(
        h("h3", { text: said.title }),
        h("p.inside-about", { text: t(`inside.${section.kind}.about`) }),
        ...section.remarks.map((remark) => h("p.inside-remark", { text: t(remark.key, remark.values) })),
        ...nodes,
        inWords(said),
      );
      return part;
    }),
  );
}

/**
 * A section's sentences and its table, folded.
 * @param {InsideWords} said
 */
function inWords(said) {
  const table = h(
    "table",
    {},
    h("caption.visually-hidden", { text: said.title }),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        said.head.map((name) => h("th", { scope: "col", text: name })),
      ),
    ),
    h("tbody", {}, said.rows.map(row)),
  );
  return h(
    "details.inside-words",
    {},
    h("summary", {}, icon("chevron"), t("inside.in_words")),
    said.sentences.map((sentence) => h("p", { text: sentence })),
    said.rows.length ? h("div.inside-table", { tabindex: "0", role: "group", "aria-label": said.title }, table) : null,
  );
}

const row = ([first, ...rest]) =>
  h(
    "tr",
    {},
    h("th", { scope: "row", text: first }),
    rest.map((text) => h("td", { text })),
  );
