// The folded settings of a form: whether they were left open. Knows the heading that Gradio draws.
import { store, stored } from "./state.js";

export function keepOpen(taskId, open) {
  store(`more.${taskId}`, open);
}

export const isKeptOpen = (taskId) => stored(`more.${taskId}`, false);

/** On load. */
export const wasOpen = (taskId) => [{ __type__: "update", open: isKeptOpen(taskId) }];

// Not Gradio's own events for it: each would be looked through for every component of the page.
document.addEventListener?.("click", ({ target }) => {
  const heading = target instanceof Element ? target.closest(".wish .more > button") : null;
  const go = heading?.closest(".wish").querySelector(".go");
  if (go) setTimeout(() => keepOpen(go.id.replace(/-go$/, ""), heading.classList.contains("open")));
});
