// Sentences beside the fields that they are about. Knows where a field stands in the page, nothing of requests.
import { find, h } from "./dom.js";

/** Writes a sentence under a field and goes there; false where the field can't be seen. */
export function showError(taskId, name, message) {
  const drop = find(`studio-upload[data-task="${CSS.escape(taskId)}"][data-field="${CSS.escape(name)}"]`);
  const block = drop ?? document.getElementById(`${taskId}-${name}`);
  if (!block?.offsetParent) return false;
  const note = h("p.field-error", { id: `${taskId}-${name}-error`, role: "alert", text: message });
  block.append(note);
  const input = find("textarea, input", block);
  input?.setAttribute("aria-invalid", "true");
  input?.setAttribute("aria-describedby", note.id);
  input?.focus();
  return true;
}

/** Takes away what stands beside one field, or beside every field of the task. */
export function clearErrors(taskId, name = null) {
  const start = name ? `${taskId}-${name}-error` : `${taskId}-`;
  for (const note of document.querySelectorAll(`.field-error[id^="${CSS.escape(start)}"]`)) {
    const input = note.parentElement?.querySelector("[aria-invalid]");
    input?.removeAttribute("aria-invalid");
    input?.removeAttribute("aria-describedby");
    note.remove();
  }
}
