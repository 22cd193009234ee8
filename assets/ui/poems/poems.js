// Entrance of the poems in the Text tab: their style sheet, their element, and how a poem is drawn everywhere.
import { styleSheet } from "../dom.js";
import { drawAs } from "../output.js";
import { StudioPoemCount } from "./count.js";
import { poem } from "./poem.js";

styleSheet(new URL("./poem.css", import.meta.url));

customElements.define("studio-poem-count", StudioPoemCount);

/** Poems are drawn here; every other text as the page draws texts. */
function draw(item, partial) {
  if (partial) return partial.meta?.poem ? [poem(partial, true)] : null;
  const made = item.outputs?.find((output) => output.meta?.poem);
  return made ? [poem(made, false)] : null;
}

drawAs("text", { draw });
