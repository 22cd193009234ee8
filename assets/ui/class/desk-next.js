// The form at the teacher's desk by which the next exercise is begun. Knows what each kind of exercise needs.
import { h } from "../dom.js";
import { t } from "./common.js";

const told = (id) => JSON.parse(document.getElementById(id).textContent);
const begins = told("begins");
const lessons = told("lessons");

/** What each kind of round is asked for, by the names of its boxes. */
const KINDS = {
  make: ["link"],
  poll: ["title", "choices"],
  question: ["title"],
  ab: ["title", "link_a", "link_b"],
  lesson: ["lesson"],
  train: ["lesson", "setting", "choices"],
};

const lines = (text) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

const options = (all) => all.map(([value, text]) => h("option", { value, text }));

function boxes() {
  const named = (name, label) => h("input", { type: "text", name, placeholder: t(label), "aria-label": t(label) });
  return [
    named("title", "question"),
    named("link", "link"),
    named("link_a", "link"),
    named("link_b", "link_b"),
    h("select", { name: "lesson", "aria-label": t("kind.lesson") }),
    h("select", { name: "setting", "aria-label": t("setting") }),
    h("textarea", { name: "choices", rows: 3, placeholder: t("choices"), "aria-label": t("choices") }),
  ];
}

/** The content of a round of this kind, out of what stands in the boxes. */
function contentOf(kind, value, ready) {
  if (kind === "make") return ready.value ? { title: ready.text, link: ready.value } : { link: value.link };
  if (kind === "ab") return { title: value.title, link: value.link_a, link_b: value.link_b };
  if (kind === "lesson") return { lesson: value.lesson };
  const asked = kind === "train" ? { lesson: value.lesson, setting: value.setting } : { title: value.title };
  return kind === "question" ? asked : { ...asked, choices: lines(value.choices) };
}

/** @param {(method: string, path: string, body?: any) => Promise<any>} act */
export function nextForm(act) {
  const ready = h("select", { name: "ready", "aria-label": t("exercise") }, [
    ...options(begins.map((one) => [one.link, one.title])),
    h("option", { value: "", text: t("begin.link") }),
  ]);
  const kind = h(
    "select",
    { name: "kind", "aria-label": t("next") },
    options(Object.keys(KINDS).map((one) => [one, t(`kind.${one}`)])),
  );
  const fields = boxes();
  const [lesson, setting] = ["lesson", "setting"].map((name) => fields.find((one) => one.name === name));
  const start = h("button.button.quiet", { type: "submit", text: t("next.start") });
  const form = h("form.desk-next", {}, kind, ready, fields, start);
  /** Only what is needed stands there; a class can choose only where something is trained. */
  const arrange = (event) => {
    if (event?.target !== lesson && event?.target !== setting) {
      const fit = lessons.filter((one) => kind.value !== "train" || one.settings.length);
      lesson.replaceChildren(...options(fit.map((one) => [one.id, one.title])));
    }
    if (event?.target !== setting) {
      const { settings } = lessons.find((one) => one.id === lesson.value);
      setting.replaceChildren(...options(settings.map((one) => [one.name, one.label])));
    }
    ready.hidden = kind.value !== "make";
    for (const field of fields) {
      field.hidden = !KINDS[kind.value].includes(field.name) || (field.name === "link" && ready.value !== "");
    }
  };
  form.addEventListener("change", arrange);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    const chosen = { value: ready.value, text: ready.selectedOptions[0].text };
    act("POST", "/rounds", { kind: kind.value, content: contentOf(kind.value, value, chosen) });
  });
  arrange();
  return h("details.desk-choose", {}, h("summary", { text: t("next") }), form);
}
