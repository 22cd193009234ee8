// Entrance of the text tab: its element, and how its texts are drawn: drafts, exercises, conversations.
import { h, styleSheet } from "../dom.js";
import { markdown } from "../markdown.js";
import { drawAs, textOf, view } from "../output.js";
import { complain } from "../toast.js";
import { t } from "../words.js";
import { conversation, talks } from "./chat.js";
import { StudioCount } from "./count.js";
import { draw as drawDrafts } from "./drafts.js";

styleSheet(new URL("./drafts.css", import.meta.url));

customElements.define("studio-count", StudioCount);

function draw(item, partial, shown = []) {
  if (partial || item.status !== "done") return drawDrafts(item, partial);
  if (item.id && shown[0]?.getAttribute("data-of") === item.id) return shown; // somebody may be writing in it
  const made = answered(item);
  made?.[0]?.setAttribute("data-of", item.id ?? "");
  return made;
}

function answered(item) {
  const drafts = drawDrafts(item, null);
  const made = item.outputs?.find((output) => output.kind === "text");
  const exercises = exercisesOf(made);
  if (exercises.length) return [sheet(item, exercises), key(made), ...files(item), ...(drafts ?? []).slice(1)];
  if (!talks(item)) return drafts;
  const { before, after } = conversation(item);
  return [...before, ...(drafts ?? [h("div.made.made-text", {}, markdown(textOf(item)))]), ...after];
}

const exercisesOf = (output) => (Array.isArray(output?.meta?.exercises) ? output.meta.exercises : []);

/** The sheet to be filled in; what draws it is fetched with the first. */
function sheet(item, exercises) {
  const place = h("div.exercises-place");
  import("./exercises.js").then((module) => place.replaceChildren(module.sheet(item, exercises)), complain);
  return place;
}

const key = (made) =>
  h(
    "details.drafts",
    {},
    h("summary", { text: t("text.exercises.key") }),
    h("div.made.made-text", {}, markdown(made.text ?? "")),
  );

const files = (item) => item.outputs.filter((output) => output.kind === "file").map((output) => view(output, item));

drawAs("text", { draw });
