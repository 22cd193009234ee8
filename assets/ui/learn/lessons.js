// <studio-lessons>: the list of lessons and the page of one. Which lesson is open and what its form holds stand in the
// address, so that a link opens the same. Knows lessons as they are declared; what trains is a task like any other.
import * as api from "../api.js";
import { findAll, h, show, styleSheet } from "../dom.js";
import { applyExample, restored, setValues, values } from "../form.js";
import { later } from "../later.js";
import { markdown } from "../markdown.js";
import { copyText } from "../output.js";
import { learned, on, store, stored, task } from "../state.js";
import { currentTab, wantedLesson } from "../tabs.js";
import { complain, toast } from "../toast.js";
import { t } from "../words.js";
import { bench } from "./bench.js";
import { folded, shownCode, trials } from "./parts.js";
import { openForPrint } from "./print.js";

/** @import { Lesson } from "../types.js" */

styleSheet(new URL("./learn.css", import.meta.url));
openForPrint();

/** @type {Lesson[]} */
let lessons = [];
const known = later().then((all) => {
  lessons = all;
});

class StudioLessons extends HTMLElement {
  connectedCallback() {
    this.forget = [];
    Promise.all([known, learned]).then(() => this.isConnected && this.begin(), complain);
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  begin() {
    const trained = new Set(lessons.map((one) => one.task));
    this.forget = [
      on("lesson", (taskId) => this.openFor(taskId)),
      on("tab", (id) => {
        if (id === "learn") this.shown();
      }),
      ...[...trained].map((taskId) => on(`values:${taskId}`, () => this.keepAddress())),
    ];
    const asked = new URLSearchParams(location.search);
    const lesson = (name, value) => (value ? lessons.find((one) => one[name] === value) : undefined);
    const named =
      lesson("id", asked.get("lesson")) ??
      lesson("task", wantedLesson() ?? asked.get("task")) ??
      lesson("id", stored("lesson"));
    this.list = h("nav.lesson-list", { "aria-label": t("ui.learn.lessons") });
    this.page = h("article.lesson-page");
    this.benches = h("div.lesson-benches");
    this.replaceChildren(h("div.lessons", {}, this.list, this.page), this.benches);
    this.addEventListener("lesson-settings", () => this.keepAddress());
    const linked = asked.get("lesson") ? valuesIn(asked, named) : null;
    this.open(named ?? lessons[0], linked, linked && Object.fromEntries(asked));
  }

  /** The lesson that a task belongs to: somebody wants to see one of its jobs. */
  openFor(taskId) {
    if (this.lesson?.task !== taskId) this.open(lessons.find((one) => one.task === taskId) ?? this.lesson);
  }

  shown() {
    if (this.lesson?.task) api.warm(this.lesson.task).catch(() => {});
  }

  /**
   * @param {Lesson} lesson
   * @param {Record<string, any> | null} [wanted] for its form; null leaves that as it is.
   * @param {Record<string, string> | null} [told] for its element.
   */
  async open(lesson, wanted = null, told = wanted) {
    if (!lesson) return;
    this.lesson = lesson;
    store("lesson", lesson.id);
    this.drawList();
    this.drawPage();
    this.showBench();
    await this.placeElement(told ?? {});
    if (this.lesson !== lesson) return;
    if (currentTab() === "learn") this.shown();
    if (lesson.task && wanted) {
      await restored(lesson.task);
      setValues(lesson.task, { ...lesson.values, ...wanted });
    }
    this.keepAddress();
  }

  /** The bench of this lesson's task, drawn when it is first needed. */
  showBench() {
    const { task: wanted } = this.lesson;
    const id = `bench-${wanted}`;
    if (wanted && task(wanted) && !this.benches.querySelector(`[id="${id}"]`)) this.benches.append(bench(wanted));
    for (const one of findAll(".lesson-bench", this.benches)) show(one, one.id === id);
  }

  drawList() {
    const groups = new Map();
    for (const one of lessons) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
    this.list.replaceChildren(
      h("a.lesson-link.lesson-class", { href: "/class" }, h("b", { text: t("ui.class.open") })),
      ...[...groups].map(([group, members]) =>
        h(
          "section",
          {},
          h("h2", { text: t(`ui.learn.group.${group}`) }),
          h(
            "ul",
            {},
            members.map((one) =>
              h(
                "li",
                {},
                h(
                  "button.lesson-link",
                  {
                    type: "button",
                    "aria-current": one === this.lesson ? "page" : null,
                    onclick: () => this.open(one, {}),
                  },
                  h("b", { text: t(`lesson.${one.id}.title`) }),
                  h("span", { text: t(`lesson.${one.id}.about`) }),
                ),
              ),
            ),
          ),
        ),
      ),
    );
  }

  drawPage() {
    const { lesson } = this;
    const word = (key) => t(`lesson.${lesson.id}.${key}`);
    this.page.replaceChildren(
      h("h2.lesson-title", { text: word("title") }),
      h("p.lesson-about", { text: word("about") }),
      folded("ui.learn.read", markdown(word("text")), !stored(`read.${lesson.id}`), (seen) =>
        store(`read.${lesson.id}`, !seen),
      ),
      (this.place = h("div.lesson-element")),
      lesson.code.length ? folded("ui.learn.code", h("div", {}, lesson.code.map(shownCode))) : "",
      lesson.exercises.length
        ? folded(
            "ui.learn.exercises",
            h(
              "ol.exercises",
              {},
              lesson.exercises.map((name) =>
                h(
                  "li",
                  {},
                  markdown(word(`exercise.${name}`)),
                  h("details", {}, h("summary", { text: t("ui.learn.answer") }), markdown(word(`answer.${name}`))),
                ),
              ),
            ),
          )
        : "",
      this.experiments(),
      ...trials(lesson),
    );
  }

  /** The lesson's own element, once its scripts are here. */
  async placeElement(wanted) {
    const { lesson, place } = this;
    this.element = null;
    if (!lesson.element) return;
    await Promise.all(lesson.scripts.map((script) => import(new URL(`../${script}`, import.meta.url).href)));
    if (this.lesson !== lesson) return;
    this.element = /** @type {any} */ (document.createElement(lesson.element));
    if ("settings" in this.element) this.element.settings = wanted;
    place.replaceChildren(this.element);
  }

  experiments() {
    const { lesson } = this;
    if (!lesson.task && !lesson.element) return "";
    const chip = (name, act) => h("button.chip", { type: "button", text: name, onclick: act });
    return h(
      "div.presets.lesson-try",
      { role: "group", "aria-label": t("ui.learn.try") },
      h("span.presets-label", { text: t("ui.learn.try") }),
      lesson.experiments.map((one) => chip(t(`lesson.${lesson.id}.try.${one.id}`), () => this.tryOut(one.values))),
      chip(t("ui.learn.link"), () => copyText(location.href).then(() => toast(t("ui.copied"), null, { stay: 2500 }))),
    );
  }

  /** Settings of an experiment, for the form or for the lesson's own element. */
  tryOut(tried) {
    const { lesson, element } = this;
    if (lesson.task) {
      const filled = { ...blank(lesson.task), ...lesson.values, ...tried };
      applyExample(lesson.task, { language: "", title: "", values: filled });
    } else if (element) {
      element.settings = tried;
      this.keepAddress();
    }
  }

  /** The address says which lesson is open and what in its form is not as usual. */
  keepAddress() {
    if (currentTab() !== "learn" || !this.lesson) return;
    const url = new URL(location.href);
    for (const name of [...url.searchParams.keys()]) if (name !== "lang") url.searchParams.delete(name);
    url.searchParams.set("tab", "learn");
    url.searchParams.set("lesson", this.lesson.id);
    const told = { ...changed(this.lesson), ...this.element?.settings };
    for (const [name, value] of Object.entries(told)) url.searchParams.set(name, String(value));
    window.history.replaceState(window.history.state, "", url);
  }
}

/** @param {Lesson} lesson */
function changed(lesson) {
  const fields = task(lesson.task)?.fields ?? [];
  const form = lesson.task ? values(lesson.task) : {};
  return Object.fromEntries(
    fields
      .filter((field) => field.widget !== "file" && field.widget !== "textarea") // own lines are nobody else's
      .map((field) => [field.name, form[field.name], lesson.values[field.name] ?? field.default])
      .filter(([, value, usual]) => value !== undefined && value !== null && value !== usual)
      .map(([name, value]) => [name, value]),
  );
}

/** Settings in an address, as the form's own kinds of values. */
function valuesIn(asked, lesson) {
  const found = {};
  for (const field of task(lesson?.task)?.fields ?? []) {
    const text = asked.get(field.name);
    if (text === null || field.widget === "file") continue;
    const numeric = ["slider", "number", "seed"].includes(field.widget);
    found[field.name] = numeric ? Number(text) : field.widget === "checkbox" ? text === "true" : text;
  }
  return { ...blank(lesson?.task), ...lesson?.values, ...found };
}

/** Every setting as the form begins. */
const blank = (taskId) =>
  Object.fromEntries(
    (task(taskId)?.fields ?? []).filter((one) => one.widget !== "file").map((one) => [one.name, one.default]),
  );

customElements.define("studio-lessons", StudioLessons);
