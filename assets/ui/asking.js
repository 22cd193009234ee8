// When Gradio is asked what its components hold: something was done in a field, or put into it. Their own change
// events would cost a look through all events for each component that is drawn. Knows of which form a field is, and
// nothing of values.

/** @type {Map<string, () => void>} by task what makes Gradio call ``remember``, once the tab has been drawn. */
const askers = new Map();
/** @type {Map<string, ReturnType<typeof setTimeout>>} by task and delay. */
const asking = new Map();

/** Milliseconds until a component holds what was done in it: as a rule at once, at times it thinks first. */
const DONE_MS = [0, 400];
/** The same for what was put into it. */
const FILLED_MS = 150;
/** Of these at least one comes with whatever is done in a box, a list, a slider or a switch. */
const EVENTS = ["input", "change", "keyup", "mousedown", "click", "focusout"];

/** Gradio hands over how it is asked. */
export function askBy(taskId, ask) {
  askers.set(taskId, ask);
  askSoon(taskId);
}

/** Something was put into fields of this form. */
export const askSoon = (taskId) => later(taskId, FILLED_MS);

function later(taskId, after) {
  const ask = askers.get(taskId);
  if (!ask) return;
  const key = `${taskId} ${after}`;
  clearTimeout(asking.get(key));
  asking.set(key, setTimeout(ask, after));
}

function done({ target }) {
  const field = target instanceof Element ? target.closest(".field[id]") : null;
  if (field) for (const after of DONE_MS) later(field.id.slice(0, field.id.indexOf("-")), after);
}

for (const event of EVENTS) document.addEventListener?.(event, done, { capture: true, passive: true });
