// Several items of the history at once: ticked one by one, by a range (Shift) or all that were found, and what can be
// done with them. Knows routes and ids; the history shows the boxes.
import * as api from "./api.js";
import { download, find, h, say, show } from "./dom.js";
import { icon } from "./icons.js";
import { titleOf } from "./output.js";
import { addToProject } from "./project-sheet.js";
import { emit } from "./state.js";
import { complain, toast } from "./toast.js";
import { t } from "./words.js";

/** @import { Item } from "./types.js" */

/** So many at once that one request may change. */
const CHUNK = 100;
const MOST = 5000;

export class Selection {
  /**
   * ``changed`` is told of every change of the selection, and asked for the items that are shown and for the filter
   * that found them.
   * @param {{ items: () => Item[], filter: () => Record<string, string | string[]>, changed: () => void }} history
   */
  constructor(history) {
    this.history = history;
    /** @type {Map<string, Item>} */
    this.chosen = new Map();
    this.on = false;
    this.last = null;
    this.build();
  }

  build() {
    this.toggle = h(
      "button.chip",
      { type: "button", "aria-pressed": "false", "data-action": "select", onclick: () => this.turn(!this.on) },
      icon("check"),
      t("ui.select"),
    );
    this.count = h("b.select-count", { role: "status", "aria-live": "polite" });
    this.acts = [
      this.button("star", "ui.action.star", () => this.star()),
      this.button("save", "ui.history.export", () => exportItems([...this.chosen.keys()])),
      this.button("folder", "ui.project.add", () => addToProject([...this.chosen.keys()])),
      this.button("trash", "ui.action.delete", () => this.remove()),
    ];
    this.bar = h(
      "div.select-bar",
      { hidden: true, role: "group", "aria-label": t("ui.select") },
      this.count,
      h("button.link", { type: "button", "data-select": "all", text: t("ui.select.all"), onclick: () => this.all() }),
      h("button.link", { type: "button", text: t("ui.select.none"), onclick: () => this.clear() }),
      h("span.select-acts", {}, this.acts),
      h("button.chip", { type: "button", text: t("ui.select.done"), onclick: () => this.turn(false) }),
    );
  }

  button(sign, key, act) {
    const run = () => Promise.resolve(act()).catch(complain);
    return h("button.chip", { type: "button", "data-select": sign, onclick: run }, icon(sign), t(key));
  }

  turn(on) {
    this.on = on;
    this.toggle.setAttribute("aria-pressed", String(on));
    if (!on) this.chosen.clear();
    this.draw();
  }

  clear() {
    this.chosen.clear();
    this.draw();
  }

  draw() {
    show(this.bar, this.on);
    say(this.count, t("ui.select.count", { n: this.chosen.size }));
    for (const node of this.acts) node.disabled = !this.chosen.size;
    this.history.changed();
  }

  /** The box of an item; null while nobody selects. */
  box(item) {
    if (!this.on) return null;
    const box = h("input", {
      type: "checkbox",
      "aria-label": t("ui.select.item", { name: titleOf(item) }),
      checked: this.chosen.has(item.id) || null,
    });
    box.addEventListener("click", (event) => this.tick(item, box.checked, event.shiftKey));
    return h("label.select-box", {}, box);
  }

  /** Whether an item's row has to be drawn anew. */
  key(item) {
    return this.on ? `select ${this.chosen.has(item.id)}` : "";
  }

  tick(item, ticked, range) {
    const items = this.history.items();
    const [from, to] = [this.last, item.id].map((id) => items.findIndex((one) => one.id === id));
    const some = range && from >= 0 && to >= 0 ? items.slice(Math.min(from, to), Math.max(from, to) + 1) : [item];
    for (const one of some) {
      if (!ticked) this.chosen.delete(one.id);
      else if (api.FINAL.has(one.status)) this.chosen.set(one.id, one);
    }
    this.last = item.id;
    this.draw();
    this.focus(item);
  }

  /** Where the keyboard was before the rows were drawn anew. */
  focus(item) {
    find(`[data-id="${CSS.escape(item.id)}"] .select-box input`)?.focus();
  }

  /** Everything that the search and the filters find, shown yet or not. */
  async all() {
    let cursor = null;
    do {
      const page = await api.history({ ...this.history.filter(), cursor, limit: CHUNK });
      for (const item of page.items) if (api.FINAL.has(item.status)) this.chosen.set(item.id, item);
      cursor = page.next_cursor;
    } while (cursor && this.chosen.size < MOST);
    if (cursor) toast(t("ui.select.limit", { n: this.chosen.size }));
    this.draw();
  }

  async star() {
    const starred = ![...this.chosen.values()].every((item) => item.starred);
    for (const ids of chunks([...this.chosen.keys()])) await api.star(ids, starred);
    for (const item of this.chosen.values()) item.starred = starred;
    emit("several");
    this.draw();
  }

  async remove() {
    const ids = [...this.chosen.keys()];
    for (const some of chunks(ids)) await api.removeSeveral(some);
    this.clear();
    emit("several");
    const back = async () => {
      for (const some of chunks(ids)) await api.restoreSeveral(some);
      emit("several");
    };
    const undo = { label: t("ui.undo"), act: () => back().catch(complain) };
    toast(t("ui.select.deleted", { n: ids.length }), undo, { stay: 15000 });
  }
}

/** Saves a zip of these items; of all where none are named. */
export async function exportItems(ids = null) {
  const { url } = await api.exportItems(ids);
  download(api.address(url), "");
}

function* chunks(ids) {
  for (let at = 0; at < ids.length; at += CHUNK) yield ids.slice(at, at + CHUNK);
}
