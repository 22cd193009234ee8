// <studio-job data-task="text">: the result area. Shows one item from its first wait to its last word.
import * as api from "./api.js";
import { actions } from "./actions.js";
import { h, perFrame, say, show } from "./dom.js";
import { icon } from "./icons.js";
import { outputs, promptBeside, runCard, titleOf } from "./output.js";
import { present } from "./present.js";
import { progressLine, progressShare, queued } from "./progress.js";
import { readingOf, spoken } from "./reading.js";
import { accountOf } from "./request-line.js";
import { withModel } from "./requests.js";
import { display, displayed, following, model, modelName, on, task } from "./state.js";
import { complain } from "./toast.js";
import { ago, has, language, seconds, t } from "./words.js";

const presentButton = () =>
  h(
    "button.action.present",
    { type: "button", "data-act": "present", title: `${t("ui.present")} (P)`, onclick: () => present(true) },
    icon("present"),
    h("span.word", { text: t("ui.present") }),
  );

export class StudioJob extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.build();
    this.forget = [
      on("tasks", () => this.refresh()),
      on(`display:${this.taskId}`, () => this.refresh(true)),
      on("made", (item) => {
        if (item.id === this.item?.id) this.refresh();
      }),
      on("changed", (item) => {
        if (item.id === this.item?.id) this.refresh();
      }),
      on("removed", (item) => {
        if (item.id === this.item?.id) display(this.taskId, null);
      }),
    ];
    this.redraw = perFrame(() => this.draw());
    this.refresh();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
    this.forgetJob?.();
  }

  build() {
    this.wish = h("p.job-prompt");
    this.words = h("p.job-words", { hidden: true });
    this.about = h("p.job-about");
    this.stage = h("div.job-stage", { tabindex: "0", role: "group", "aria-label": t("ui.result") });
    this.account = h("div.request-line.request-account", { role: "group", "aria-label": t("ui.request.account") });
    this.bar = h("div.job-meter", { role: "progressbar", "aria-label": t("ui.progress") }, h("i"));
    this.said = h("span.job-said");
    this.stop = h(
      "button.action.stop",
      { type: "button", "data-action": "stop", title: `${t("ui.stop")} (Esc)`, onclick: () => this.cancel() },
      icon("stop"),
      h("span.word", { text: t("ui.stop") }),
    );
    this.running = h("div.job-running", {}, this.bar, h("div.job-line", {}, this.said, this.stop));
    this.doing = h("div.job-actions", { role: "group", "aria-label": t("ui.actions") });
    this.how = h("details.job-how", {}, h("summary", {}, icon("chevron"), t("ui.how")));
    this.voice = h("p.visually-hidden", { role: "status", "aria-live": "polite" });
    this.replaceChildren(
      h(
        "section.job",
        { "aria-label": t("ui.result") },
        h("header.job-head", {}, h("div.job-name", {}, this.wish, this.words, this.about), presentButton()),
        this.stage,
        this.account,
        h("div.job-foot", {}, this.running, this.doing),
        this.how,
        this.voice,
      ),
    );
  }

  /** What this tab shows now: a job as it stands, a finished item, or the example. */
  get current() {
    const shown = displayed(this.taskId) ?? task(this.taskId)?.showcase[language] ?? null;
    return shown?.id ? (following(shown.id)?.item ?? shown) : shown;
  }

  refresh(fresh = false) {
    const item = this.current;
    if (fresh || item?.id !== this.item?.id) {
      this.forgetJob?.();
      this.forgetJob = item?.id ? on(`job:${item.id}`, () => this.redraw()) : null;
      this.how.open = false;
      this.spoken = null;
    }
    this.draw();
  }

  draw() {
    const item = (this.item = this.current);
    const live = item?.id ? following(item.id) : null;
    this.dataset.status = item?.status ?? "empty";
    this.toggleAttribute("data-example", !item || !!item.showcase);
    this.drawHead(item);
    this.drawStage(item, live);
    this.drawFoot(item, live);
    this.speak(item);
  }

  drawHead(item) {
    say(this.wish, item ? titleOf(item) : "");
    const words = item && promptBeside(item);
    say(this.words, words ?? "");
    show(this.words, !!words);
    const when = item?.status === "done" && item.created && !item.showcase ? ago(item.created) : null;
    const parts = item
      ? [
          item.showcase ? t("ui.example") : null,
          item.status === "done" ? t("ui.made_by") : null,
          modelName(item),
          when,
        ].filter(Boolean)
      : [];
    say(this.about, parts.join(" · "));
  }

  drawStage(item, live) {
    // asking how far it is scrolled lays out the page: only where it may move
    const stick = !!live && this.stage.scrollHeight - this.stage.scrollTop - this.stage.clientHeight < 40;
    const made = item ? outputs(item, live?.partial ?? null, [...this.stage.children]) : [];
    if (item?.status === "failed" || item?.status === "refused") made.unshift(this.trouble(item));
    if (!made.length) made.push(h("p.job-waiting", { text: this.waiting(item, live) }));
    if (item?.status === "cancelled" && item.outputs?.length) made.push(h("p.job-note", { text: t("ui.stopped") }));
    // what stands there already is left alone: it may be playing
    if (made.length !== this.stage.children.length || made.some((node, at) => node !== this.stage.children[at]))
      this.stage.replaceChildren(...made);
    if (live && stick) this.stage.scrollTop = this.stage.scrollHeight;
    if (live) this.followed = stick;
    else if ((this.last && item?.id !== this.last.id) || this.quick(item)) this.stage.scrollTop = 0;
  }

  /** Whether it has just been finished too quickly to have been read on the way: then one begins at the top. */
  quick(item) {
    return this.followed && item?.status === "done" && this.last?.status !== "done" && (item.seconds ?? 0) < 8;
  }

  trouble(item) {
    return h(
      "div.job-trouble",
      { role: "alert" },
      icon("alert"),
      h(
        "div",
        {},
        h("p", { text: item.message ?? item.error?.message ?? t("ui.error.unknown") }),
        item.reference || item.error?.reference
          ? h("p.reference", { text: t("ui.reference", { reference: item.reference ?? item.error.reference }) })
          : null,
        this.instead(item),
      ),
    );
  }

  /** A model that needs no GPU, one press away where none was lent. */
  instead(item) {
    const other = item.error?.instead && model(item.task, item.error.instead);
    if (!other) return null;
    const words = t("ui.gpu.instead", { name: other.name });
    return h("button.action", { type: "button", text: words, onclick: () => withModel(item, other.id) });
  }

  /** What stands in the empty stage. */
  waiting(item, live) {
    if (!item) return t("ui.empty", { go: t(has(`${this.taskId}.go`) ? `${this.taskId}.go` : "ui.generate") });
    if (item.status === "cancelled") return t("ui.stopped.empty");
    return progressLine(item, live);
  }

  drawFoot(item, live) {
    const busy = !!item && ["sending", "queued", "loading", "running"].includes(item.status);
    show(this.running, busy);
    show(this.doing, !busy && !!item);
    show(this.account, !busy && !!item && !!readingOf(item));
    show(this.how, !busy && !!item && item.status !== "refused");
    if (busy) {
      this.stop.disabled = !item.id || this.stopping === item.id;
      say(this.said, this.stage.querySelector(".job-waiting") ? "" : progressLine(item, live));
      this.measure(item);
    } else if (item) {
      const key = JSON.stringify([item.id, item.status, item.starred, item.outputs?.length]);
      if (key !== this.doing.dataset.key) {
        this.doing.dataset.key = key;
        this.doing.replaceChildren(...actions(item));
        this.how.replaceChildren(this.how.firstElementChild, runCard(item));
        this.account.replaceChildren(...accountOf(item));
      }
    }
    this.last = item;
  }

  measure(item) {
    const share = progressShare(item);
    this.bar.dataset.known = String(share !== null);
    this.bar.style.setProperty("--share", String(share ?? 0));
    if (share === null) this.bar.removeAttribute("aria-valuenow");
    else this.bar.setAttribute("aria-valuenow", String(Math.round(share * 100)));
  }

  /** The live region: states, never tokens. */
  speak(item) {
    const key = item && `${item.id} ${item.status}`;
    if (!item || item.showcase || key === this.spoken) return;
    this.spoken = key;
    const words = {
      sending: t("ui.sending"),
      queued: queued(item),
      loading: t("ui.voice.loading"),
      running: t("ui.voice.running"),
      done: [t("ui.voice.done", { time: seconds(item.seconds ?? 0) }), spoken(item.task, readingOf(item) ?? {})].join(
        " ",
      ),
      cancelled: t(item.outputs?.length ? "ui.stopped.kept" : "ui.stopped.empty"),
    };
    if (words[item.status]) say(this.voice, words[item.status]);
  }

  async cancel() {
    const item = this.item?.id ? following(this.item.id)?.item : null;
    if (!item) return;
    this.stopping = item.id;
    this.draw();
    say(this.said, t("ui.stopping"));
    try {
      await api.cancel(item.id);
    } catch (error) {
      if (error.status !== 404) complain(error);
    }
    this.stopping = null;
  }
}
