// What the elements of lessons have in common: settings that stand in the address. Knows nothing of any lesson.
import { styleSheet } from "../dom.js";

styleSheet(new URL("./bench.css", import.meta.url));

/**
 * An element of a lesson. Its settings are texts by name; what is as usual is not told. Whoever changes one calls
 * ``keep``, which tells the page and draws anew.
 */
export class LessonElement extends HTMLElement {
  /** @returns {Record<string, string>} How it begins. */
  get usual() {
    return {};
  }

  /** @returns {Record<string, string>} */
  get settings() {
    return Object.fromEntries(Object.entries(this.all).filter(([name, value]) => value !== this.usual[name]));
  }

  set settings(given) {
    const known = Object.entries(given ?? {}).filter(([name]) => name in this.usual);
    this.held = { ...this.usual, ...Object.fromEntries(known) };
    if (this.isConnected) this.draw();
  }

  /** Every setting, as usual where nobody changed it. */
  get all() {
    this.held ??= { ...this.usual };
    return this.held;
  }

  connectedCallback() {
    this.draw();
  }

  /** @param {Record<string, string>} changes */
  keep(changes) {
    Object.assign(this.all, changes);
    this.dispatchEvent(new CustomEvent("lesson-settings", { bubbles: true }));
    this.redraw();
  }

  /** Everything, from the settings. */
  draw() {}

  /** What follows from the settings, without the fields that somebody may be typing in. */
  redraw() {
    this.draw();
  }
}
