// Where the fields of a form stand in the page. Knows selectors, for style sheets and for scripts alike.
import { findAll } from "./dom.js";
import { task } from "./state.js";

const quoted = (text) => `"${CSS.escape(text)}"`;

/** Selectors of a field's own places: its control, or the drop zone of a file. */
export function placesOf(taskId, name) {
  const places = [
    `[id=${quoted(`${taskId}-${name}`)}]`,
    `studio-upload[data-task=${quoted(taskId)}][data-field=${quoted(name)}]`,
  ];
  if (name === "seed") places.push(`.seed-row:has([id=${quoted(`${taskId}-seed`)}])`);
  return places;
}

/** Selectors of what stands beside a field and changes it. */
export function besideOf(taskId, name) {
  const field = task(taskId).fields.find((one) => one.name === name);
  const tags = [...(field?.below ?? [])];
  if (field?.widget === "prompt") tags.push("studio-chips", "studio-prompt-expander");
  if (field?.widget === "seed") tags.push("studio-seed-dice");
  const own = `[data-task=${quoted(taskId)}]`;
  return [...tags.map((tag) => `${tag}${own}`), `${own} [data-sets~=${quoted(name)}]`];
}

/** Writes the one style sheet of this name anew. A sheet, because Gradio owns its elements and their classes. */
export function sheet(id, rules) {
  const found = document.getElementById(id) ?? document.head.appendChild(document.createElement("style"));
  found.id = id;
  found.textContent = rules.join("\n");
}

/** Lets these elements be used, or (inert) only be seen. */
export function setInert(selectors, inert) {
  for (const node of findAll(selectors.join(", "))) node.inert = inert;
}
