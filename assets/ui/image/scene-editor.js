// The scene editor: a scene in a dialog, its things to be moved, scaled, turned, put before one another, dyed and taken
// out, by mouse, finger or keys, and its words to be changed. Answers with the new description. Knows no models.
import { findAll, h, say } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../words.js";
import { COLOURS } from "./scene-colours.js";
import { drawFrame, drawSketch, drawThing } from "./scene-drawing.js";
import * as edits from "./scene-edits.js";
import { layersOf } from "./scene-layers.js";
import { Sketch, wordsWith } from "./scene-sketch.js";

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const GROW = 1.12;
const MOST_UNDO = 100;

/** Opens the editor on a scene's picture and settles with {scene, prompt}, or null where it was left. */
export async function arrange(picture) {
  const layers = await layersOf(picture.url);
  return layers ? new Editor(picture, layers).run() : null;
}

class Editor {
  constructor(picture, layers) {
    this.scene = JSON.parse(picture.facts.scene);
    this.ground = layers.ground;
    this.sprites = new Map(this.scene.things.map((thing, at) => [edits.keyOf(thing), layers.sprites[at]]));
    this.dyed = new Map(this.scene.things.map((thing) => [edits.keyOf(thing), thing.colour ?? ""]));
    this.size = [picture.width, picture.height];
    this.undone = [];
    this.locked = new Set();
    this.at = this.scene.things.length - 1;
    const added = (sketch) => this.take({ ...this.scene, sketches: [...(this.scene.sketches ?? []), sketch] });
    this.sketch = new Sketch(this.size, added, () => this.draw());
    this.build();
    this.draw();
  }

  build() {
    const [width, height] = this.size;
    this.board = h("canvas.scene-board", {
      width,
      height,
      tabindex: "0",
      role: "application",
      "aria-label": t("image.canvas.board"),
      "aria-describedby": "scene-keys",
    });
    this.board.addEventListener("pointerdown", (event) => this.down(event));
    this.board.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"])
      this.board.addEventListener(name, () => (this.from = this.sketch.end()));
    this.board.addEventListener("keydown", (event) => this.key(event));
    const tool = (name, sign, run) =>
      h(
        "button.chip",
        { type: "button", "data-act": name, onclick: run },
        sign ? icon(sign) : null,
        t(`image.canvas.${name}`),
      );
    this.tools = h(
      "div.mask-tools",
      {},
      tool("smaller", null, () => this.edit(edits.scale, 1 / GROW, 2 * this.size[0])),
      tool("larger", null, () => this.edit(edits.scale, GROW, 2 * this.size[0])),
      tool("flip", null, () => this.edit(edits.flip)),
      tool("front", null, () => this.step(1)),
      tool("back", null, () => this.step(-1)),
      this.colours(),
      tool("remove", "trash", () => this.remove()),
      (this.lockButton = tool("lock", "lock", () => this.lock())),
      (this.undoButton = tool("undo", "again", () => this.undo())),
      this.sketch.button,
    );
    this.list = h("div.mask-tools", { role: "group", "aria-label": t("image.canvas.things") });
    this.words = h("textarea", { rows: 2, maxlength: 2000 });
    this.words.value = this.scene.words ?? "";
    this.voice = h("p.visually-hidden", { role: "status", "aria-live": "polite" });
    const close = { type: "button", "aria-label": t("ui.close"), onclick: () => this.dialog.close() };
    const done = { type: "button", "data-act": "done", onclick: () => this.finish() };
    this.dialog = h(
      "dialog.mask-dialog",
      { "aria-label": t("image.canvas.title") },
      h("div.mask-head", {}, h("h2", { text: t("image.canvas.title") }), h("button.icon-button", close, icon("close"))),
      h("p.mask-hint", { id: "scene-keys", text: t("image.canvas.keys") }),
      h("div.mask-board", { style: `--shape: ${width} / ${height}; --ratio: ${width / height}` }, this.board),
      this.list,
      this.tools,
      this.sketch.row,
      h("label.mask-words", {}, h("span", { text: t("image.canvas.words") }), this.words),
      h("div.mask-tools", {}, h("button.chip.mask-done", done, icon("brush"), t("image.canvas.done"))),
      this.voice,
    );
  }

  colours() {
    const usual = h("option", { value: "", text: t("image.canvas.usual") });
    const options = Object.keys(COLOURS).map((one) => h("option", { value: one, text: t(`image.canvas.${one}`) }));
    this.colour = h("select", { onchange: () => this.edit(edits.recolour, this.colour.value) }, usual, ...options);
    return h("label.mask-size", {}, h("span", { text: t("image.canvas.colour") }), this.colour);
  }

  run() {
    return new Promise((settle) => {
      this.answer = null;
      this.dialog.addEventListener("close", () => {
        this.dialog.remove();
        settle(this.answer);
      });
      document.body.append(this.dialog);
      this.dialog.showModal();
      this.board.focus();
    });
  }

  finish() {
    const { sketches = [], ...scene } = this.scene;
    const boxes = sketches.map(({ box }) => box);
    const prompt = wordsWith(this.words.value.trim() || scene.words || "", sketches);
    this.answer = { scene: JSON.stringify({ ...scene, ...(boxes.length && { boxes }) }), prompt };
    this.dialog.close();
  }

