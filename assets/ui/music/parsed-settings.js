// <studio-parsed-settings data-task="music">: turns the words of the wish into settings that one can see and change.
// What the words do not say is left alone; what earlier words had set goes back unless the visitor changed it.
import * as api from "../api.js";
import { afterPause, h, say } from "../dom.js";
import { setValues, values } from "../form.js";
import { beforeSending } from "../requests.js";
import { icon } from "../icons.js";
import { on, store, stored, task } from "../state.js";
import { t } from "../words.js";

export class StudioParsedSettings extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.parsed = stored("music.parsed", { text: null, moved: {} });
    this.line = h("span.parsed-line", { role: "status", "aria-live": "polite" });
    this.button = h(
      "button.chip",
      { type: "button", title: t("music.parsed.title"), onclick: () => this.read(this.text, true) },
      icon("other"),
      t("music.parsed.button"),
    );
    this.song = h("p.parsed-song", { hidden: true });
    this.replaceChildren(h("div.parsed", {}, this.button, this.line), this.song);
    const pause = afterPause(() => this.read(this.text), 1200);
    this.forget = [
      on(`values:${this.taskId}`, () => this.changed(pause)),
      on(`example:${this.taskId}`, (example) => {
        if (example.values.prompt) this.read(example.values.prompt);
      }),
    ];
    this.onBlur = (event) => {
      if (event.target.closest?.(`#${CSS.escape(this.taskId)}-prompt`)) this.read(this.text);
    };
    document.addEventListener("focusout", this.onBlur);
    beforeSending(this.taskId, () => this.read(this.text));
    this.changed(pause);
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
    document.removeEventListener("focusout", this.onBlur);
    beforeSending(this.taskId, null);
  }

  get text() {
    return (values(this.taskId).prompt ?? "").trim();
  }

  get writing() {
    return !!document.activeElement?.closest?.(`#${CSS.escape(this.taskId)}-prompt`);
  }

  changed(pause) {
    if (!("prompt" in values(this.taskId))) return;
    if (this.parsed.text === null) {
      this.first();
      return;
    }
    if (this.text !== this.parsed.text) {
      if (this.writing) pause();
      else if (this.text !== this.asked) this.adopt(this.text); // an earlier piece's settings came with its words
    } else this.draw();
  }

  /** A form that nobody has touched yet follows its example. */
  first() {
    const fields = task(this.taskId)?.fields ?? [];
    this.parsed = { text: "", moved: {} };
    if (
      fields.every(
        (field) =>
          ["prompt", "seed"].includes(field.widget) ||
          !(field.name in MOVABLE) ||
          values(this.taskId)[field.name] === field.default,
      )
    )
      this.read(this.text);
    else this.adopt(this.text);
  }

  /** Words whose settings stand in the form already. */
  adopt(text) {
    this.asked = text; // what is still being asked about other words comes too late
    this.keep({ text, moved: {} });
  }

  keep(parsed) {
    say(this.line, "");
    this.parsed = parsed;
    store("music.parsed", parsed);
    this.draw();
  }

  /** Asks what the words mean, moves the settings, and answers with those that moved. */
  async read(text, anyway = false) {
    if (text === this.parsed.text && !anyway) return {};
    this.asked = text;
    let found = {};
    try {
      if (text) found = (await api.parsePrompt(this.taskId, text)).values;
    } catch (error) {
      if (anyway) say(this.line, error.message);
      return {};
    }
    if (this.asked !== text) return {};
    const form = values(this.taskId);
    const defaults = Object.fromEntries((task(this.taskId)?.fields ?? []).map((field) => [field.name, field.default]));
    const back = Object.entries(this.parsed.moved)
      .filter(([name, value]) => !(name in found) && form[name] === value)
      .map(([name]) => [name, defaults[name]]);
    const wanted = Object.fromEntries([...back, ...Object.entries(found).filter(([name]) => name in defaults)]);
    this.keep({ text, moved: found });
    if (Object.keys(wanted).length) setValues(this.taskId, wanted);
    return wanted;
  }

  draw() {
    this.button.disabled = !this.text;
    const song = (values(this.taskId).lyrics ?? "").trim();
    this.song.hidden = !song;
    say(this.song, song ? t("music.parsed.words", { words: song.replace(/\s+/g, " ").slice(0, 60) }) : "");
    this.dataset.stale = String(this.text !== this.parsed.text);
  }
}

const MOVABLE = Object.fromEntries(
  [
    "style",
    "key",
    "mode",
    "metre",
    "bars",
    "tempo",
    "instrument",
    "scale",
    "ornaments",
    "collection",
    "chords",
    "bass",
    "drums",
  ].map((name) => [name, true]),
);
