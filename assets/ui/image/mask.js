// The mask editor: a picture in a dialog, painted over with a brush where it shall become something else. Mouse, pen,
// finger or keyboard. Answers with the upload of a PNG that is white where the brush has been. Knows no models.
import * as api from "../api.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { complain } from "../toast.js";
import { t } from "../words.js";
import { loaded } from "./image-items.js";

const LONGEST = 1024;
const MOST_UNDO = 30;
const RINGS = [
  { color: "#000", width: 3 },
  { color: "#fff", width: 1.4 },
];
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Opens the editor on a picture ({url, crop, width, height}) and settles with {mask, prompt}, or null where it was
 * left. ``prompt`` is what stands in the box at first; null: there is no box, the words are asked for elsewhere.
 */
export async function markOn(picture, { prompt = "" } = {}) {
  const editor = new Editor(picture, await loaded(picture.url), prompt);
  return editor.run();
}

class Editor {
  constructor(picture, image, prompt) {
    const { column = 0, row = 0, columns = 1, rows = 1 } = picture.crop ?? {};
    const [width, height] = [image.naturalWidth / columns, image.naturalHeight / rows];
    const scale = Math.min(1, LONGEST / Math.max(width, height));
    this.width = Math.max(1, Math.round(width * scale));
    this.height = Math.max(1, Math.round(height * scale));
    this.strokes = [];
    /** @type {[number, number]} */
    this.at = [this.width / 2, this.height / 2];
    this.build(prompt);
    this.under
      .getContext("2d")
      .drawImage(image, column * width, row * height, width, height, 0, 0, this.width, this.height);
    this.draw();
  }

