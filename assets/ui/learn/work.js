// <lesson-work>: scenario cards that the visitor places on a map of error tolerance by automation, roles that shrink
// and appear, and a role finder that says why. Draws only; places and distances come from work-math.js.
import { find, h, svg } from "../dom.js";
import { t } from "../words.js";
import { LessonElement } from "./element.js";
import { slider } from "./fields.js";
import { SCENARIOS, STEPS, fitting, questionOf, readPlaces, writePlaces } from "./work-math.js";

const word = (name, values) => t(`lesson.work.${name}`, values);
const SHRINKING = ["routine_text", "first_support", "retouching", "transcription", "rote_translation"];
const APPEARING = ["evaluation", "review", "data_care", "workflow", "teaching"];
const AXES = ["error", "checking", "people"];
const SHOWN_ROLES = 3;

/** Tells "lesson-placed", with where everything is, whenever a card was placed. */
class LessonWork extends LessonElement {
  get usual() {
    return { placed: "", error: "2", checking: "2", people: "2" };
  }

  get places() {
    return readPlaces(this.all.placed);
  }

  draw() {
    this.map = h("figure.work-map");
    this.found = h("div", { role: "status" });
    this.replaceChildren(
      h(
        "section",
        {},
        h("h3", { text: word("scenarios") }),
        h("p", { text: word("scenarios_about") }),
        h(
          "ol.work-cards",
          {},
          SCENARIOS.map((id, at) => this.card(id, at)),
        ),
        this.map,
      ),
      h("section", {}, h("h3", { text: word("roles") }), h("p", { text: word("roles_about") }), this.roles()),
      h(
        "section",
        {},
        h("h3", { text: word("finder") }),
        h("p", { text: word("finder_about") }),
        this.finder(),
        this.found,
      ),
    );
    this.redraw();
  }

  card(id, at) {
    const place = this.places[id];
    const set = (axis) => (value) => {
      const places = this.places;
      places[id] = { tolerance: 2, automation: 2, ...places[id], [axis]: value };
      this.keep({ placed: writePlaces(places) });
      this.dispatchEvent(new CustomEvent("lesson-placed", { bubbles: true, detail: { places } }));
    };
    const axis = (name) =>
      slider({
        label: word(name),
        value: place?.[name] ?? 2,
        least: 0,
        most: STEPS - 1,
        set: set(name),
        shown: (value) => word(`${name}.${value}`),
      });
    const facts = ["hurt", "checks", "cost"].map((one) => [
      h("dt", { text: word(one) }),
      h("dd", { text: word(`scenario.${id}.${one}`) }),
    ]);
    return h(
      "li.work-card",
      { "data-id": id },
      h("h4", { text: `${at + 1}. ${word(`scenario.${id}`)}` }),
      h("dl", {}, facts),
      axis("tolerance"),
      axis("automation"),
      h("p.work-question"),
    );
  }

  redraw() {
    const { places } = this;
    for (const id of SCENARIOS) {
      const question = find(`[data-id="${id}"] .work-question`, this);
      question.textContent = places[id] ? word(`question.${questionOf(places[id])}`) : "";
    }
    this.map.replaceChildren(drawMap(places), h("figcaption", { text: word("map") }), inWords(places));
    this.found.replaceChildren(...this.roleList());
  }

  roles() {
    const list = (kind, ids) =>
      h(
        "div",
        {},
        h("h4", { text: word(kind) }),
        h(
          "ul",
          {},
          ids.map((id) => h("li", {}, h("b", { text: word(`role.${id}`) }), " ", word(`reason.${id}`))),
        ),
      );
    return h("div.work-roles", {}, list("shrinking", SHRINKING), list("appearing", APPEARING));
  }

  get wanted() {
    const read = (axis) => (/^[0-4]$/.test(this.all[axis]) ? Number(this.all[axis]) : 2);
    return { error: read("error"), checking: read("checking"), people: read("people") };
  }

  finder() {
    return h(
      "div",
      {},
      AXES.map((axis) =>
        slider({
          label: word(`want.${axis}`),
          value: this.wanted[axis],
          least: 0,
          most: STEPS - 1,
          set: (value) => this.keep({ [axis]: String(value) }),
          shown: (value) => word(`want.${axis}.${value}`),
        }),
      ),
    );
  }

  roleList() {
    const ranked = fitting(this.wanted);
    const item = (role) =>
      h("li", {}, h("b", { text: word(`kind.${role.id}`) }), " ", word(`does.${role.id}`), " ", why(role));
    const far = ranked.at(-1);
    return [
      h("ol.work-found", {}, ranked.slice(0, SHOWN_ROLES).map(item)),
      h("p", { text: word("farthest", { role: word(`kind.${far.id}`), why: why(far) }) }),
    ];
  }
}

/** Why a role is where it is in the list: axis by axis, how far it is from what was asked for. */
function why(role) {
  const told = AXES.map((axis) => {
    const apart = role.apart[axis];
    return word(`apart.${axis}.${apart === 0 ? "same" : apart > 0 ? "more" : "less"}`);
  });
  return told.join(word("and"));
}

function drawMap(places) {
  const [size, edge] = [320, 36];
  const at = (value) => edge + (value * (size - 2 * edge)) / (STEPS - 1);
  const lines = Array.from({ length: STEPS }, (_, one) => [
    svg("path", { d: `M${at(one)} ${edge}V${size - edge}M${edge} ${at(one)}H${size - edge}`, class: "work-grid" }),
  ]).flat();
  const taken = new Map();
  const dots = SCENARIOS.flatMap((id, number) => {
    const place = places[id];
    if (!place) return [];
    const key = `${place.tolerance} ${place.automation}`;
    const beside = taken.get(key) ?? 0;
    taken.set(key, beside + 1);
    const [x, y] = [at(place.tolerance) + beside * 13 - 4, at(STEPS - 1 - place.automation) - beside * 6];
    const label = svg("text", { x, y: y + 4, "text-anchor": "middle" });
    label.textContent = String(number + 1);
    return [svg("circle", { cx: x, cy: y, r: 12, class: "work-dot" }), label];
  });
  const name = (text, attributes) => {
    const node = svg("text", { "text-anchor": "middle", class: "work-axis", ...attributes });
    node.textContent = text;
    return node;
  };
  return svg(
    "svg",
    { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": word("map") },
    ...lines,
    name(`${word("tolerance")} →`, { x: size / 2, y: size - 8 }),
    name(`${word("automation")} →`, { x: 0, y: 0, transform: `translate(14 ${size / 2}) rotate(-90)` }),
    ...dots,
  );
}

/** The map for whoever cannot see it. */
function inWords(places) {
  const placed = SCENARIOS.filter((id) => places[id]);
  if (!placed.length) return h("p", { text: word("none_placed") });
  const line = (id) =>
    word("placed", {
      scenario: `${SCENARIOS.indexOf(id) + 1}. ${word(`scenario.${id}`)}`,
      tolerance: word(`tolerance.${places[id].tolerance}`),
      automation: word(`automation.${places[id].automation}`),
    });
  return h(
    "ul.work-words",
    {},
    placed.map((id) => h("li", { text: line(id) })),
  );
}

customElements.define("lesson-work", LessonWork);
