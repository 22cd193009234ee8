// The folded settings of a form: whether they were left open. Knows the heading that Gradio draws; its own events for
// it would be looked through for every component of the page.
import { find } from "./dom.js";
import { store, stored } from "./state.js";

export function keepOpen(taskId, open) {
  store(`more.${taskId}`, open);
}

export const wasOpen = (taskId) => stored(`more.${taskId}`, false);

/**
 * They have been drawn: what was left open is opened, and what is opened or closed is remembered.
 * @param {string} taskId
 * @param {Element} place
 */
export function connectMore(taskId, place) {
  const heading = find("button", place);
  const isOpen = () => heading.classList.contains("open");
  heading.addEventListener("click", () => setTimeout(() => keepOpen(taskId, isOpen())));
  if (wasOpen(taskId) && !isOpen()) heading.click();
}
