// <studio-request data-task="image">: while one types, what will become of the words: solid what was taken in, struck
// out what will be left out, with one press for each alternative. Where next to nothing was known it says so before
// anything is made. Also the same line below a result. Knows readings; knows no task.
import * as api from "./api.js";
import { afterPause, find, h, say } from "./dom.js";
import { hiddenValues, setValues, values } from "./form.js";
import { groups, readingOf, remarksOf, spoken } from "./reading.js";
import { askBefore, completed } from "./requests.js";
import { model, on, promptField, takes, task } from "./state.js";
import { openTab } from "./tabs.js";
import { t } from "./words.js";

const PAUSE = 350;
const PATIENCE = 1200; // ms that a request waits for what is understood of it
const FRESH = 3000; // ms after which a reading is asked for anew: the model may have been loaded meanwhile
const SPEAK = 1600; // ms without a change before a screen reader is told

/** Puts what was pressed into the form, over what its words still move there, and goes there. */
async function press(taskId, { sets = {}, model: wanted = "" }) {
  openTab(taskId);
  await completed(taskId);
  setValues(taskId, { ...sets, ...(wanted ? { model: wanted } : {}) });
  find(`#${CSS.escape(`${taskId}-${promptField(taskId)?.name}`)} textarea`)?.focus({ preventScroll: true });
}

export class StudioRequest extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.reading = null;
    this.told = null;
    this.terms = h("div.request-terms", { tabindex: innerWidth <= 860 ? "0" : null }); // scrolled there: one line
    this.remarks = h("div.request-remarks");
    this.voice = h("p.visually-hidden", { role: "status", "aria-live": "polite" });
    this.line = h(
      "div.request-line",
      { role: "group", "aria-label": t("ui.request"), hidden: true },
      this.terms,
      this.remarks,
    );
    this.replaceChildren(this.line, this.voice);
    this.later = afterPause(() => this.read(), PAUSE);
    this.speak = afterPause(() => say(this.voice, this.reading ? spoken(this.taskId, this.reading) : ""), SPEAK);
    const changed = () => this.changed();
    this.forget = [on(`values:${this.taskId}`, changed), on("tasks", changed)];
    askBefore(this.taskId, () => this.allows());
    this.changed();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
    askBefore(this.taskId, null);
  }

  /** The request as it stands, of what the model takes; null where there is nothing to read yet. */
  get asked() {
    const form = { ...hiddenValues(this.taskId), ...values(this.taskId) };
    const one = model(this.taskId, form.model);
    if (!task(this.taskId) || !one) return null;
    const { model: id, seed, ...rest } = form;
    const params = Object.fromEntries(
      Object.entries(rest).filter(([name, value]) => takes(one, name) && value !== null && value !== undefined),
    );
    return { model: id, params };
  }

  changed() {
    const key = JSON.stringify(this.asked);
    if (key === this.key) return;
    this.key = key;
    this.line.dataset.stale = "true";
    if (this.told !== this.words) this.line.dataset.asking = "false";
    this.later();
  }

  /** What counts as the same request, whatever else is set meanwhile. */
  get words() {
    const { asked } = this;
    return asked && JSON.stringify([asked.model, asked.params[promptField(this.taskId)?.name] ?? asked.params.style]);
  }

  /** Asks the server; what a newer question has overtaken is dropped. */
  read() {
    const { key, asked } = this;
    if (this.reads?.key === key && performance.now() - this.reads.at < FRESH) return this.reads.answer;
    const answer = (async () => {
      try {
        const reading = asked ? await api.readRequest(this.taskId, asked.model, asked.params) : null;
        if (this.key === key) this.show(reading);
        return reading;
      } catch {
        this.reads = null;
        if (this.key === key) this.show(null);
        return null; // it is a kindness: without it one asks as before
      }
    })();
    this.reads = { key, answer, at: performance.now() };
    return answer;
  }

  show(reading) {
    this.reading = reading;
    this.line.dataset.stale = "false";
    this.draw();
    this.speak();
  }

  draw() {
    const reading = this.reading ?? {};
    const unsure = reading.sure === false;
    const asking = unsure && this.told === this.words;
    this.line.dataset.asking = String(asking);
    this.line.dataset.unsure = String(unsure);
    const unknown = (reading.unknown ?? []).map((term) => term.words).join(", ");
    const doubt =
      unsure && unknown
        ? h("p.request-remark", { "data-kind": "unsure", text: t("ui.request.unsure", { words: unknown }) })
        : null;
    this.terms.replaceChildren(...groups(this.taskId, reading, "before", press));
    if (asking) this.terms.append(this.anyway());
    this.remarks.replaceChildren(...[doubt, ...remarksOf(this.taskId, reading.remarks ?? [], press)].filter(Boolean));
    this.line.hidden = !this.terms.childElementCount && !this.remarks.childElementCount;
    if (this.terms.scrollWidth > this.terms.clientWidth)
      this.terms.tabIndex = 0; // so that keys can scroll it
    else this.terms.removeAttribute("tabindex");
  }

  anyway() {
    return h("button.link", {
      type: "button",
      "data-act": "anyway",
      text: t("ui.request.anyway"),
      onclick: () => document.getElementById(`${this.taskId}-go`)?.click(),
    });
  }

  /** Before a request goes: one that was not understood is told of first, and goes when it is asked for again. */
  async allows() {
    this.key = JSON.stringify(this.asked);
    const waited = new Promise((settle) => setTimeout(settle, PATIENCE, null));
    const reading = await Promise.race([this.read(), waited]);
    const { words } = this;
    if (reading?.sure !== false || this.told === words) return true;
    this.told = words;
    this.show(reading);
    say(this.voice, [spoken(this.taskId, reading), t("ui.request.again")].join(" "));
    find("button", this.line)?.focus({ preventScroll: true });
    this.line.scrollIntoView({ block: "nearest" });
    return false;
  }
}

/**
 * The line below a result: what was made, left out, and came to mind besides; nothing where nothing is known of it.
 * @param {import("./types.js").Item} item
 * @returns {Node[]}
 */
export function accountOf(item) {
  const reading = readingOf(item);
  if (!reading) return [];
  return [
    h("div.request-terms", {}, groups(item.task, reading, "after", press)),
    ...remarksOf(item.task, reading.remarks ?? [], press),
  ];
}
