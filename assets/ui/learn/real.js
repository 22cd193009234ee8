// <lesson-real>: poems and tunes to be told real or made, what each made one is nearest to, near copies of pictures
// beside their source, and what is drawn for people's work. Knows the file that aigc_demo/training/real_or_made.py
// wrote; orders and scores come from real-math.js.
import { h } from "../dom.js";
import { playNotes } from "../music/synth.js";
import { language, number, t } from "../words.js";
import { LessonElement } from "./element.js";
import { addressOf, numbers } from "./picture.js";
import { marked, played, score, shuffled } from "./real-math.js";

const word = (name, values) => t(`lesson.real.${name}`, values);
const BEAT = { jig: 0.26, reel: 0.34, hornpipe: 0.4 };
const percent = (value) => number(value * 100, 0);

class LessonReal extends LessonElement {
  file = null;
  stop = null;

  get usual() {
    return { seed: "1" };
  }

  async draw() {
    try {
      this.file = await numbers("real.json");
    } catch {
      this.replaceChildren(h("p", { role: "alert", text: word("not_loaded") }));
      return;
    }
    this.replaceChildren(
      this.round("poems", (poem, name) => this.poem(poem, name)),
      this.round("tunes", (tune, name) => this.tune(tune, name)),
      this.copies(),
      this.people(),
      h("p.real-note", { text: word("origin") }),
    );
  }

  disconnectedCallback() {
    this.stop?.();
  }

  /** Cards to be judged, in the order of the seed, and the score below. */
  round(part, card) {
    const entries = this.file[part];
    const guesses = new Map();
    const told = h("p.losses-score", { role: "status" });
    const order = shuffled(entries.length, Number(this.all.seed));
    const judged = (at, good) => {
      guesses.set(at, good);
      const { right, all, chance } = score([...guesses.values()]);
      told.textContent = word("score", { right, all, total: entries.length, chance: percent(chance) });
    };
    const again = () => {
      this.keep({ seed: String((Math.trunc(Number(this.all.seed)) || 1) + 1) });
    };
    return h(
      "section",
      {},
      h("h3", { text: word(part) }),
      h("p", { text: word(`${part}_about`) }),
      h(
        "ol.real-cards",
        {},
        order.map((at, place) => guessable(card(entries[at], `${place + 1}`), entries[at], (good) => judged(at, good))),
      ),
      told,
      h("div.chips", {}, h("button.chip", { type: "button", text: word("again"), onclick: again })),
    );
  }

  poem(poem, name) {
    return {
      shown: [
        h("h4", { text: `${name}. ${poem.title}` }),
        h(
          "p.real-poem",
          { lang: "zh" },
          poem.lines.map((line) => [line, h("br")]),
        ),
      ],
      why: poem.real ? [word("poem_real", poem)] : [word("poem_made", poem), ...nearestLine(poem.nearest)],
    };
  }

  tune(tune, name) {
    const button = h("button.chip", { type: "button", text: word("play"), onclick: () => this.play(tune, button) });
    const kind = `${word(`style.${tune.style}`)}, ${tune.metre}`;
    const near = word(tune.nearest?.notes ? "tune_near" : "tune_far", { ...tune.nearest, all: tune.notes.length });
    return {
      shown: [h("h4", { text: `${name}. ${kind}` }), h("div.chips", {}, button)],
      why: tune.real ? [word("tune_real", tune)] : [word("tune_made", tune), near],
    };
  }

  play(tune, button) {
    const playing = button.dataset.playing === "true";
    this.stop?.();
    this.stop = null;
    if (playing) return;
    button.dataset.playing = "true";
    button.textContent = word("stop");
    const ended = () => {
      delete button.dataset.playing;
      button.textContent = word("play");
    };
    const silence = playNotes(played(tune.notes), BEAT[tune.style] ?? 0.35, {
      lit: () => {},
      ended: () => {
        ended();
        this.stop = null;
      },
    });
    this.stop = () => {
      silence();
      ended();
    };
  }

  copies() {
    const { known } = this.file.pictures;
    const at = language === "zh" ? 1 : 0;
    const line = (words, place) =>
      word("copy", {
        prompt: words[at],
        label: known.labels[place][language],
        apart: number(known.apart[place] * 100, 1),
      });
    return h(
      "section",
      {},
      h("h3", { text: word("copies") }),
      h("p", { text: word("copies_about") }),
      strip("known", known.prompts.map((words) => words[at]).join(", "), known.prompts.length),
      h(
        "ul.work-words",
        {},
        known.prompts.map((words, place) => h("li", { text: line(words, place) })),
      ),
    );
  }

  people() {
    const rows = this.file.pictures.people.filter((row) => row.language === language);
    return h(
      "section",
      {},
      h("h3", { text: word("people") }),
      h("p", { text: word("people_about") }),
      rows.map((row) =>
        h(
          "div",
          {},
          h("h4", { text: `“${row.prompt}”` }),
          strip(row.name, row.prompt, row.labels.length),
          h("p", { text: counted(row) }),
        ),
      ),
    );
  }

  redraw() {
    this.draw();
  }
}

/** A card with its two buttons and, once one was pressed, what is true. */
function guessable({ shown, why }, entry, judged) {
  const answer = h(
    "div",
    { hidden: true },
    why.map((one) => h("p", {}, one)),
  );
  const verdict = h("p.claim-verdict", { role: "status" });
  const buttons = [true, false].map((says) =>
    h("button.chip", {
      type: "button",
      text: word(says ? "real" : "made"),
      "aria-pressed": "false",
      onclick: () => {
        if (!answer.hidden) return; // whoever has seen the answer cannot guess any more
        const good = says === entry.real;
        buttons.forEach((button, at) => {
          button.setAttribute("aria-pressed", String((at === 0) === says));
          button.disabled = true;
        });
        verdict.textContent = word(good ? "well" : entry.real ? "was_real" : "was_made");
        verdict.dataset.good = String(good);
        answer.hidden = false;
        judged(good);
      },
    }),
  );
  return h("li.real-card", {}, shown, h("div.chips", {}, buttons), verdict, answer);
}

/** The line that shares most with a made one, the shared run marked in both. */
function nearestLine(near) {
  if (!near.shared) return [word("poem_far")];
  const line = (text) => {
    const [before, run, after] = marked(text, near.shared);
    return h("span", { lang: "zh" }, before, h("mark", { text: run }), after);
  };
  return [
    [word("poem_near", { count: near.shared.length }), " ", line(near.line)],
    [line(near.source), ` ${word("by", near)}`],
  ];
}

/** How often each of the nearest pictures came. */
function counted(row) {
  const names = new Map(row.labels.map((label) => [label.en, label[language]]));
  return word("counted", {
    list: row.counted.map(([label, count]) => `${names.get(label)} ${count}`).join(word("comma")),
  });
}

/** What was drawn, above what is nearest to it of all that was learnt. */
const strip = (name, prompt, count) =>
  h(
    "figure.real-strip",
    {},
    ["made", "nearest"].map((row) =>
      h("img", {
        src: addressOf(`real-${name}-${row}.webp`),
        alt: word(`alt.${row}`, { prompt }),
        width: 64 * count,
        height: 64,
        loading: "lazy",
      }),
    ),
    h("figcaption", { text: word("strip") }),
  );

customElements.define("lesson-real", LessonReal);
