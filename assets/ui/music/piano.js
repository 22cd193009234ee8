// <studio-piano data-task="music">: two octaves to play on by mouse, touch and computer keys. What is played
// becomes the beginning (``start_notes``) of the next piece. Knows the music task's parameters.
import { childrenOf, h } from "../dom.js";
import { hiddenValues, setHidden, setValues, values } from "../form.js";
import { sendForm } from "../requests.js";
import { currentTab } from "../tabs.js";
import { icon } from "../icons.js";
import { on, store, stored } from "../state.js";
import { t } from "../words.js";
import { choir } from "./change.js";
import { Keyboard } from "./keyboard.js";
import { lengthWord, quantised, readNotes, spoken, writeNotes } from "./notes.js";
import { playNotes } from "./synth.js";

const MOST = 400;
const LENGTHS = [
  ["0.25", "1/16"],
  ["0.5", "1/8"],
  ["1", "1/4"],
  ["2", "1/2"],
];
const PLAYED_TEMPO = 100;

export class StudioPiano extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.length = stored("piano.length", "1");
    this.notes = [];
    this.build();
    this.forget = [
      on(`values:${this.taskId}`, () => this.take()),
      on(`example:${this.taskId}`, () => this.keep()), // an example changes the wish, not what was played
    ];
    this.keyboard.watch();
    this.take();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
    this.silence();
    this.keyboard.stop();
  }

  build() {
    const tool = (name, key, act) =>
      h("button.chip", { type: "button", "data-tool": name, onclick: act, text: t(key) });
    this.keyboard = new Keyboard({
      pressed: (pitch, since) => this.record(pitch, since),
      released: (pitch, since) => this.lengthen(pitch, since),
      listening: () => currentTab() === this.taskId && this.fold.open && !!this.offsetParent,
    });
    this.lengths = h(
      "div.piano-lengths",
      { role: "radiogroup", "aria-label": t("music.piano.length") },
      [...LENGTHS, ["played", t("music.piano.as_played")]].map(([value, label]) =>
        h("button.chip", {
          type: "button",
          role: "radio",
          "data-length": value,
          text: label,
          onclick: () => this.choose(value),
        }),
      ),
    );
    this.list = h("ol.piano-notes", { "aria-label": t("music.piano.played") });
    this.voice = h("p.visually-hidden", { role: "status", "aria-live": "polite" });
    this.empty = h("p.piano-empty", { text: t("music.piano.empty") });
    this.tools = h(
      "div.piano-tools",
      {},
      tool("listen", "music.piano.listen", () => this.listen()),
      tool("rest", "music.piano.rest", () => this.rest()),
      tool("undo", "music.piano.undo", () => this.change(this.notes.slice(0, -1))),
      tool("clear", "music.piano.clear", () => this.change([])),
    );
    this.go = h(
      "div.piano-go",
      {},
      ["continue", "vary", "harmonise"].map((action) =>
        h(
          "button.chip.piano-act",
          {
            type: "button",
            "data-act": action,
            onclick: () => this.send(action),
          },
          icon(action === "continue" ? "continue" : "music"),
          t(`music.action.${action}`),
        ),
      ),
    );
    const fold = h(
      "details.piano",
      { open: stored("piano.open", false) || null },
      h("summary", {}, icon("chevron"), t("music.piano")),
      h("div.piano-head", {}, this.lengths, this.keyboard.octaves),
      this.keyboard.board,
      this.empty,
      this.list,
      this.tools,
      this.go,
      h("p.piano-hint", { text: t("music.piano.hint") }),
      this.voice,
    );
    fold.addEventListener("toggle", () => store("piano.open", fold.open));
    this.fold = fold;
    this.replaceChildren(fold);
    this.drawLengths();
  }

  // -- what was played ----------------------------------------------------------------------------

  beats(milliseconds) {
    return quantised((milliseconds / 60000) * (values(this.taskId).tempo || PLAYED_TEMPO));
  }

  /** A note as long as was chosen; as played, the note before lasts until this one. */
  record(pitch, at) {
    const before = this.notes.at(-1);
    const played = this.length === "played";
    if (played && before?.at) before.length = this.beats(at - before.at);
    this.change([...this.notes, { pitch, length: played ? 0.5 : Number(this.length), at }]);
  }

  /** As played, the last note is as long as its key was down. */
  lengthen(pitch, since) {
    const last = this.notes.at(-1);
    if (this.length !== "played" || last?.pitch !== pitch || last.at !== since) return;
    last.length = this.beats(performance.now() - since);
    this.change(this.notes);
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
    for (const one of childrenOf(this.lengths)) {
      const chosen = String(one.dataset.length === this.length);
      for (const name of ["aria-checked", "aria-pressed"]) one.setAttribute(name, chosen);
    }
  }

  /** New notes go into the wish; a file that was the beginning makes room. */
  change(notes) {
    const first = !this.notes.length && notes.length;
    const last = this.notes.length && !notes.length;
    this.notes = notes.slice(0, MOST);
    this.said = writeNotes(this.notes);
    setHidden(this.taskId, { start_notes: this.said });
    const form = values(this.taskId);
    if (first)
      setValues(this.taskId, {
        ...(form.start ? { start: "" } : {}),
        ...(form.action === "compose" ? { action: "continue" } : {}),
      });
    if (last && !form.start && form.action !== "compose") setValues(this.taskId, { action: "compose" });
    this.draw();
  }

  keep() {
    if (this.said) queueMicrotask(() => setHidden(this.taskId, { start_notes: this.said }));
  }

  /** What the form holds, where something else has changed it: re-use of an item, an upload. */
  take() {
    const form = values(this.taskId);
    if (!("start" in form)) return;
    const before = this.start;
    this.start = form.start;
    if (before === "" && form.start) {
      if (this.said) {
        this.change([]);
        return;
      }
      if (form.action === "compose") setValues(this.taskId, { action: "continue" });
    }
    if (before && !form.start && !this.said && form.action !== "compose") setValues(this.taskId, { action: "compose" });
    const said = hiddenValues(this.taskId).start_notes ?? "";
    if (said === (this.said ?? "")) {
      this.draw();
      return;
    }
    this.said = said;
    this.notes = readNotes(said);
    this.draw();
  }

  draw() {
    const { notes } = this;
    this.empty.hidden = notes.length > 0;
    this.list.hidden = !notes.length;
    for (const one of childrenOf(this.tools)) one.disabled = !notes.length && one.dataset.tool !== "rest";
    this.go.hidden = !notes.length && !this.start;
    const key = writeNotes(notes);
    if (key === this.drawn) return;
    const grew = this.drawn !== undefined && key.startsWith(this.drawn) && notes.length;
    this.drawn = key;
    this.list.replaceChildren(
      ...notes.map(({ pitch, length }) =>
        h(
          "li",
          { style: `--beats:${length}` },
          h("b", { text: pitch === null ? "–" : spoken(pitch) }),
          h("span", { text: lengthWord(length) }),
        ),
      ),
    );
    this.list.scrollLeft = this.list.scrollWidth;
    if (grew) this.voice.textContent = notes.at(-1).pitch === null ? t("music.piano.rest") : spoken(notes.at(-1).pitch);
  }

  // -- hear and send ------------------------------------------------------------------------------

  listen() {
    if (this.playing) {
      this.silence();
      return;
    }
    const beat = 60 / (values(this.taskId).tempo || PLAYED_TEMPO);
    const lit = (pitch, lights) => this.keyboard.light(pitch, lights);
    this.playing = playNotes(this.notes, beat, { lit, ended: () => this.silence() });
    this.tools.querySelector('[data-tool="listen"]').textContent = t("ui.stop");
  }

  silence() {
    this.playing?.();
    this.playing = null;
    this.keyboard.dark();
    const listen = this.tools?.querySelector('[data-tool="listen"]');
    if (listen) listen.textContent = t("music.piano.listen");
  }

  send(action) {
    const model = action === "harmonise" ? choir(values(this.taskId).model) : values(this.taskId).model;
    setValues(this.taskId, { action, model });
    sendForm(this.taskId, { action, model });
  }
}
