// Entrance of the image tab: its style sheet, its elements, and how its items are drawn everywhere.
import { styleSheet } from "../dom.js";
import { drawAs } from "../output.js";
import { StudioAxes } from "./axes.js";
import { StudioVocabulary } from "./vocabulary.js";
import { save } from "./image-items.js";
import { StudioPicture } from "./picture.js";
import { StudioSettingsImport } from "./settings-import.js";
import { StudioStart } from "./start.js";

styleSheet(new URL("./image.css", import.meta.url));

customElements.define("studio-picture", StudioPicture);
customElements.define("studio-start", StudioStart);
customElements.define("studio-axes", StudioAxes);
customElements.define("studio-settings-import", StudioSettingsImport);
customElements.define("studio-vocabulary", StudioVocabulary);

/** The same element goes on showing the same item, so that nothing jumps when a preview becomes the picture. */
function draw(item, partial, shown) {
  if (!partial && !item.outputs?.length) return [];
  const there = shown.find((node) => node instanceof StudioPicture && node.itemId === (item.id ?? null));
  return [(there ?? document.createElement("studio-picture")).show(item, partial)];
}

drawAs("image", { draw, save });
