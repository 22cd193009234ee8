// Makes another piece out of a finished one: other key, pace, players and company, which composes nothing anew,
// or going on, varying and harmonising. Knows the music task's parameters; sends wishes, draws no results.
import { h } from "../dom.js";
import { send } from "../requests.js";
import { icon } from "../icons.js";
import { model, store, stored, task } from "../state.js";
import { has, t } from "../words.js";
import { between } from "./notes.js";

const TASK = "music";
const SCORE = "score.json";
const MOST_BARS = 64;
const KEYS = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
const COMPANY = [
  ["chords", "Chords"],
  ["bass", "Bass"],
  ["drums", "Drums"],
]; // switch and the name of its part

export class Change {
  constructor(item, score) {
    this.item = item;
    this.score = score;
    this.node = score ? this.build() : h("div");
  }

  build() {
    const { score } = this;
    const names = new Set(score.parts.map((part) => part.name));
    this.key = h(
      "select",
      {},
      KEYS.map((key) =>
        h("option", {
          value: key,
          text: key.replace("#", "♯").replace(/b$/, "♭"),
          selected: between(score.tonic, key) === 0 || null,
        }),
      ),
    );
    this.tempo = h("input", { type: "number", min: 20, max: 400, step: 1, value: Math.round(score.tempo) });
    this.instrument = h(
      "select",
      {},
      h("option", { value: "", text: t("music.change.as_it_is") }),
      instruments().map((name) => h("option", { value: name, text: t(`music.instrument.${name}`) })),
    );
    this.company = COMPANY.map(([name, part]) => {
      const box = h("input", { type: "checkbox", name, checked: names.has(part) || null });
      return h("label.change-switch", {}, box, t(`music.${name}.label`));
    });
    this.words = h("textarea", { rows: 2, maxlength: 4000, placeholder: t("music.change.words.hint") });
    this.words.value = this.item.params?.lyrics ?? "";
    const field = (key, node) => h("label.change-field", {}, h("span", { text: t(key) }), node);
    const fold = h(
      "details.change",
      { open: stored("music.change", false) || null },
      h("summary", {}, icon("chevron"), t("music.change")),
      h(
        "div.change-fields",
        {},
        field("music.key.label", this.key),
        field("music.tempo.label", this.tempo),
        field("music.instrument.label", this.instrument),
        h("div.change-company", { role: "group", "aria-label": t("music.change.company") }, this.company),
      ),
      field("music.lyrics.label", this.words),
      h(
        "button.chip.change-go",
        { type: "button", "data-act": "arrange", onclick: () => this.arrange() },
        icon("music"),
        t("music.change.go"),
      ),
    );
    fold.addEventListener("toggle", () => store("music.change", fold.open));
    return h("div.tune-change", {}, this.quick(), fold);
  }

  quick() {
    const act = (action, run) =>
      h(
        "button.chip",
        { type: "button", "data-act": action, title: t(`music.change.${action}.title`), onclick: run },
        icon(action === "continue" ? "continue" : action === "vary" ? "again" : "music"),
        t(`music.action.${action}`),
      );
    return h(
      "div.tune-acts",
      { role: "group", "aria-label": t("music.change.from_this") },
      act("continue", () =>
        this.compose("continue", { bars: Math.min(MOST_BARS, Math.max(this.score.bars + 8, this.score.bars * 2)) }),
      ),
      act("vary", () => this.compose("vary")),
      act("harmonise", () => this.compose("harmonise", {}, choir(this.item.model))),
    );
  }

  /** The piece itself as the beginning of another. What its words asked for is in its notes already. */
  wish(action, modelId, changes) {
    const params = {
      ...this.item.params,
      action,
      start: `${this.item.id}/${SCORE}`,
      start_notes: "",
      prompt: "",
      title: this.score.title.slice(0, 120),
      key: "auto",
      mode: "auto",
      metre: "auto",
      transpose: 0,
      ornaments: "none",
      lyrics: "",
      ...changes,
    };
    delete params.seed;
    return send({ task: this.item.task, model: modelId, params, parent: this.item.id });
  }

  compose(action, changes = {}, modelId = this.item.model) {
    return this.wish(action, modelId, { tempo: Math.round(this.score.tempo), ...changes });
  }

  arrange() {
    const company = Object.fromEntries(
      this.company.map((label) => label.querySelector("input")).map((box) => [box.name, box.checked]),
    );
    return this.wish("arrange", this.item.model, {
      title: inKey(this.score.title, this.score.tonic, this.key.value).slice(0, 120),
      transpose: between(this.score.tonic, this.key.value),
      tempo: Math.max(20, Math.min(400, Math.round(Number(this.tempo.value)) || 100)),
      instrument: this.instrument.value || "auto",
      lyrics: this.words.value,
      ...company,
    });
  }
}

/** "Jig in D" -> "Jig in A": a title that names its key names the new one. */
function inKey(title, from, to) {
  return between(from, to) === 0 ? title : title.replace(new RegExp(`(^| in )${from}(?= |$)`), (_, lead) => lead + to);
}

/** Every instrument that has a name. */
function instruments() {
  return INSTRUMENTS.filter((name) => has(`music.instrument.${name}`));
}

const INSTRUMENTS = [
  "fiddle",
  "violin",
  "flute",
  "whistle",
  "recorder",
  "clarinet",
  "oboe",
  "cello",
  "piano",
  "harp",
  "guitar",
  "banjo",
  "accordion",
  "organ",
  "choir",
  "music_box",
  "dulcimer",
  "dizi",
  "xiao",
  "guzheng",
  "pipa",
  "erhu",
];

/** The model that sets a melody in four parts, where there is one of the same kind; else the piece's own. */
export function choir(modelId) {
  const test = !!model(TASK, modelId)?.debug;
  const found = (task(TASK)?.models ?? []).find(
    (one) => one.traits.includes("harmonises") && one.debug === test && !one.unfit,
  );
  return found?.id ?? modelId;
}
