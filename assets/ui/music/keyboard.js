// Two octaves of keys on the screen, pressed by mouse, touch, computer keys or a screen reader; each sounds at once.
// Knows pitches and fingers; what becomes of the notes is not its business.
import { childrenOf, h, typing } from "../dom.js";
import { store, stored } from "../state.js";
import { t } from "../words.js";
import { isBlack, spoken } from "./notes.js";
import { strike } from "./synth.js";

const LOWEST = 60;
const KEYS = 25;

/** Keys of the computer from the lowest note up, by their place on the keyboard, whatever is printed on them. */
const ROWS = [
  ["KeyZ", "KeyS", "KeyX", "KeyD", "KeyC", "KeyV", "KeyG", "KeyB", "KeyH", "KeyN", "KeyJ", "KeyM"],
  ["KeyQ", "Digit2", "KeyW", "Digit3", "KeyE", "KeyR", "Digit5", "KeyT", "Digit6", "KeyY", "Digit7", "KeyU", "KeyI"],
].flat();

export class Keyboard {
  /**
   * ``heard`` is told of every note: pressed(pitch, since) and released(pitch, since), times as of performance.now();
   * listening() says whether the computer's keys are for this keyboard now.
   */
  constructor(heard) {
    this.heard = heard;
    this.shift = stored("piano.shift", 0);
    this.down = new Map();
    this.held = new Map();
    this.board = h("div.piano-board", {
      role: "group",
      "aria-label": t("music.piano.keys"),
      onkeydown: (event) => this.walk(event),
    });
    const octave = (text, key, step) =>
      h("button.icon-button", {
        type: "button",
        text,
        "aria-label": t(key),
        title: t(key),
        onclick: () => this.move(step),
      });
    this.lower = octave("−8", "music.piano.lower", -1);
    this.higher = octave("+8", "music.piano.higher", 1);
    this.octaves = h("span.piano-octave", {}, this.lower, this.higher);
    this.onKey = (event) => this.key(event);
    this.draw();
  }

  /** Begins to hear the computer's keys. */
  watch() {
    for (const name of ["keydown", "keyup"]) document.addEventListener(name, this.onKey);
  }

  stop() {
    for (const name of ["keydown", "keyup"]) document.removeEventListener(name, this.onKey);
    this.dark();
  }

  get lowest() {
    return LOWEST + 12 * this.shift;
  }

  draw() {
    const pitches = Array.from({ length: KEYS }, (_, at) => this.lowest + at);
    let white = -1;
    this.board.replaceChildren(
      ...pitches.map((pitch, at) => {
        if (!isBlack(pitch)) white += 1;
        const letter = ROWS[at]?.replace(/Key|Digit/, "") ?? "";
        return h(
          isBlack(pitch) ? "button.piano-key.black" : "button.piano-key",
          {
            type: "button",
            "data-pitch": pitch,
            "aria-label": spoken(pitch),
            tabindex: at ? "-1" : "0",
            style: `--white:${white}`,
            onpointerdown: (event) => this.touch(event, pitch),
            onclick: (event) => {
              if (!event.detail) this.tap(pitch);
            },
          },
          h("i", { text: letter, "aria-hidden": "true" }),
          pitch % 12 ? null : h("b", { text: spoken(pitch), "aria-hidden": "true" }),
        );
      }),
    );
    this.lower.disabled = this.shift <= -2;
    this.higher.disabled = this.shift >= 2;
  }

  move(step) {
    this.shift = Math.max(-2, Math.min(2, this.shift + step));
    store("piano.shift", this.shift);
    this.draw();
  }

  /** Arrows walk the keys, as in one control. */
  walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -KEYS, End: KEYS }[event.key];
    if (!step) return;
    const keys = childrenOf(this.board);
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
    const up = () => {
      this.release(pitch);
      event.target.removeEventListener("pointerup", up);
      event.target.removeEventListener("pointercancel", up);
    };
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
    if (event.type === "keyup") {
      if (this.held.has(event.code)) this.release(this.held.get(event.code));
      this.held.delete(event.code);
      return;
    }
    if (event.repeat || typing() || !this.heard.listening()) return;
    this.held.set(event.code, this.lowest + at);
    this.press(this.lowest + at);
    event.preventDefault();
  }

  press(pitch) {
    const since = performance.now();
    this.down.set(pitch, { stop: strike(pitch), since });
    this.light(pitch, true);
    this.heard.pressed(pitch, since);
  }

  release(pitch) {
    const held = this.down.get(pitch);
    if (!held) return;
    this.down.delete(pitch);
    held.stop();
    this.light(pitch, false);
    this.heard.released(pitch, held.since);
  }

  light(pitch, on) {
    this.board.querySelector(`[data-pitch="${pitch}"]`)?.toggleAttribute("data-down", on);
  }

  /** No key is lit any more. */
  dark() {
    this.board.querySelectorAll("[data-down]").forEach((key) => key.removeAttribute("data-down"));
  }
}
