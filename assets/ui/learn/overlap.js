// <studio-overlap>: two texts beside each other, what BLEU and ROUGE count in them, and which words they count.
// Knows the two boxes and how matches are coloured; the counting is in ngrams.js.
import { h } from "../dom.js";
import { language, number, t } from "../words.js";
import { bleu, longest, rouge, rougeL, tokens } from "./ngrams.js";

const MOST = 2000;
const BEGIN = {
  en: ["The moon rises over the quiet river.", "Over the quiet river the bright moon rises."],
  zh: ["床前明月光，疑是地上霜。", "窗前明月光，似是地上的霜。"],
};

class StudioOverlap extends HTMLElement {
  connectedCallback() {
    if (this.boxes) return;
    const begin = BEGIN[language] ?? BEGIN.en;
    this.boxes = ["wanted", "said"].map((name, at) =>
      h(
        "textarea",
        { rows: "2", maxlength: String(MOST), id: `overlap-${name}`, oninput: () => this.count() },
        begin[at],
      ),
    );
    this.shown = h("p.overlap-text", { lang: language });
    this.rows = h("tbody");
    const label = (name, box) => h("label", { for: box.id }, h("span", { text: t(`ui.overlap.${name}`) }), box);
    this.replaceChildren(
      h("div.overlap-boxes", {}, label("wanted", this.boxes[0]), label("said", this.boxes[1])),
      this.shown,
      h(
        "p.overlap-key",
        {},
        [1, 2, 3, 4].map((n) => h("span", { "data-n": String(n), text: t("ui.overlap.gram", { n }) })),
      ),
      h("div.overlap-scores", {}, h("table", {}, h("caption", { text: t("ui.overlap.scores") }), this.rows)),
    );
    this.count();
  }

  count() {
    const [wanted, said] = this.boxes.map((box) => tokens(box.value));
    const marks = longest(said, wanted);
    const spaced = said.some((one) => one.length > 1);
    this.shown.replaceChildren(
      ...said.flatMap((one, at) => [h("span", { "data-n": String(marks[at]), text: one }), spaced ? " " : ""]),
    );
    const found = bleu(said, wanted);
    const grams = found.parts.map((part) => t("ui.overlap.part", part)).join(" · ");
    const share = (value) => number(value, 3);
    const three = (score) => t("ui.overlap.three", { precision: share(score.precision), recall: share(score.recall) });
    const row = (name, value, about) =>
      h("tr", {}, h("th", { scope: "row", text: name }), h("td", { text: value }), h("td", { text: about }));
    const long = rougeL(said, wanted);
    const grammed = (n) => {
      const score = rouge(said, wanted, n);
      return row(`ROUGE-${n}`, share(score.f1), three(score));
    };
    this.rows.replaceChildren(
      row("BLEU", number(found.value, 1), `${grams} · ${t("ui.overlap.brevity", { value: share(found.brevity) })}`),
      grammed(1),
      grammed(2),
      row("ROUGE-L", share(long.f1), three(long)),
    );
  }
}

customElements.define("studio-overlap", StudioOverlap);
