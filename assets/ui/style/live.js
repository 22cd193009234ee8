// Rendering as one moves a slider: the form is sent as it changes. Knows which models are quick enough for it.
import * as api from "../api.js";
import { afterPause } from "../dom.js";
import { values } from "../form.js";
import { requestOf, send } from "../requests.js";
import { displayed, emit, model as modelOf, store, stored } from "../state.js";
import { currentTab } from "../tabs.js";

/** Whether a model paints while one waits. */
export const isLive = (taskId, modelId) => !!modelOf(taskId, modelId)?.traits.includes("live");

/** Sends the form whenever it has changed and the last answer is there; what came between is skipped. */
export class Live {
  constructor(taskId) {
    this.taskId = taskId;
    this.on = stored("style.live", true);
    this.running = null;
    this.last = null;
    this.stale = null;
    this.touched = false; // what a reload puts back into the form is no wish
    /** @type {string | undefined} */
    this.photo = undefined;
    this.pressed = false;
    const wake = (event) => {
      if (event.target.closest?.("studio-styles, .wish")) this.touched = true;
    };
    for (const name of ["pointerdown", "keydown", "input"]) document.addEventListener(name, wake, true);
    this.soon = afterPause(() => this.go(), 250);
  }

  /** A style was chosen: that is painted, whatever stands there now. */
  press() {
    this.pressed = true;
  }

  /** Follows every change of what it painted; before that and after something else, a style or photo that is chosen. */
  changed() {
    store("style.live", this.on);
    const { content, model, photo } = values(this.taskId);
    const before = this.photo;
    this.photo = JSON.stringify([content, photo]);
    if (before !== undefined && before !== this.photo && currentTab() === this.taskId) this.press();
    if (!isLive(this.taskId, model)) this.pressed = false;
    if (!this.on || !this.touched || !isLive(this.taskId, model)) return;
    const shown = displayed(this.taskId);
    const follows = shown?.id && shown.status === "done" && isLive(this.taskId, shown.model);
    if ((follows || this.pressed || this.running) && this.request() !== this.last) this.soon();
  }

  /** What the form would send now, as text to compare. */
  request() {
    return JSON.stringify(requestOf(this.taskId, values(this.taskId)));
  }

  async go() {
    const request = this.request();
    if (this.running || request === this.last) return;
    this.pressed = false;
    const before = displayed(this.taskId);
    if (sameRequest(before, JSON.parse(request))) {
      this.last = request;
      return;
    }
    this.last = request;
    this.running = "sending";
    const item = await send(JSON.parse(request));
    this.running = item?.id ?? null;
    if (item && before?.live && !before.starred) this.stale = before;
    if (item) item.live = true;
  }

  /** A picture is there: the one it replaces leaves the history, and what has changed meanwhile is next. */
  async made(item) {
    if (item.id !== this.running) return;
    this.running = null;
    item.live = true;
    const { stale } = this;
    this.stale = null;
    if (this.on && this.request() !== this.last) this.soon();
    if (stale && item.status === "done") {
      try {
        await api.remove(stale.id);
        emit("removed", stale);
      } catch {
        /* then it stays */
      }
    }
  }
}

const sameRequest = (item, request) =>
  !!item?.params &&
  item.model === request.model &&
  Object.entries(request.params).every(([name, value]) => item.params[name] === value);
