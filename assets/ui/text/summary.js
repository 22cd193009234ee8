// A summary above its source, in which the chosen sentences are lit.
import { h, styleSheet } from "../dom.js";
import { drawAs } from "../output.js";
import { t } from "../words.js";

styleSheet(new URL("./drafts.css", import.meta.url));

function draw(item, partial) {
  const made = partial ? null : item.outputs?.find((output) => output.kind === "text");
  const lit = made?.meta?.lit;
  const source = item.params?.prompt;
  if (!Array.isArray(lit) || !source) return null;
  return [
    h("div.made.made-text", {}, h("p", { text: made.text })),
    h(
      "details.drafts",
      { open: true },
      h("summary", { text: t("text.summary.source", { n: lit.length, of: made.meta.of }) }),
      h("p.summary-source", {}, marked(source, lit)),
    ),
  ];
}

/** The source as pieces, those between a start and an end as marks; places count characters, not halves of them. */
function marked(source, lit) {
  const letters = [...source];
  const pieces = [];
  let at = 0;
  for (const [start, end] of lit) {
    pieces.push(letters.slice(at, start).join(""), h("mark", { text: letters.slice(start, end).join("") }));
    at = end;
  }
  return [...pieces, letters.slice(at).join("")];
}

drawAs("text", { draw });