  build(prompt) {
    const canvas = (name, more = {}) => h(`canvas.${name}`, { width: this.width, height: this.height, ...more });
    this.under = canvas("mask-picture", { "aria-hidden": "true" });
    this.over = canvas("mask-paint", {
      tabindex: "0",
      role: "application",
      "aria-label": t("image.mask.canvas"),
      "aria-describedby": "mask-keys",
    });
    this.over.addEventListener("pointerdown", (event) => this.down(event));
    this.over.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"])
      this.over.addEventListener(name, () => {
        this.stroke = null;
      });
    this.over.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["focus", "blur"]) this.over.addEventListener(name, () => this.draw());
    this.size = h("input", { type: "range", min: 2, max: 40, step: 1, value: 12, oninput: () => this.draw() });
    const tool = (name, key, run) =>
      h(
        "button.chip",
        { type: "button", "data-act": name, onclick: run },
        icon(name === "undo" ? "again" : "trash"),
        t(key),
      );
    this.undoButton = tool("undo", "image.mask.undo", () => this.undo());
    this.clearButton = tool("clear", "image.mask.clear", () => {
      if (this.strokes.length) this.strokes.push("clear");
      this.draw();
    });
    this.words = prompt === null ? null : h("textarea", { rows: 2, maxlength: 2000 });
    if (this.words) this.words.value = prompt;
    this.done = h(
      "button.chip.mask-done",
      { type: "button", "data-act": "done", onclick: () => this.finish() },
      icon("brush"),
      t(this.words ? "image.mask.paint" : "image.mask.use"),
    );
    this.voice = h("p.visually-hidden", { role: "status", "aria-live": "polite" });
    this.dialog = h(
      "dialog.mask-dialog",
      { "aria-label": t("image.mask.title") },
      h(
        "div.mask-head",
        {},
        h("h2", { text: t("image.mask.title") }),
        h(
          "button.icon-button",
          { type: "button", "aria-label": t("ui.close"), onclick: () => this.dialog.close() },
          icon("close"),
        ),
      ),
      h("p.mask-hint", { id: "mask-keys", text: t("image.mask.keys") }),
      h(
        "div.mask-board",
        { style: `--shape: ${this.width} / ${this.height}; --ratio: ${this.width / this.height}` },
        this.under,
        this.over,
      ),
      h(
        "div.mask-tools",
        {},
        h("label.mask-size", {}, h("span", { text: t("image.mask.size") }), this.size),
        this.undoButton,
        this.clearButton,
      ),
      this.words ? h("label.mask-words", {}, h("span", { text: t("image.mask.words") }), this.words) : null,
      h("div.mask-tools", {}, this.done),
      this.voice,
    );
    this.dialog.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.finish();
      }
      if (event.key === "z" && (event.ctrlKey || event.metaKey) && event.target !== this.words) {
        event.preventDefault();
        this.undo();
      }
    });
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
      this.over.focus();
    });
  }

  // -- painting -----------------------------------------------------------------------------------

  /** Half the brush's width, in the canvas's pixels: a share of the shorter side. */
  get radius() {
    return (Number(this.size.value) / 200) * Math.min(this.width, this.height);
  }

  /** @returns {[number, number]} */
  place(event) {
    const box = this.over.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * this.width,
      ((event.clientY - box.top) / box.height) * this.height,
    ];
  }

  down(event) {
    if (event.button) return;
    this.over.setPointerCapture(event.pointerId);
    this.begin(this.place(event));
  }

  begin(point) {
    this.stroke = { radius: this.radius, points: [point] };
    this.strokes.push(this.stroke);
    this.at = point;
    this.draw();
  }

  move(event) {
    this.at = this.place(event);
    if (this.stroke) this.stroke.points.push(this.at);
    this.draw();
  }

  key(event) {
    const move = MOVES[event.key];
    if (move) {
      const step = event.shiftKey ? this.radius / 4 : this.radius;
      this.at = [clamp(this.at[0] + move[0] * step, this.width), clamp(this.at[1] + move[1] * step, this.height)];
      if (this.pen) {
        this.pen.points.push(this.at);
      }
    } else if (event.key === " ") {
      this.pen = this.pen ? null : (this.begin(this.at), this.stroke);
      this.stroke = null;
      this.voice.textContent = t(this.pen ? "image.mask.pen_down" : "image.mask.pen_up");
    } else if (event.key === "[" || event.key === "]") this.size.valueAsNumber += event.key === "]" ? 2 : -2;
    else if (event.key === "Backspace" || event.key === "Delete") this.undo();
    else return;
    event.preventDefault();
    this.draw();
  }

  undo() {
    this.pen = null;
    this.strokes.pop();
    this.draw();
  }

  /** Strokes since everything was last cleared. */
  get kept() {
    return this.strokes.slice(this.strokes.lastIndexOf("clear") + 1);
  }

  draw() {
    if (this.strokes.length > MOST_UNDO * 4) this.strokes = this.kept;
    const context = this.over.getContext("2d");
    context.clearRect(0, 0, this.width, this.height);
    this.paint(context, "#e0349b");
    for (const { color, width } of RINGS) {
      context.strokeStyle = color;
      context.lineWidth = (width * this.width) / 600;
      context.beginPath();
      context.arc(...this.at, this.radius, 0, 7);
      context.stroke();
    }
    this.undoButton.disabled = !this.strokes.length;
    this.clearButton.disabled = this.done.disabled = !this.kept.length;
  }

  paint(context, color) {
    context.strokeStyle = context.fillStyle = color;
    context.lineCap = context.lineJoin = "round";
    for (const { radius, points } of this.kept) {
      context.lineWidth = radius * 2;
      context.beginPath();
      context.moveTo(...points[0]);
      for (const point of points) context.lineTo(...point); // a single point becomes a round spot
      context.stroke();
    }
  }

  async finish() {
    if (!this.kept.length) return;
    const canvas = h("canvas", { width: this.width, height: this.height });
    const context = canvas.getContext("2d");
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.width, this.height);
    this.paint(context, "#fff");
    const blob = await new Promise((settle) => canvas.toBlob(settle, "image/png"));
    try {
      const { id } = await api.upload(new File([blob], "mask.png", { type: "image/png" }));
      this.answer = { mask: id, prompt: this.words?.value ?? "", picture: canvas.toDataURL("image/png") };
      this.dialog.close();
    } catch (error) {
      complain(error);
    }
  }
}

const clamp = (value, most) => Math.max(0, Math.min(most, value));
