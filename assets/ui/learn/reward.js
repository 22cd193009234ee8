// <lesson-reward>: two things side by side, which of them is better, and what was rated so far, which goes into the
// form below. Knows pairs; what a head learns of them is the task's business, and preferred.js draws it.
import * as api from "../api.js";
import { find, h } from "../dom.js";
import { setValues, values } from "../form.js";
import { on, store, stored } from "../state.js";
import { t } from "../words.js";
import { LessonElement } from "./element.js";
import { RATED, nextPair, readPairs, typedPairs, writePairs } from "./reward-math.js";
import { thing, things } from "./things.js";

const TASK = "preference";
const word = (name, counted) => t(`lesson.reward.${name}`, counted);
const SOME = Array.from({ length: RATED }, (_, at) => `#${at}`);
const MOST_OWN = 16;

class LessonReward extends LessonElement {
  pool = null;
  /** Poems of the visitor's own history, brought in on request. */
  own = [];
  skipped = 0;

  connectedCallback() {
    this.forget = on(`values:${TASK}`, () => this.follow());
    super.connectedCallback();
  }

  disconnectedCallback() {
    this.forget?.();
  }

  async draw() {
    try {
      this.pool = await things();
    } catch {
      this.replaceChildren(h("p", { role: "alert", text: word("not_loaded") }));
      return;
    }
    this.kind = values(TASK).data ?? "poems";
    this.rated = readPairs(stored(`rated.${this.kind}`, ""));
    this.redraw();
  }

  /** The form holds another kind, or other pairs: somebody chose or typed there. What was typed counts. */
  follow() {
    const { data, method, pairs = "" } = values(TASK);
    if (!this.pool || !data) return;
    if (data !== this.kind) {
      this.kind = data;
      this.rated = readPairs(stored(`rated.${data}`, ""));
      this.skipped = 0;
      this.redraw();
    }
    const typed = typedPairs(pairs);
    if (method !== "head" || (typed && writePairs(typed) === writePairs(this.rated))) return;
    if (!pairs && !find(`#${TASK}-pairs`)?.contains(document.activeElement)) {
      setValues(TASK, { pairs: writePairs(this.rated) }); // nobody emptied it: the form is new
    } else if (typed) {
      this.rated = typed;
      store(`rated.${this.kind}`, writePairs(typed));
      this.redraw();
    } // else it is not finished, or the server says what is wrong with it
  }

  get names() {
    return this.kind === "poems" ? [...this.own, ...SOME] : SOME;
  }

  rate(better, worse) {
    this.keepRated([...this.rated, [better, worse]]);
  }

  keepRated(rated) {
    this.rated = rated;
    store(`rated.${this.kind}`, writePairs(rated));
    setValues(TASK, { method: "head", pairs: writePairs(rated) });
    const had = this.contains(document.activeElement);
    this.redraw();
    if (had) find(".reward-card button.chip[data-better]", this)?.focus();
  }

  redraw() {
    const pair = nextPair(this.names, this.rated, this.skipped);
    const count = this.rated.length;
    this.replaceChildren(
      h("h3", { text: word("which") }),
      h("p", { text: word(`made.${this.kind}`) }),
      pair
        ? h(
            "div.reward-pair",
            { onkeydown: (event) => this.press(event, pair) },
            this.card(pair, 0),
            this.card(pair, 1),
          )
        : h("p", { text: word("all_rated") }),
      h(
        "div.chips",
        {},
        pair &&
          this.chip("skip", () => {
            this.skipped += 1;
            this.redraw();
          }),
        count > 0 && this.chip("undo", () => this.keepRated(this.rated.slice(0, -1))),
        count > 0 && this.chip("anew", () => this.keepRated([])),
        this.kind === "poems" && !this.own.length && this.chip("own", () => this.bring()),
      ),
      h("p.hand-said", { role: "status", text: this.told ?? word(count ? "rated" : "none_rated", { count }) }),
    );
    this.told = null;
  }

  chip(name, act) {
    return h("button.chip", { type: "button", text: word(name), onclick: act });
  }

  card(pair, at) {
    const better = () => this.rate(pair[at], pair[1 - at]);
    return h(
      "div.real-card.reward-card",
      {},
      thing(this.pool, this.kind, pair[at]),
      h("button.chip", {
        type: "button",
        text: word(at ? "right" : "left"),
        "data-better": at,
        onclick: better,
      }),
    );
  }

  /** Arrow keys rate, from anywhere within the pair. */
  press(event, pair) {
    const at = ["ArrowLeft", "ArrowRight"].indexOf(event.key);
    if (at < 0) return;
    event.preventDefault();
    this.rate(pair[at], pair[1 - at]);
  }

  /** The newest poems of the visitor's own history. */
  async bring() {
    const { items } = await api.history({ task: "text", limit: 50 });
    const poems = items.map((item) => item.outputs?.[0]?.meta?.poem?.lines?.join("\n")).filter(Boolean);
    this.own = [...new Set(poems)].slice(0, MOST_OWN);
    this.told = word(this.own.length ? "brought" : "none_own", { count: this.own.length });
    this.redraw();
  }
}

customElements.define("lesson-reward", LessonReward);