  // -- edits --------------------------------------------------------------------------------------

  edit(how, ...values) {
    if (this.at >= 0 && !this.held()) this.take(how(this.scene, this.at, ...values));
  }

  /** A new description; the old one can be had back. */
  take(scene, at = this.at) {
    this.undone = [...this.undone, { scene: this.scene, at: this.at }].slice(-MOST_UNDO);
    [this.scene, this.at] = [scene, at];
    this.draw();
  }

  step(by) {
    const to = Math.max(0, Math.min(this.scene.things.length - 1, this.at + by));
    if (to !== this.at && !this.held()) this.take(edits.reorder(this.scene, this.at, by), to);
  }

  remove() {
    if (this.at < 0 || this.held()) return;
    say(this.voice, t("image.canvas.removed", { thing: this.nameAt(this.at) }));
    this.take(edits.remove(this.scene, this.at), Math.min(this.at, this.scene.things.length - 2));
  }

  /** Whether the chosen thing is held fast. */
  held = () => this.locked.has(this.scene.things[this.at] && edits.keyOf(this.scene.things[this.at]));

  lock() {
    const key = this.at >= 0 ? edits.keyOf(this.scene.things[this.at]) : null;
    if (key && !this.locked.delete(key)) this.locked.add(key);
    this.draw();
  }

  undo() {
    const last = this.undone.pop();
    if (last) [this.scene, this.at] = [last.scene, last.at];
    this.draw();
  }

  select(at) {
    this.at = at;
    if (at >= 0) say(this.voice, t("image.canvas.selected", { thing: this.nameAt(at) }));
    this.draw();
  }

  nameAt = (at) => this.scene.things[at].label || this.scene.things[at].name;

  // -- hands --------------------------------------------------------------------------------------

  place(event) {
    const box = this.board.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * this.size[0],
      ((event.clientY - box.top) / box.height) * this.size[1],
    ];
  }

  down(event) {
    if (event.button) return;
    const [x, y] = this.place(event);
    if (this.sketch.begin([x, y])) return this.board.setPointerCapture(event.pointerId);
    const at = edits.thingAt(this.scene, x, y);
    this.select(at);
    this.from = at >= 0 && !this.held() ? { x, y, scene: this.scene, moved: false } : null;
    if (this.from) this.board.setPointerCapture(event.pointerId);
  }

  drag(event) {
    this.sketch.drag(this.place(event));
    if (!this.from) return;
    const [x, y] = this.place(event);
    const moved = edits.move(this.from.scene, this.at, x - this.from.x, y - this.from.y);
    if (this.from.moved) this.scene = moved;
    else this.take(moved);
    this.from.moved = true;
    this.draw();
  }

  key(event) {
    if (this.sketch.key(event)) return event.preventDefault();
    const way = MOVES[event.key];
    const step = event.shiftKey ? 24 : 6;
    if (way) this.edit(edits.move, way[0] * step, way[1] * step);
    else if (event.key === "+" || event.key === "=") this.edit(edits.scale, GROW, 2 * this.size[0]);
    else if (event.key === "-") this.edit(edits.scale, 1 / GROW, 2 * this.size[0]);
    else if (event.key === "f") this.edit(edits.flip);
    else if (event.key === "l") this.lock();
    else if (event.key === "n") this.sketch.toggle();
    else if (event.key === "PageUp") this.step(1);
    else if (event.key === "PageDown") this.step(-1);
    else if (event.key === "Delete" || event.key === "Backspace") this.remove();
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.undo();
    else if (event.key === " ") this.select((this.at + 1) % Math.max(1, this.scene.things.length));
    else return;
    event.preventDefault();
  }

  // -- drawing ------------------------------------------------------------------------------------

  draw() {
    const context = this.board.getContext("2d");
    context.drawImage(this.ground, 0, 0, this.size[0], this.size[1]);
    for (const thing of this.scene.things) {
      const key = edits.keyOf(thing);
      drawThing(context, thing, this.sprites.get(key), !!thing.colour && thing.colour !== this.dyed.get(key));
    }
    const chosen = this.scene.things[this.at];
    for (const { box, words } of this.scene.sketches ?? []) drawSketch(context, box, words);
    if (chosen && !this.sketch.active) drawFrame(context, chosen.box);
    this.sketch.draw(context);
    this.colour.value = chosen?.colour ?? "";
    for (const one of findAll("button, select", this.tools)) one.disabled = !chosen || this.held();
    this.lockButton.disabled = !chosen;
    this.lockButton.setAttribute("aria-pressed", String(!!chosen && this.held()));
    this.undoButton.disabled = !this.undone.length;
    this.sketch.button.disabled = false;
    const chips = this.scene.things.map((_, at) => {
      const shown = { type: "button", "aria-pressed": String(at === this.at), onclick: () => this.select(at) };
      return h("button.chip", shown, this.nameAt(at));
    });
    const focused = [...this.list.children].indexOf(document.activeElement);
    this.list.replaceChildren(...chips);
    chips[focused]?.focus();
  }
}
