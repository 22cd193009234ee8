// <studio-piano data-task="music">: two octaves to play on by mouse, touch and computer keys. What is played
// becomes the beginning (``start_notes``) of the next piece. Knows the music task's parameters.
import { h, typing } from "../dom.js";
import { besides, carry, currentTab, put, sendForm, values } from "../form.js";
import { icon } from "../icons.js";
import { on, store, stored } from "../state.js";
import { t } from "../words.js";
import { choir } from "./change.js";
import { isBlack, quantised, readNotes, spoken, writeNotes } from "./notes.js";
import { strike } from "./synth.js";

const LOWEST = 60;
const KEYS = 25;
const MOST = 400;
const LENGTHS = [["0.25", "1/16"], ["0.5", "1/8"], ["1", "1/4"], ["2", "1/2"]];
const PLAYED_TEMPO = 100;

/** Keys of the computer from the lowest note up, by their place on the keyboard, whatever is printed on them. */
const ROWS = [
  ["KeyZ", "KeyS", "KeyX", "KeyD", "KeyC", "KeyV", "KeyG", "KeyB", "KeyH", "KeyN", "KeyJ", "KeyM"],
  ["KeyQ", "Digit2", "KeyW", "Digit3", "KeyE", "KeyR", "Digit5", "KeyT", "Digit6", "KeyY", "Digit7", "KeyU", "KeyI"],
].flat();

