// A text with its names, times and numbers marked, each kind in words as well as in colour.
import { h, styleSheet } from "../dom.js";
import { markdown } from "../markdown.js";
import { drawAs } from "../output.js";
import { t } from "../words.js";

styleSheet(new URL("./exercises.css", import.meta.url));

function draw(item, partial) {
  const made = partial ? null : item.outputs?.find((output) => output.kind === "text");
  const found = made?.meta?.entities;
  const source = item.params?.prompt;
  if (!Array.isArray(found) || !source) return null;
  return [
    h("div.made.made-text", {}, markdown(made.text ?? "")),
    h(
      "details.drafts",
      { open: true },
      h("summary", { text: t("text.entities.source") }),
      h("p.entities", {}, marked(source, found)),
    ),
  ];
}

/** The source as pieces, each entity a mark that says what it is; places count characters, not halves of them. */
function marked(source, found) {
  const letters = [...source];
  const pieces = [];
  let at = 0;
  for (const [start, end, kind] of found) {
    const named = t(`text.entities.${kind}`);
    const mark = h("mark", { "data-kind": kind, title: named, text: letters.slice(start, end).join("") });
    pieces.push(letters.slice(at, start).join(""), mark, h("span.visually-hidden", { text: ` (${named})` }));
    at = end;
  }
  return [...pieces, letters.slice(at).join("")];
}

drawAs("text", { draw });
