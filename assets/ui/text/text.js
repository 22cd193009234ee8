// Entrance of the text tab: its element, and how a text with several drafts and one of exercises are drawn.
import { h, styleSheet } from "../dom.js";
import { markdown } from "../markdown.js";
import { drawAs, view } from "../output.js";
import { t } from "../words.js";
import { StudioCount } from "./count.js";
import { draw as drawDrafts } from "./drafts.js";
import { exercisesOf, sheet } from "./exercises.js";

styleSheet(new URL("./drafts.css", import.meta.url));

customElements.define("studio-count", StudioCount);

function draw(item, partial) {
  const drafts = drawDrafts(item, partial);
  const made = partial ? null : item.outputs?.find((output) => output.kind === "text");
  const exercises = exercisesOf(made);
  if (!exercises.length) return drafts;
  const files = item.outputs.filter((output) => output !== made).map((output) => view(output, item));
  const key = h(
    "details.drafts",
    {},
    h("summary", { text: t("text.exercises.key") }),
    h("div.made.made-text", {}, markdown(made.text ?? "")),
  );
  return [sheet(item, exercises), key, ...files, ...(drafts ?? []).slice(1)];
}

drawAs("text", { draw });
