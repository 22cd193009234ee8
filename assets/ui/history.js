// <studio-history>: everything this visitor made, newest first; searched, filtered and paged on the server.
import * as api from "./api.js";
import { remove } from "./actions.js";
import { afterPause, childrenOf, find, h, say } from "./dom.js";
import { forgetMe } from "./forget.js";
import { detail } from "./history-detail.js";
import { icon } from "./icons.js";
import { thumbnail, titleOf } from "./output.js";
import { present } from "./present.js";
import { Selection } from "./selection.js";
import { openMyLinks } from "./share-sheet.js";
import { active, tabsOfTasks, display, modelName, on, tabName } from "./state.js";
import { openTab } from "./tabs.js";
import { ago, t } from "./words.js";

const PAGE = 20;

export class StudioHistory extends HTMLElement {
  connectedCallback() {
    this.filter = { query: "", task: /** @type {string[]} */ ([]), starred: "" };
    this.items = [];
    this.cursor = null;
    this.turn = 0;
    this.open = null;
    this.selection = new Selection({
      items: () => this.items,
      filter: () => this.filter,
      changed: () => this.draw(),
    });
    this.build();
    this.forget = [
      on("tab", (id) => {
        if (id === "history") this.reload();
      }),
      on("tasks", () => this.drawTasks()),
      on("made", () => this.stale()),
      on("active", () => this.stale()),
      on("restored", () => this.reload()),
      on("several", () => this.reload()),
      on("removed", (item) => {
        this.items = this.items.filter((one) => one.id !== item.id);
        this.draw();
      }),
    ];
    this.reload();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
    this.sight?.disconnect();
  }

  build() {
    const search = afterPause(() => {
      this.filter.query = this.box.value.trim();
      this.reload();
    }, 250);
    this.box = h("input.search", {
      type: "search",
      placeholder: t("ui.history.search"),
      "aria-label": t("ui.history.search"),
      oninput: search,
      maxlength: 200,
    });
    this.tasks = h("div.chips", { role: "group", "aria-label": t("ui.history.kind") });
    this.star = h(
      "button.chip",
      { type: "button", "aria-pressed": "false", onclick: () => this.toggleStarred() },
      icon("star"),
      t("ui.history.starred"),
    );
    this.list = h("ul.history-list");
    this.note = h("p.history-note", { role: "status" });
    this.inviting = document.createElement("studio-invitations");
    this.inviting.hidden = true;
    this.more = h("button.action", {
      type: "button",
      hidden: true,
      text: t("ui.history.more"),
      onclick: () => this.next(),
    });
    const quiet = (name, key, act) =>
      h("button.action.quiet", { type: "button", "data-action": name, text: t(key), onclick: () => act() });
    this.replaceChildren(
      h(
        "section.history",
        { "aria-label": t("ui.history") },
        h(
          "div.history-tools",
          {},
          h("label.search-box", {}, icon("search"), this.box),
          this.tasks,
          this.star,
          this.selection.toggle,
        ),
        document.createElement("studio-projects"),
        this.selection.bar,
        this.note,
        this.inviting,
        this.list,
        h("div.history-end", {}, this.more),
        document.createElement("studio-transfer"),
        h(
          "p.history-end",
          {},
          quiet("my-links", "ui.links", openMyLinks),
          quiet("forget", "ui.history.forget", forgetMe),
        ),
      ),
    );
    this.drawTasks();
    this.sight = new IntersectionObserver(
      (seen) => {
        if (seen.some((one) => one.isIntersecting)) this.next();
      },
      { rootMargin: "300px" },
    );
    this.sight.observe(this.more);
  }

  drawTasks() {
    const kinds = [{ tab: "ui.history.all", tasks: [] }, ...tabsOfTasks()];
    this.tasks.hidden = kinds.length < 3;
    this.tasks.replaceChildren(
      ...kinds.map(({ tab, tasks }) =>
        h("button.chip", {
          type: "button",
          text: t(tab),
          "aria-pressed": String(tasks.join() === this.filter.task.join()),
          onclick: () => {
            this.filter.task = tasks;
            this.drawTasks();
            this.reload();
          },
        }),
      ),
    );
  }

  toggleStarred() {
    this.filter.starred = this.filter.starred ? "" : "true";
    this.star.setAttribute("aria-pressed", String(!!this.filter.starred));
    this.reload();
  }

  /** Something changed elsewhere: fetched again now if it can be seen, else when it is opened. */
  stale() {
    if (this.offsetParent) this.reload();
  }

  async reload() {
    this.cursor = null;
    await this.fetch([], PAGE);
  }

  async next() {
    if (this.cursor && !this.busy && this.offsetParent) await this.fetch(this.items, PAGE);
  }

  /** Fetches one page after ``before``; an answer that a newer question has overtaken is dropped. */
  async fetch(before, limit) {
    const turn = (this.turn += 1);
    this.busy = true;
    try {
      const page = await api.history({ ...this.filter, cursor: this.cursor, limit });
      if (turn !== this.turn) return;
      const known = new Set(before.map((item) => item.id));
      this.items = [...before, ...page.items.filter((item) => !known.has(item.id))];
      this.cursor = page.next_cursor ?? null;
      this.draw();
    } catch (error) {
      if (turn === this.turn) say(this.note, error.message);
    } finally {
      if (turn === this.turn) this.busy = false;
    }
  }

  draw() {
    const filtered = this.filter.query || this.filter.task.length || this.filter.starred;
    say(this.note, this.items.length ? "" : t(filtered ? "ui.history.none" : "ui.history.empty"));
    this.inviting.hidden = !!this.items.length || !!filtered;
    const kept = new Map(childrenOf(this.list).map((row) => [row.dataset.key, row]));
    this.list.replaceChildren(
      ...this.items.map((item) => {
        const key = [item.id, item.status, item.starred, this.open === item.id, this.selection.key(item)].join(" ");
        return kept.get(key) ?? this.row(item, key);
      }),
    );
    this.more.hidden = !this.cursor;
  }

  row(item, key) {
    const expanded = this.open === item.id;
    const row = h(
      "li.history-item",
      { "data-key": key, "data-id": item.id, "data-status": item.status },
      h(
        "button.history-head",
        { type: "button", "aria-expanded": String(expanded), onclick: () => this.press(item) },
        thumbnail(item),
        h(
          "span.history-words",
          {},
          h("b", { text: titleOf(item) }),
          h("span.history-about", {
            text: [tabName(item.task), modelName(item), ago(item.created), state(item)].filter(Boolean).join(" · "),
          }),
        ),
        item.starred ? icon("star") : null,
        icon("chevron"),
      ),
    );
    const trash = h(
      "button.icon-button.history-trash",
      {
        type: "button",
        "aria-label": t("ui.action.delete"),
        title: t("ui.action.delete"),
        onclick: () => remove(item),
      },
      icon("trash"),
    );
    const box = this.selection.box(item);
    if (box) row.prepend(box);
    row.append(trash);
    if (expanded) row.append(detail(item));
    return row;
  }

  press(item) {
    if (active().some((one) => one.id === item.id)) {
      display(item.task, item);
      openTab(item.task);
      return;
    }
    this.open = this.open === item.id ? null : item.id;
    this.draw();
    find(`[data-id="${CSS.escape(item.id)}"] .history-head`, this.list)?.focus();
  }

  /** The open item for a projector, else the newest. */
  present() {
    const item = this.items.find((one) => one.id === this.open) ?? this.items.find((one) => one.outputs?.length);
    if (item?.outputs?.length) present(true, item);
  }
}

function state(item) {
  return item.status === "done" ? null : t(`ui.status.${item.status}`);
}
