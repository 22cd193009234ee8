// Entrance of the text tab: its element, and how a text with several drafts is drawn.
import { styleSheet } from "../dom.js";
import { drawAs } from "../output.js";
import { StudioCount } from "./count.js";
import { draw } from "./drafts.js";

styleSheet(new URL("./drafts.css", import.meta.url));

customElements.define("studio-count", StudioCount);

drawAs("text", { draw });
