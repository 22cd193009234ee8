// <studio-unanswered>: the questions that could not be answered, each of which becomes a pair with one press.
import * as api from "../api.js";
import { h, say } from "../dom.js";
import { setValues, values } from "../form.js";
import { on } from "../state.js";
import { complain, toast } from "../toast.js";
import { t } from "../words.js";

const MOST = 10;

export class StudioUnanswered extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.title_ = h("summary");
    this.list = h("ul.unanswered");
    this.box = h("details", { hidden: true }, this.title_, this.list);
    this.replaceChildren(this.box);
    this.forget = [
      on("made", (item) => item.task === this.taskId && this.read()),
      on("removed", () => this.read()),
      on("tab", (id) => id === this.taskId && this.read()),
    ];
    this.read();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  async read() {
    try {
      const { items } = await api.history({ task: this.taskId });
      const open = items.filter((one) => one.outputs?.[0]?.meta?.found === "none").map((one) => one.params.question);
      const known = values(this.taskId).own_pairs ?? "";
      this.draw([...new Set(open)].filter((one) => !known.includes(`${flat(one)} =`)).slice(0, MOST));
    } catch (error) {
      complain(error);
    }
  }

  draw(questions) {
    this.box.hidden = !questions.length;
    say(this.title_, t("apps.unanswered", { n: questions.length }));
    this.list.replaceChildren(...questions.map((question) => this.row(question)));
  }

  row(question) {
    const named = t("apps.unanswered.answer", { question });
    const answer = h("input", { type: "text", "aria-label": named, maxlength: 2000 });
    const add = () => {
      if (answer.value.trim()) this.add(question, answer.value);
      else answer.focus();
    };
    return h(
      "li",
      {},
      h("span", { text: question }),
      answer,
      h("button.chip", { type: "button", text: t("apps.unanswered.add"), onclick: add }),
    );
  }

  add(question, answer) {
    const lines = (values(this.taskId).own_pairs ?? "").split("\n").filter((line) => line.trim());
    setValues(this.taskId, { own_pairs: [...lines, `${flat(question)} = ${flat(answer)}`].join("\n") });
    toast(t("apps.unanswered.added"), null, { stay: 2500 });
    this.read();
  }
}

/** On one line, and without the sign that parts question and answer. */
const flat = (text) => text.replaceAll("=", "＝").replace(/\s+/g, " ").trim();
