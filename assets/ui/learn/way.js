// <lesson-way>: the timeline, what is used for what, and the shelf. The entries lie in data/way.json; how they are
// searched is the business of way-search.js.
import { h } from "../dom.js";
import { outsideLinks } from "../state.js";
import { language, t } from "../words.js";
import { LessonElement } from "./element.js";
import { choice } from "./fields.js";
import { KINDS, SHELVES, addressOf, found } from "./way-search.js";

const word = (name, values) => t(`lesson.way.${name}`, values);

let entries = null;
const load = () =>
  (entries ??= fetch(new URL("./data/way.json", import.meta.url)).then((answer) => {
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }));

class LessonWay extends LessonElement {
  way = null;
  every = false;

  get usual() {
    return { kind: "", shelf: "", find: "", written: "" };
  }

  async draw() {
    try {
      this.way = await load();
    } catch {
      entries = null;
      this.replaceChildren(h("p", { role: "alert", text: word("not_loaded") }));
      return;
    }
    this.stops = h("ol.way-stops");
    this.works = h("div", { role: "status" });
    this.replaceChildren(
      h("section", {}, h("h3", { text: word("timeline") }), this.kinds(), this.stops),
      h("section", {}, h("h3", { text: word("uses") }), this.uses()),
      h("section", {}, h("h3", { text: word("shelf") }), this.search(), this.works),
    );
    this.redraw();
  }

  kinds() {
    const options = [["", word("all")], ...KINDS.map((kind) => [kind, word(`kind.${kind}`)])];
    return choice(word("of"), options, this.all.kind, (kind) => this.keep({ kind }));
  }

  uses() {
    const item = (use) =>
      h(
        "li",
        {},
        h("h4", { text: use.name[language] }),
        h("p", { text: use.about[language] }),
        h("p.way-care", { text: use.care[language] }),
        tried(use),
      );
    return h("ul.way-uses", {}, this.way.uses.map(item));
  }

  search() {
    const field = h("input.search", {
      type: "search",
      value: this.all.find,
      maxlength: 100,
      placeholder: word("find"),
      "aria-label": word("find"),
      oninput: () => this.keep({ find: field.value }),
    });
    const shelves = [["", word("all")], ...SHELVES.map((kind) => [kind, word(`shelf.${kind}`)])];
    const languages = ["", "en", "zh"].map((one) => [one, word(one ? `written.${one}` : "written.any")]);
    return h(
      "div",
      {},
      field,
      h(
        "div.hand-choices",
        {},
        choice(word("which"), shelves, this.all.shelf, (shelf) => this.keep({ shelf })),
        choice(word("written"), languages, this.all.written, (written) => this.keep({ written })),
      ),
    );
  }

  showEvery() {
    this.every = true;
    this.redraw();
  }

  redraw() {
    if (!this.way) return;
    const { kind, shelf, find, written } = this.all;
    const stops = this.way.stops.filter((stop) => !KINDS.includes(kind) || stop.kind === kind);
    this.stops.replaceChildren(...stops.map(stopped));
    const works = found(this.way.shelf, {
      query: find,
      kind: SHELVES.includes(shelf) ? shelf : "",
      language: ["en", "zh"].includes(written) ? written : "",
    });
    this.works.replaceChildren(
      h("p.way-count", { text: word(works.length ? "count" : "none", { n: works.length }) }),
      h("ul.way-works", {}, works.slice(0, this.every ? works.length : FIRST).map(work)),
      works.length > FIRST && !this.every
        ? h("button.chip", {
            type: "button",
            text: word("every", { n: works.length }),
            onclick: () => this.showEvery(),
          })
        : "",
    );
  }
}

const stopped = (stop) =>
  h(
    "li.way-stop",
    { "data-kind": stop.kind },
    h("p.way-year", {}, h("b", { text: String(stop.year) }), h("span", { text: word(`kind.${stop.kind}`) })),
    h("div", {}, h("h4", { text: stop.name[language] }), h("p", { text: stop.about[language] }), tried(stop)),
  );

/** As many works are shown until somebody asks for all. */
const FIRST = 15;

const tried = (one) => h("a.way-try", { href: addressOf(one.link, language), text: one.try[language] });

function work(one) {
  const title =
    one.link && outsideLinks()
      ? h("a", { href: one.link, rel: "noopener noreferrer", target: "_blank", text: one.title })
      : h("b", { text: one.title });
  return h(
    "li",
    {},
    h("p", {}, title, h("span.way-by", { text: ` ${one.by}, ${one.year}` })),
    h("p.way-by", { text: `${word(`a.${one.kind}`)} · ${one.for[language]}` }),
  );
}

customElements.define("lesson-way", LessonWay);