export class StudioPiano extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.shift = stored("piano.shift", 0);
    this.length = stored("piano.length", "1");
    this.notes = [];
    this.down = new Map();
    this.build();
    this.forget = [
      on(`values:${this.taskId}`, () => this.take()),
      on(`followed:${this.taskId}`, () => this.keep()), // an example changes the wish, not what was played
    ];
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("keyup", this.onKey);
    this.take();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("keyup", this.onKey);
    this.silence();
  }

  build() {
    const tool = (name, key, act) => h("button.chip", { type: "button", "data-tool": name, onclick: act, text: t(key) });
    this.board = h("div.piano-board", { role: "group", "aria-label": t("music.piano.keys"), onkeydown: (event) => this.walk(event) });
    this.lengths = h("div.piano-lengths", { role: "radiogroup", "aria-label": t("music.piano.length") },
      [...LENGTHS, ["played", t("music.piano.as_played")]].map(([value, label]) => h("button.chip", {
        type: "button", role: "radio", "data-length": value, text: label, onclick: () => this.choose(value),
      })));
    this.lower = h("button.icon-button", { type: "button", text: "−8", "aria-label": t("music.piano.lower"), title: t("music.piano.lower"), onclick: () => this.move(-1) });
    this.higher = h("button.icon-button", { type: "button", text: "+8", "aria-label": t("music.piano.higher"), title: t("music.piano.higher"), onclick: () => this.move(1) });
    this.list = h("ol.piano-notes", { "aria-label": t("music.piano.played") });
    this.voice = h("p.visually-hidden", { role: "status", "aria-live": "polite" });
    this.empty = h("p.piano-empty", { text: t("music.piano.empty") });
    this.tools = h("div.piano-tools", {},
      tool("listen", "music.piano.listen", () => this.listen()), tool("rest", "music.piano.rest", () => this.rest()),
      tool("undo", "music.piano.undo", () => this.change(this.notes.slice(0, -1))), tool("clear", "music.piano.clear", () => this.change([])));
    this.go = h("div.piano-go", {}, ["continue", "vary", "harmonise"].map((action) => h("button.chip.piano-act", {
      type: "button", "data-act": action, onclick: () => this.send(action),
    }, icon(action === "continue" ? "continue" : "music"), t(`music.action.${action}`))));
    const fold = h("details.piano", { open: stored("piano.open", false) || null },
      h("summary", {}, icon("chevron"), t("music.piano")),
      h("div.piano-head", {}, this.lengths, h("span.piano-octave", {}, this.lower, this.higher)),
      this.board, this.empty, this.list, this.tools, this.go, h("p.piano-hint", { text: t("music.piano.hint") }), this.voice);
    fold.addEventListener("toggle", () => store("piano.open", fold.open));
    this.fold = fold;
    this.replaceChildren(fold);
    this.drawBoard();
    this.drawLengths();
  }

  // -- the keys -----------------------------------------------------------------------------------

  get lowest() { return LOWEST + 12 * this.shift; }

  drawBoard() {
    const pitches = Array.from({ length: KEYS }, (_, at) => this.lowest + at);
    let white = -1;
    this.board.replaceChildren(...pitches.map((pitch, at) => {
      if (!isBlack(pitch)) white += 1;
      const letter = ROWS[at]?.replace(/Key|Digit/, "") ?? "";
      return h(isBlack(pitch) ? "button.piano-key.black" : "button.piano-key", {
        type: "button", "data-pitch": pitch, "aria-label": spoken(pitch), tabindex: at ? "-1" : "0", style: `--white:${white}`,
        onpointerdown: (event) => this.touch(event, pitch),
        onclick: (event) => { if (!event.detail) this.tap(pitch); },
      }, h("i", { text: letter, "aria-hidden": "true" }), pitch % 12 ? null : h("b", { text: spoken(pitch), "aria-hidden": "true" }));
    }));
    this.lower.disabled = this.shift <= -2;
    this.higher.disabled = this.shift >= 2;
  }

  move(step) {
    this.shift = Math.max(-2, Math.min(2, this.shift + step));
    store("piano.shift", this.shift);
    this.drawBoard();
  }

  /** Arrows walk the keys, as in one control. */
  walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -KEYS, End: KEYS }[event.key];
    if (!step) return;
    const keys = [...this.board.children];
    const at = keys.indexOf(document.activeElement);
    const to = keys[Math.max(0, Math.min(KEYS - 1, at + step))];
    for (const one of keys) one.tabIndex = one === to ? 0 : -1;
    to.focus();
    event.preventDefault();
  }

  touch(event, pitch) {
    if (event.button) return;
    event.currentTarget.setPointerCapture?.(event.pointerId);
    this.press(pitch);
    const up = () => { this.release(pitch); event.target.removeEventListener("pointerup", up); event.target.removeEventListener("pointercancel", up); };
    event.target.addEventListener("pointerup", up);
    event.target.addEventListener("pointercancel", up);
  }

  /** From a screen reader, or Enter on a key: there is no letting go. */
  tap(pitch) {
    this.press(pitch);
    setTimeout(() => this.release(pitch), 250);
  }

  key(event) {
    const at = ROWS.indexOf(event.code);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.type === "keyup") { if (this.held?.has(event.code)) this.release(this.held.get(event.code)); this.held?.delete(event.code); return; }
    if (event.repeat || typing() || currentTab() !== this.taskId || !this.fold.open || !this.offsetParent) return;
    this.held ??= new Map();
    this.held.set(event.code, this.lowest + at);
    this.press(this.lowest + at);
    event.preventDefault();
  }

  press(pitch) {
    this.down.set(pitch, { stop: strike(pitch), since: performance.now() });
    this.light(pitch, true);
    this.record(pitch);
  }

  release(pitch) {
    const held = this.down.get(pitch);
    if (!held) return;
    this.down.delete(pitch);
    held.stop();
    this.light(pitch, false);
    const last = this.notes.at(-1);
    if (this.length === "played" && last?.pitch === pitch && last.at === held.since) {
      last.length = this.beats(performance.now() - held.since);
      this.change(this.notes);
    }
  }

  light(pitch, on) {
    this.board.querySelector(`[data-pitch="${pitch}"]`)?.toggleAttribute("data-down", on);
  }

  // -- what was played ----------------------------------------------------------------------------

  beats(milliseconds) {
    return quantised((milliseconds / 60000) * (values(this.taskId).tempo || PLAYED_TEMPO));
  }

  /** A note as long as was chosen; as played, the note before lasts until this one. */
  record(pitch) {
    const at = this.down.get(pitch).since;
    const before = this.notes.at(-1);
    const played = this.length === "played";
    if (played && before?.at) before.length = this.beats(at - before.at);
    this.change([...this.notes, { pitch, length: played ? 0.5 : Number(this.length), at }]);
  }

  rest() {
    this.change([...this.notes, { pitch: null, length: this.length === "played" ? 1 : Number(this.length) }]);
  }

  choose(length) {
    this.length = length;
    store("piano.length", length);
    this.drawLengths();
  }

  drawLengths() {
    for (const one of this.lengths.children) one.setAttribute("aria-checked", String(one.dataset.length === this.length));
    for (const one of this.lengths.children) one.setAttribute("aria-pressed", String(one.dataset.length === this.length));
  }

  /** New notes go into the wish; a file that was the beginning makes room. */
  change(notes) {
    const first = !this.notes.length && notes.length;
    const last = this.notes.length && !notes.length;
    this.notes = notes.slice(0, MOST);
    this.said = writeNotes(this.notes);
    carry(this.taskId, { start_notes: this.said });
    const form = values(this.taskId);
    if (first) put(this.taskId, { ...(form.start ? { start: "" } : {}), ...(form.action === "compose" ? { action: "continue" } : {}) });
    if (last && !form.start && form.action !== "compose") put(this.taskId, { action: "compose" });
    this.draw();
  }

  keep() {
    if (this.said) queueMicrotask(() => carry(this.taskId, { start_notes: this.said }));
  }

  /** What the form holds, where something else has changed it: re-use of an item, an upload. */
  take() {
    const form = values(this.taskId);
    if (!("start" in form)) return;
    const before = this.start;
    this.start = form.start;
    if (before === "" && form.start) {
      if (this.said) { this.change([]); return; }
      if (form.action === "compose") put(this.taskId, { action: "continue" });
    }
    if (before && !form.start && !this.said && form.action !== "compose") put(this.taskId, { action: "compose" });
    const said = besides(this.taskId).start_notes ?? "";
    if (said === (this.said ?? "")) { this.draw(); return; }
    this.said = said;
    this.notes = readNotes(said);
    this.draw();
  }

  draw() {
    const { notes } = this;
    this.empty.hidden = notes.length > 0;
    this.list.hidden = !notes.length;
    for (const one of this.tools.children) one.disabled = !notes.length && one.dataset.tool !== "rest";
    this.go.hidden = !notes.length && !this.start;
    const key = writeNotes(notes);
    if (key === this.drawn) return;
    const grew = this.drawn !== undefined && key.startsWith(this.drawn) && notes.length;
    this.drawn = key;
    this.list.replaceChildren(...notes.map(({ pitch, length }) => h("li", { style: `--beats:${length}` },
      h("b", { text: pitch === null ? "–" : spoken(pitch) }), h("span", { text: lengthWord(length) }))));
    this.list.scrollLeft = this.list.scrollWidth;
    if (grew) this.voice.textContent = notes.at(-1).pitch === null ? t("music.piano.rest") : spoken(notes.at(-1).pitch);
  }

  // -- hear and send ------------------------------------------------------------------------------

  listen() {
    if (this.playing) { this.silence(); return; }
    const beat = 60 / (values(this.taskId).tempo || PLAYED_TEMPO);
    let now = 0.05;
    const timers = [];
    const stops = this.notes.flatMap(({ pitch, length }) => {
      const begin = now;
      now += length * beat;
      if (pitch === null) return [];
      timers.push(setTimeout(() => this.light(pitch, true), begin * 1000), setTimeout(() => this.light(pitch, false), (begin + length * beat * 0.9) * 1000));
      return [strike(pitch, begin, length * beat * 0.95)];
    });
    timers.push(setTimeout(() => this.silence(), now * 1000));
    this.playing = () => { timers.forEach(clearTimeout); stops.forEach((stop) => stop()); };
    this.tools.querySelector('[data-tool="listen"]').textContent = t("ui.stop");
  }

  silence() {
    this.playing?.();
    this.playing = null;
    this.board.querySelectorAll("[data-down]").forEach((key) => key.removeAttribute("data-down"));
    const listen = this.tools?.querySelector('[data-tool="listen"]');
    if (listen) listen.textContent = t("music.piano.listen");
  }

  send(action) {
    const model = action === "harmonise" ? choir(values(this.taskId).model) : values(this.taskId).model;
    put(this.taskId, { action, model });
    sendForm(this.taskId, { action, model });
  }
}

/** "1/4" for a quarter note, "1½" where no name is shorter. */
function lengthWord(beats) {
  const known = { 0.25: "1/16", 0.5: "1/8", 0.75: "3/16", 1: "1/4", 1.5: "3/8", 2: "1/2", 3: "3/4", 4: "1" };
  return known[beats] ?? `${Math.round(beats * 4)}/16`;
}
