// The sheet that looks inside one item: asks for the look, tells how far it is, then shows what was seen.
// Knows the routes of looking; what is drawn is the drawing's business.
import * as api from "../api.js";
import { h, say, show, styleSheet } from "../dom.js";
import { icon } from "../icons.js";
import { addressOf, titleOf } from "../output.js";
import { queued } from "../progress.js";
import { t } from "../words.js";
import { drawn } from "./drawing.js";

/** @import { Explanation, Item } from "../types.js" */

styleSheet(new URL("./inside.css", import.meta.url));

/** @param {Item} item */
export function lookInside(item) {
  new Sheet(item).open();
}

class Sheet {
  /** @param {Item} item */
  constructor(item) {
    this.item = item;
    this.job = null;
    this.forget = () => {};
    this.said = h("p.inside-said", { role: "status", "aria-live": "polite" });
    this.meter = h("div.job-meter", { role: "progressbar", "aria-label": t("ui.progress") }, h("i"));
    this.stop = h(
      "button.chip",
      { type: "button", "data-act": "stop-looking", onclick: () => this.cancel() },
      icon("stop"),
      t("inside.stop"),
    );
    this.waiting = h("div.inside-waiting", {}, this.meter, this.stop);
    this.seen = h("div.inside-seen");
    const close = h(
      "button.icon-button",
      { type: "button", "aria-label": t("ui.close"), onclick: () => this.dialog.close() },
      icon("close"),
    );
    const name = t("inside.title", { name: titleOf(item) });
    this.dialog = h(
      "dialog.sheet.inside",
      { "aria-labelledby": "inside-title" },
      h("div.sheet-head", {}, h("h2", { id: "inside-title", text: name }), close),
      this.said,
      this.waiting,
      this.seen,
    );
    this.dialog.addEventListener("close", () => this.leave());
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close(); // beside the sheet
    });
  }

  async open() {
    document.body.append(this.dialog);
    this.dialog.showModal();
    say(this.said, t("inside.looking"));
    try {
      const asked = await api.look(this.item.id);
      if (asked.ready) await this.finish();
      else this.follow(asked.job);
    } catch (error) {
      this.trouble(error.message);
    }
  }

  follow(job) {
    this.job = job;
    this.forget = api.watch(job.id, (name, data) => {
      if (name === "queued" && data.place) say(this.said, queued(data));
      else if (name === "progress") this.further(data);
      else if (name === "finished") this.finish().catch((error) => this.trouble(error.message));
      else if (name === "failed") this.trouble(data.error?.message ?? "");
      else if (name === "cancelled" || name === "gone") this.trouble(t("inside.cancelled"));
    });
  }

  /** @param {{ done: number, total: number }} progress */
  further({ done, total }) {
    const share = total ? Math.min(1, done / total) : 0;
    say(this.said, t("inside.looking"));
    this.meter.firstElementChild.setAttribute("style", `width:${Math.round(100 * share)}%`);
    this.meter.setAttribute("aria-valuenow", String(Math.round(100 * share)));
  }

  async finish() {
    this.job = null;
    this.seen.replaceChildren(...(await drawn(await api.explanation(this.item.id), { audio: this.audio })));
    this.rest("");
  }

  /** Where the item can be heard, the smallest file first. */
  get audio() {
    const heard = (this.item.outputs ?? []).filter((one) => one.media_type?.startsWith("audio/"));
    const best = heard.find((one) => one.media_type === "audio/ogg") ?? heard.find((one) => one.kind === "audio");
    return best ? addressOf(best) : null;
  }

  trouble(sentence) {
    this.job = null;
    this.rest(sentence);
  }

  rest(sentence) {
    say(this.said, sentence);
    show(this.said, !!sentence);
    show(this.waiting, false);
  }

  cancel() {
    if (this.job) api.cancel(this.job.id).catch((error) => this.trouble(error.message));
    else this.dialog.close();
  }

  /** Looking goes on when the sheet is closed: what comes of it is there at the next opening. */
  leave() {
    this.forget();
    this.dialog.remove();
  }
}
