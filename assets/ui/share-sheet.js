// The sheet that asks before anything is published: what a link shows, how long it opens, what is said with it; then
// the link itself, to copy, pass on, embed, hold up as a code, or end. Knows the routes of sharing, not how items are
// drawn.
import * as api from "./api.js";
import { h, say, show, styleSheet } from "./dom.js";
import { icon } from "./icons.js";
import { daysField, daysOf } from "./link-days.js";
import { aboutLink, MyLinks } from "./my-links.js";
import { copyText, titleOf } from "./output.js";
import { store, stored } from "./state.js";
import { complain, toast } from "./toast.js";
import { t } from "./words.js";

/** @import { Item, Link } from "./types.js" */

styleSheet(new URL("./share-sheet.css", import.meta.url));

const MOST_CAPTION = 280;

/**
 * Asks, and makes the link only when that is pressed. Whether the words are shown is off until chosen, and remembered.
 * A link that is there already is shown as it is.
 * @param {Item} item
 */
export function openShareSheet(item) {
  new Sheet(item).open().catch(complain);
}

/** The visitor's links alone, without an item to share. */
export function openMyLinks() {
  const mine = new MyLinks({ open: true });
  const dialog = sheet(t("ui.links"), [h("p", { text: t("ui.links.about") }), mine.node]);
  mine.load().catch(complain);
  dialog.showModal();
}

/** A dialog with a heading and a way to close it, in the page. */
function sheet(title, children) {
  const dialog = h(
    "dialog.sheet.share-sheet",
    { "aria-labelledby": "share-title" },
    h(
      "div.sheet-head",
      {},
      h("h2", { id: "share-title", text: title }),
      h(
        "button.icon-button",
        { type: "button", "aria-label": t("ui.close"), onclick: () => dialog.close() },
        icon("close"),
      ),
    ),
    children,
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside the sheet
  });
  document.body.append(dialog);
  return dialog;
}

class Sheet {
  /** @param {Item} item */
  constructor(item) {
    this.item = item;
    /** @type {Link | null} */
    this.link = null;
    this.words = h("input", { type: "checkbox", checked: stored("share.words", false) || null });
    this.words.addEventListener("change", () => {
      store("share.words", this.words.checked);
      this.changed({ show_prompt: this.words.checked });
    });
    const [daysLabel, days] = daysField("share-days", () => this.changed({ days: daysOf(this.days) }));
    this.days = days;
    this.caption = h("input.search", {
      type: "text",
      id: "share-caption",
      maxlength: MOST_CAPTION,
      placeholder: t("ui.share.caption.hint"),
    });
    this.caption.addEventListener("change", () => this.changed({ caption: this.caption.value }));
    this.make = this.button("share", "ui.share.make", () => this.publish(), ".primary");
    this.said = h("p.share-said", { role: "status", "aria-live": "polite" });
    this.mine = new MyLinks({ without: item.id });
    this.links = this.made();
    this.dialog = sheet(t("ui.share.title"), [
      h("p", { text: t("ui.share.about") }),
      h("label.switch", {}, this.words, h("span", { text: t("ui.share.words") })),
      h(
        "div.share-fields",
        {},
        daysLabel,
        this.days,
        h("label", { for: "share-caption", text: t("ui.share.caption") }),
        this.caption,
      ),
      h("div.share-actions", {}, this.make),
      this.links,
      this.said,
      this.mine.node,
    ]);
  }

  /** What stands there once there is a link. */
  made() {
    this.address = h("input.search", { type: "text", readonly: true, "aria-label": t("ui.share.address") });
    this.address.addEventListener("focus", () => this.address.setSelectionRange(0, -1, "backward"));
    this.passOn = this.button("send", "ui.share.pass_on", () =>
      navigator.share({ title: titleOf(this.item), url: this.address.value }),
    );
    this.passOn.hidden = !navigator.share;
    this.code = h("img.share-code", { alt: t("ui.share.code"), width: 160, height: 160 });
    this.about = h("p.share-opened");
    return h(
      "div.share-link",
      { hidden: true },
      this.code,
      h(
        "div.share-here",
        {},
        this.address,
        h(
          "div.share-actions",
          {},
          this.button("copy", "ui.action.copy", () => this.copy(this.address.value, "ui.share.copied"), ".primary"),
          this.passOn,
          this.button("text", "ui.share.embed", () => this.copy(this.link?.embed ?? "", "ui.share.embed.copied")),
          this.button("close", "ui.unshare", () => this.end()),
        ),
        this.about,
      ),
    );
  }

  button(sign, key, act, more = "") {
    const run = () => Promise.resolve(act()).catch((error) => error.name !== "AbortError" && complain(error));
    const selector = /** @type {"button"} */ (`button.chip${more}`);
    return h(selector, { type: "button", "data-share": key, onclick: run }, icon(sign), t(key));
  }

  async open() {
    this.dialog.showModal();
    this.make.focus();
    const [link] = (await api.links({ item: this.item.id })).items;
    if (link && !link.ended) this.shown(link);
    await this.mine.load();
  }

  /** Shows a link that there is, with what was chosen for it. */
  shown(link) {
    this.link = link;
    this.address.value = link.url;
    this.words.checked = link.show_prompt;
    this.caption.value = link.caption;
    this.code.src = api.shareCode(this.item.id);
    say(this.about, aboutLink(link));
    show(this.links, true);
    show(this.make, false);
  }

  /** A link that is there already shows from now on what was chosen. */
  async changed(values) {
    if (!this.link) return;
    try {
      this.link = await api.changeShare(this.item.id, values);
      say(this.about, aboutLink(this.link));
      say(this.said, t("ui.share.changed"));
    } catch (error) {
      complain(error);
    }
  }

  async publish() {
    const wanted = { show_prompt: this.words.checked, caption: this.caption.value };
    this.shown(await api.share(this.item.id, { ...wanted, days: daysOf(this.days) }));
    await this.copy(this.address.value, "ui.share.copied");
  }

  async copy(text, told) {
    await copyText(text, this.dialog);
    say(this.said, t(told));
    this.address.focus();
  }

  async end() {
    await api.unshare(this.item.id);
    this.dialog.close();
    toast(t("ui.unshared"));
  }
}
