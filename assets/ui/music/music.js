// Entrance of the music tab: its style sheet, its elements, and how its items are drawn everywhere.
import { styleSheet } from "../dom.js";
import { drawAs } from "../output.js";
import { StudioPiano } from "./piano.js";
import { StudioTune, save } from "./tune.js";
import { StudioParsedSettings } from "./parsed-settings.js";

styleSheet(new URL("./music.css", import.meta.url));

customElements.define("studio-parsed-settings", StudioParsedSettings);
customElements.define("studio-piano", StudioPiano);
customElements.define("studio-tune", StudioTune);

/** The same element goes on showing the same item, so that a player plays on and nothing jumps. */
function draw(item, partial, shown) {
  if (!partial && !item.outputs?.length) return [];
  const there = shown.find((node) => node instanceof StudioTune && node.itemId === (item.id ?? null));
  return [(there ?? document.createElement("studio-tune")).show(item, partial)];
}

drawAs("music", { draw, save });
