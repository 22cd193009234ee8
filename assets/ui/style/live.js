// Rendering as one moves a slider: the form is sent as it changes. Knows which models are quick enough for it.
import * as api from "../api.js";
import { afterPause } from "../dom.js";
import { values } from "../form.js";
import { requestOf, send } from "../requests.js";
import { displayed, emit, model, store, stored } from "../state.js";

/** Whether a model paints while one waits. */
export const isLive = (taskId, modelId) => !!model(taskId, modelId)?.traits.includes("live");

/** Sends the form whenever it has changed and the last answer is there; what came between is skipped. */
export class Live {
  constructor(taskId) {
    this.taskId = taskId;
    this.on = stored("style.live", true);
    this.running = null;
    this.last = null;
    this.stale = null;
    this.touched = false; // what a reload puts back into the form is no wish
    const wake = (event) => {
      if (event.target.closest?.("studio-styles, .wish")) this.touched = true;
    };
    for (const name of ["pointerdown", "keydown", "input"]) document.addEventListener(name, wake, true);
    this.soon = afterPause(() => this.go(), 250);
  }

  /** Nothing is painted before the first press of the button: then it follows every change. */
  changed() {
    store("style.live", this.on);
    const shown = displayed(this.taskId);
    const form = values(this.taskId);
    if (
      !this.on ||
      !isLive(this.taskId, form.model) ||
      !shown?.id ||
      shown.status !== "done" ||
      !isLive(this.taskId, shown.model)
    ) {
      if (!this.running) return;
    }
    if (this.on && this.touched && this.request() !== this.last) this.soon();
  }

  /** What the form would send now, as text to compare. */
  request() {
    return JSON.stringify(requestOf(this.taskId, values(this.taskId)));
  }

  async go() {
    const request = this.request();
    if (this.running || request === this.last) return;
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
