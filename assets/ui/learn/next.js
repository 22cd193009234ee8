// What a language model that was just trained would say next: temperature and top-p acting on its own distribution, and
// several texts from one beginning, side by side, written by the model itself. Knows next.json of such a training.
import * as api from "../api.js";
import { h } from "../dom.js";
import { complain } from "../toast.js";
import { number, t } from "../words.js";
import { choice, slider } from "./fields.js";
import { entropy, largestOf, reshaped } from "./next-math.js";

const SHOWN = 12;
const SEQUENCES = 6;
const LENGTH = 48;
const HALF_A_SECOND = 500;
const word = (name, values) => t(`ui.next.${name}`, values);
/** A token as people read it: the end of a text, a space and a line break are seen too. */
const spelt = (token) => (token === "" ? word("end") : token.trim() === "" ? "␣" : token);

/** @param {string} address of next.json */
export async function nextOf(address, item) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(answer.statusText);
  return new Next(await answer.json(), item).place;
}

class Next {
  constructor(found, item) {
    this.found = found;
    this.item = item;
    this.at = 0;
    this.temperature = 1;
    this.topP = 1;
    this.bars = h("ul.preferred-weights.next-bars");
    this.said = h("p.hand-said", { role: "status" });
    this.texts = h("ol.next-texts");
    this.go = h("button.action", { type: "button", onclick: () => this.write().catch(complain) });
    const options = found.beginnings.map((one, at) => [String(at), `${one.text}…`]);
    const set = (name) => (value) => {
      this[name] = value;
      this.draw();
    };
    const shown = (value) => number(value, 2);
    this.place = h(
      "section.preferred",
      {},
      h("h3", { text: word("title") }),
      h("p", { text: word("about") }),
      choice(word("after"), options, "0", (value) => set("at")(Number(value))),
      slider({ label: word("temperature"), value: 1, least: 0, most: 2, step: 0.05, set: set("temperature"), shown }),
      slider({ label: word("top_p"), value: 1, least: 0.05, most: 1, step: 0.05, set: set("topP"), shown }),
      this.bars,
      this.said,
      found.music ? "" : [h("p", {}, this.go), this.texts],
    );
    this.draw();
  }

  draw() {
    const { scores, text } = this.found.beginnings[this.at];
    const plain = reshaped(scores, 1, 1);
    const now = reshaped(scores, this.temperature, this.topP);
    const kept = now.filter((one) => one > 0).length;
    const most = Math.max(...now);
    this.bars.replaceChildren(
      ...largestOf(scores, SHOWN).map((at) =>
        h(
          "li",
          { "data-cut": String(now[at] === 0) },
          h("span", { text: spelt(this.found.tokens[at]) }),
          h("i", { "aria-hidden": "true", style: `--share: ${((100 * now[at]) / most).toFixed(1)}%` }),
          h("span", { text: now[at] ? `${number(100 * now[at], 1)} %` : word("cut") }),
        ),
      ),
    );
    this.said.textContent = word("said", {
      kept: number(kept, 0),
      all: number(scores.length, 0),
      bits: number(entropy(now), 2),
      before: number(entropy(plain), 2),
    });
    this.go.textContent = word("write", { count: SEQUENCES, text });
  }

  /** Several texts from one beginning, by the model itself: a job each, two of them at a time. */
  async write() {
    const asked = { prompt: this.found.beginnings[this.at].text, max_new_tokens: LENGTH };
    const params = { ...asked, temperature: this.temperature, top_p: this.topP };
    const rows = Array.from({ length: SEQUENCES }, () => h("li", { text: "…" }));
    this.texts.replaceChildren(...rows);
    this.go.disabled = true;
    const left = rows.map((row, at) => ({ row, seed: at + 1 }));
    const work = async () => {
      for (let one = left.shift(); one; one = left.shift()) one.row.textContent = await this.text(params, one.seed);
    };
    try {
      await Promise.all([work(), work()]);
    } finally {
      this.go.disabled = false;
    }
  }

  async text(params, seed) {
    let job = await api.submit({ task: "text", model: `mine:${this.item.id}`, params, seed });
    while (!api.FINAL.has(job.status)) {
      await new Promise((settle) => setTimeout(settle, HALF_A_SECOND));
      job = await api.job(job.id);
    }
    return job.outputs?.[0]?.text ?? job.error?.message ?? "";
  }
}
