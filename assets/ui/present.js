// Presenter view: one result, large, for a projector. Arrows walk through the results of its tab, newest first.
// Knows which results there are and which one is shown; the result area draws them as ever.
import * as api from "./api.js";
import { find, h, perFrame, say } from "./dom.js";
import { icon } from "./icons.js";
import { active, display, displayed, on, store } from "./state.js";
import { currentTab, openTab } from "./tabs.js";
import { t } from "./words.js";

/** @import { Item } from "./types.js" */

const PAGE = 50;
const STEPS = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };
const SIZES = [76, 64, 56, 48, 42, 36, 32, 28];

/** @type {Walk | null} */
let walk = null;

export const presenting = () => walk !== null;

/** The results of one task, newest first, fetched as one walks on. */
class Walk {
  /** @param {string} taskId */
  constructor(taskId) {
    this.taskId = taskId;
    /** @type {Item[]} */
    this.items = [];
    /** @type {string | null} */
    this.cursor = null;
    this.bar = bar();
    document.body.append(this.bar.node);
    this.fit = perFrame(() => fit(taskId));
    this.forget = [
      on(`display:${taskId}`, () => this.draw()),
      on("made", (item) => {
        if (item.task === taskId) this.fetch(null);
      }),
      on("removed", () => this.fetch(null)),
    ];
    this.watcher = new MutationObserver(() => this.fit());
    const stage = stageOf(taskId);
    if (stage) this.watcher.observe(stage, { childList: true });
    window.addEventListener("resize", this.fit);
    this.fetch(null);
    this.draw();
  }

  stop() {
    this.forget.forEach((stop) => stop());
    this.watcher.disconnect();
    window.removeEventListener("resize", this.fit);
    this.bar.node.remove();
    stageOf(this.taskId)?.style.removeProperty("--words");
  }

  /** @param {string | null} cursor where to go on; null begins anew. */
  async fetch(cursor) {
    try {
      const page = await api.history({ task: this.taskId, limit: PAGE, cursor });
      const found = page.items.filter((item) => item.outputs?.length && api.FINAL.has(item.status));
      this.items = cursor ? [...this.items, ...found] : found;
      this.cursor = page.next_cursor ?? null;
    } catch {
      /* what is known already can be walked through */
    }
    this.draw();
  }

  /** Where what is shown stands among them; -1 for the example and for what is still being made. */
  get at() {
    const shown = displayed(this.taskId);
    return shown?.id ? this.items.findIndex((item) => item.id === shown.id) : -1;
  }

  async go(step) {
    if (this.at + step >= this.items.length && this.cursor) await this.fetch(this.cursor);
    const to = this.items[Math.max(0, Math.min(this.items.length - 1, this.at + step))];
    if (!to || to.id === displayed(this.taskId)?.id) return;
    store(`shown.${this.taskId}`, to.id);
    display(this.taskId, to);
  }

  draw() {
    const { at, items, cursor } = this;
    const waiting = active().some((item) => item.id === displayed(this.taskId)?.id);
    say(this.bar.count, items.length ? `${at < 0 ? "–" : at + 1} / ${items.length}${cursor ? "+" : ""}` : "");
    this.bar.back.hidden = this.bar.on.hidden = items.length < 2 && at >= 0;
    this.bar.back.disabled = at <= 0;
    this.bar.on.disabled = !items.length || (at === items.length - 1 && !cursor) || (waiting && !items.length);
    this.fit();
  }
}

const stageOf = (taskId) => find(`studio-job[data-task="${CSS.escape(taskId)}"] .job-stage`);

function bar() {
  const press = (name, key, act) =>
    h("button.icon-button", { type: "button", "aria-label": t(key), title: t(key), onclick: act }, icon(name));
  const back = press("before", "ui.present.before", () => walk?.go(-1));
  const forth = press("after", "ui.present.after", () => walk?.go(1));
  const count = h("span.present-count", { "aria-live": "polite" });
  const leave = h(
    "button.icon-button.present-leave",
    { type: "button", onclick: () => present(false), title: `${t("ui.present.leave")} (Esc)` },
    icon("close"),
    h("span", { text: t("ui.present.leave") }),
  );
  const node = h("section.present-bar", { "aria-label": t("ui.present") }, back, count, forth, leave);
  return { node, back, on: forth, count };
}

/** A finished text is as large as it may be without being cut; what is still written keeps one size. */
function fit(taskId) {
  const stage = stageOf(taskId);
  if (!stage || !walk) return;
  const words = find(":scope > .made-text", stage);
  const live = active().some((item) => item.id === displayed(taskId)?.id);
  if (!words || live) {
    stage.style.removeProperty("--words");
    return;
  }
  for (const size of SIZES) {
    stage.style.setProperty("--words", `${size}px`);
    if (stage.scrollHeight <= stage.clientHeight && words.scrollWidth <= words.clientWidth) return;
  }
}

/**
 * Enters or leaves the view; of an item where one is given, else of what the open tab shows.
 * @param {boolean} wanted
 * @param {Item | null} [item]
 */
export function present(wanted, item = null) {
  if (wanted === presenting() && !item) return;
  if (item) {
    store(`shown.${item.task}`, item.id);
    display(item.task, item);
    openTab(item.task);
  }
  const taskId = item?.task ?? currentTab();
  walk?.stop();
  walk = null;
  if (wanted && !stageOf(taskId) && !item) return;
  document.body.classList.toggle("presenting", wanted);
  if (wanted) {
    walk = new Walk(taskId);
    find(".present-leave", walk.bar.node).focus({ preventScroll: true });
    document.documentElement.requestFullscreen?.().catch(() => {}); // large enough without, where it is refused
  } else {
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    find(`studio-job[data-task="${CSS.escape(taskId ?? "")}"] [data-act="present"]`)?.focus({ preventScroll: true });
  }
}

/** Whether a key walks on; not where it moves something else: a slider, or what scrolls sideways. */
export function walks(event) {
  const step = STEPS[event.key];
  if (!walk || !step || event.ctrlKey || event.metaKey || event.altKey) return false;
  const at = /** @type {Element} */ (event.target);
  if (at.closest?.("input, select, textarea, audio, video, [role=slider]")) return false;
  if (at !== document.body && at.scrollWidth > at.clientWidth + 1 && at.matches("[tabindex]")) return false;
  walk.go(step);
  return true;
}

// In full screen Escape is the browser's: it leaves that, and the view with it.
document.addEventListener("fullscreenchange", () => {
  if (!document.fullscreenElement && presenting()) present(false);
});
