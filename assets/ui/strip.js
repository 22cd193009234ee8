// <studio-strip data-task="text">: the last results of this kind, newest first. Arrows walk, Enter shows.
import * as api from "./api.js";
import { find, findAll, h } from "./dom.js";
import { icon } from "./icons.js";
import { thumbnail, titleOf } from "./output.js";
import { active, display, displayed, on, store } from "./state.js";
import { t } from "./words.js";

const LENGTH = 12;

export class StudioStrip extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.items = [];
    this.list = h("ul.strip-list", { onkeydown: (event) => this.walk(event) });
    this.replaceChildren(
      h("section.strip", { "aria-label": t("ui.strip") }, h("h2", { text: t("ui.strip") }), this.list),
    );
    const mine = (act) => (item) => {
      if (item.task === this.taskId) act(item);
    };
    this.forget = [
      on("active", () => this.draw()),
      on("several", () => this.load()),
      on(`display:${this.taskId}`, () => this.draw()),
      on(
        "made",
        mine((item) => this.add(item)),
      ),
      on(
        "removed",
        mine((item) => {
          this.items = this.items.filter((one) => one.id !== item.id);
          this.draw();
        }),
      ),
      on(
        "restored",
        mine(() => this.load()),
      ),
    ];
    this.load();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  async load() {
    try {
      const page = await api.history({ task: this.taskId, limit: LENGTH });
      this.items = page.items.filter((item) => api.FINAL.has(item.status));
    } catch {
      /* the strip is a convenience: it stays as it was */
    }
    this.draw();
  }

  add(item) {
    if (item.gone) return;
    this.items = [item, ...this.items.filter((one) => one.id !== item.id)].slice(0, LENGTH);
    this.draw();
  }

  draw() {
    const running = active()
      .filter((item) => item.task === this.taskId)
      .sort((a, b) => (a.created < b.created ? 1 : -1));
    const ids = new Set(running.map((item) => item.id));
    const all = [...running, ...this.items.filter((item) => !ids.has(item.id))];
    const focused = this.list.contains(document.activeElement) ? document.activeElement.getAttribute("data-id") : null;
    const current = displayed(this.taskId)?.id;
    this.hidden = !all.length;
    const first = all.some((item) => item.id === current) ? current : all[0]?.id;
    this.list.replaceChildren(...all.map((item) => this.card(item, item.id === current, item.id === first)));
    if (focused) find(`[data-id="${CSS.escape(focused)}"]`, this.list)?.focus();
  }

  card(item, isCurrent, reachable) {
    const busy = !api.FINAL.has(item.status);
    return h(
      "li",
      {},
      h(
        "button.strip-card",
        {
          type: "button",
          "data-id": item.id,
          "data-status": item.status,
          "aria-current": isCurrent ? "true" : null,
          tabindex: reachable ? "0" : "-1",
          title: titleOf(item),
          onclick: () => this.choose(item),
        },
        busy
          ? h("span.thumb.thumb-icon.pulse", {}, icon("other"))
          : item.status === "failed"
            ? h("span.thumb.thumb-icon", {}, icon("alert"))
            : thumbnail(item),
        h("span.strip-prompt", { text: titleOf(item) }),
      ),
    );
  }

  choose(item) {
    store(`shown.${this.taskId}`, item.id);
    display(this.taskId, item);
  }

  walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (!step) return;
    const cards = findAll("button", this.list);
    const at = cards.indexOf(document.activeElement);
    const to = cards[Math.max(0, Math.min(cards.length - 1, at + step))];
    cards[at]?.setAttribute("tabindex", "-1");
    to?.setAttribute("tabindex", "0");
    to?.focus();
    event.preventDefault();
  }
}
