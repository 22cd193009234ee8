// The visitor's links: what each opens, how often others opened it, until when; each can be copied and ended.
import * as api from "./api.js";
import { h, say, show } from "./dom.js";
import { icon } from "./icons.js";
import { copyText } from "./output.js";
import { tabName } from "./state.js";
import { complain } from "./toast.js";
import { moment, number, t } from "./words.js";

/** @import { Link } from "./types.js" */

export class MyLinks {
  /**
   * @param {{ open?: boolean, without?: string | null }} [options] ``without`` is an item whose link stands elsewhere.
   */
  constructor({ open = false, without = null } = {}) {
    this.without = without;
    this.cursor = null;
    this.list = h("ul.links-list");
    this.none = h("p.links-none", { text: t("ui.links.none"), hidden: true });
    this.more = h("button.chip", {
      type: "button",
      hidden: true,
      text: t("ui.history.more"),
      onclick: () => this.load().catch(complain),
    });
    this.said = h("p.share-said", { role: "status", "aria-live": "polite" });
    const parts = [this.list, this.none, this.more, this.said];
    this.node = open
      ? h("div.links", {}, parts)
      : h("details.links", { hidden: true }, h("summary", {}, icon("chevron"), t("ui.links.others")), parts);
  }

  /** The next page of them. */
  async load() {
    const { items, next_cursor: next } = await api.links({ cursor: this.cursor });
    this.cursor = next;
    this.list.append(...items.filter((link) => link.item !== this.without).map((link) => this.row(link)));
    show(this.more, !!next);
    this.counted();
  }

  counted() {
    const some = this.list.childElementCount > 0;
    show(this.none, !some);
    if (this.node instanceof HTMLDetailsElement) show(this.node, some);
  }

  /** @param {Link} link */
  row(link) {
    const act = (name, sign, key, run) =>
      h(
        "button.icon-button",
        {
          type: "button",
          "data-link": name,
          "aria-label": t(key),
          title: t(key),
          onclick: () => run().catch(complain),
        },
        icon(sign),
      );
    const row = h(
      "li",
      { "data-ended": String(!!link.ended) },
      h(
        "span.links-words",
        {},
        h("a", { href: link.url, target: "_blank", rel: "noopener", text: link.title || tabName(link.task ?? "") }),
        h("small", { text: aboutLink(link) }),
      ),
      link.ended ? null : act("copy", "copy", "ui.action.copy", () => this.copy(link)),
      act("end", "trash", "ui.unshare", async () => {
        await api.unshare(link.item);
        row.remove();
        say(this.said, t("ui.unshared"));
        this.counted();
      }),
    );
    return row;
  }

  async copy(link) {
    await copyText(link.url, this.node);
    say(this.said, t("ui.share.copied"));
  }
}

/**
 * "Opened 3 times by others. Opens until 7 Dec."
 * @param {Link} link
 */
export function aboutLink({ opened, expires, ended }) {
  const never = opened ? "ui.share.opened" : "ui.share.opened.never";
  const counted = t(opened === 1 ? "ui.share.opened.once" : never, { n: number(opened) });
  const until = expires ? t(ended ? "ui.share.ended" : "ui.share.until", { time: moment(expires) }) : "";
  return [counted, until].filter(Boolean).join(" ");
}
