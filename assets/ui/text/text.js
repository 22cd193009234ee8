// Entrance of the text tab: its element.
import { StudioCount } from "./count.js";

customElements.define("studio-count", StudioCount);
