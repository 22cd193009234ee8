// What a lesson looks like on paper: its folded parts open while it is printed, but for the answers of its exercises.
import { findAll } from "../dom.js";

/** From now on, whenever the page is printed. */
export function openForPrint() {
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = findAll(".lesson-part:not([open])");
    for (const part of opened) part.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const part of opened) part.open = false;
  });
}
