// The folded settings of a form: whether they were left open.
import { store, stored } from "./state.js";

export function keepOpen(taskId, open) {
  store(`more.${taskId}`, open);
}

/** On load. */
export function wasOpen(taskId) {
  return [{ __type__: "update", open: stored(`more.${taskId}`, false) }];
}
