// The player of a finished piece: a button, its waveform to seek in, the time. Knows sound and peaks only.
import { h, say, svg } from "../dom.js";
import { t } from "../words.js";
import { waveform } from "../wave.js";

const STEP = 2; // seconds that an arrow key moves

export class Player {
  /**
   * @param {{ url: string, type: string }[]} sources in order of preference.
   * @param {{ peaks?: number[] | null, seconds?: number, name?: string, moved?: (seconds: number) => void }} options
   * ``moved`` is called with the time in seconds whenever it changes, each frame while it plays.
   */
  constructor(sources, { peaks = null, seconds = 0, name = "", moved = () => {} }) {
    this.moved = moved;
    this.length = seconds;
    this.audio = h(
      "audio",
      { preload: "metadata" },
      sources.map(({ url, type }) => h("source", { src: url, type })),
    );
    this.button = h(
      "button.play",
      { type: "button", "aria-label": t("music.play"), title: t("music.play"), onclick: () => this.toggle() },
      playIcon(),
    );
    this.wave = h(
      "div.wave",
      {
        role: "slider",
        tabindex: "0",
        "aria-label": t("music.position", { name }),
        "aria-valuemin": "0",
        onpointerdown: (event) => this.grab(event),
        onkeydown: (event) => this.key(event),
      },
      h("div.wave-all", {}),
      h("div.wave-past", {}),
    );
    this.time = h("span.play-time", { "aria-hidden": "true" });
    this.node = h("div.player", {}, this.audio, this.button, this.wave, this.time);
    if (peaks) this.draw(peaks);
    this.audio.addEventListener("play", () => this.run());
    for (const event of ["pause", "ended"]) this.audio.addEventListener(event, () => this.rest());
    this.audio.addEventListener("seeked", () => this.tell());
    this.audio.addEventListener("loadedmetadata", () => this.learn());
    this.tell();
  }

  draw(peaks) {
    for (const part of this.wave.children) part.replaceChildren(waveform(peaks, 140));
  }

  learn() {
    if (Number.isFinite(this.audio.duration) && this.audio.duration > 0) this.length = this.audio.duration;
    this.tell();
  }

  get now() {
    return this.audio.currentTime;
  }

  toggle() {
    if (!this.audio.paused) {
      this.audio.pause();
      return;
    }
    for (const other of document.querySelectorAll("audio")) if (other !== this.audio) other.pause();
    this.audio.play().catch(() => {});
  }

  seek(seconds) {
    this.audio.currentTime = Math.max(0, Math.min(this.length - 0.02, seconds));
    this.tell(seconds);
  }

  grab(event) {
    if (event.button) return;
    const to = (one) => {
      const box = this.wave.getBoundingClientRect();
      this.seek(((one.clientX - box.left) / box.width) * this.length);
    };
    this.wave.setPointerCapture(event.pointerId);
    const up = () => {
      this.wave.removeEventListener("pointermove", to);
      this.wave.removeEventListener("pointerup", up);
    };
    this.wave.addEventListener("pointermove", to);
    this.wave.addEventListener("pointerup", up);
    to(event);
  }

  key(event) {
    const to = {
      ArrowRight: this.now + STEP,
      ArrowUp: this.now + STEP,
      ArrowLeft: this.now - STEP,
      ArrowDown: this.now - STEP,
      Home: 0,
      End: this.length,
    }[event.key];
    if (to !== undefined) this.seek(to);
    else if (event.key === " " || event.key === "Enter") {
      if (!event.ctrlKey && !event.metaKey) this.toggle();
      else return;
    } else return;
    event.preventDefault();
  }

  run() {
    this.say("pause");
    const step = () => {
      this.tell();
      this.frame = this.audio.paused ? 0 : requestAnimationFrame(step);
    };
    step();
  }

  rest() {
    this.say("play");
    this.tell();
  }

  say(what) {
    this.button.replaceChildren(what === "play" ? playIcon() : pauseIcon());
    this.button.setAttribute("aria-label", t(`music.${what}`));
    this.button.title = t(`music.${what}`);
  }

  tell(now = this.now) {
    const share = this.length ? Math.min(1, now / this.length) : 0;
    this.wave.style.setProperty("--share", String(share));
    const words = `${clock(now)} / ${clock(this.length)}`;
    say(this.time, words);
    this.wave.setAttribute("aria-valuemax", String(Math.round(this.length)));
    this.wave.setAttribute("aria-valuenow", String(Math.round(now)));
    this.wave.setAttribute("aria-valuetext", words);
    this.moved(now);
  }

  stop() {
    this.audio.pause();
  }
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

const drawn = (d) => () =>
  svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d, fill: "currentColor" }));
const playIcon = drawn("M8 5.5v13l11-6.5z");
const pauseIcon = drawn("M7 5.5h3.5v13H7zM13.5 5.5H17v13h-3.5z");
