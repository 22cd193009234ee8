// The sheet that asks before anything is published: what a link shows, then the link itself, to copy, pass on or end.
// Knows the routes of sharing; knows nothing of how items are drawn.
import * as api from "./api.js";
import { h, say } from "./dom.js";
import { icon } from "./icons.js";
import { copyText } from "./output.js";
import { store, stored } from "./state.js";
import { complain, toast } from "./toast.js";
import { t } from "./words.js";

/** @import { Item } from "./types.js" */

/**
 * Asks, and makes the link only when that is pressed. Whether the words are shown is off until chosen, and remembered.
 * @param {Item} item
 */
export function openShareSheet(item) {
  new Sheet(item).open();
}

class Sheet {
  /** @param {Item} item */
  constructor(item) {
    this.item = item;
    this.words = h("input", { type: "checkbox", checked: stored("share.words", false) || null });
    this.words.addEventListener("change", () => this.chosen().catch(complain));
    this.make = this.button("share", "ui.share.make", () => this.publish(), ".primary");
    this.address = h("input.search", { type: "text", readonly: true, "aria-label": t("ui.share.address") });
    this.address.addEventListener("focus", () => this.address.setSelectionRange(0, -1, "backward"));
    this.passOn = this.button("send", "ui.share.pass_on", () => navigator.share({ url: this.address.value }));
    this.passOn.hidden = !navigator.share;
    this.links = h(
      "div.share-link",
      { hidden: true },
      this.address,
      h(
        "div.share-actions",
        {},
        this.button("copy", "ui.action.copy", () => this.copy()),
        this.passOn,
        this.button("close", "ui.unshare", () => this.end()),
      ),
    );
    this.said = h("p.share-said", { role: "status", "aria-live": "polite" });
    this.dialog = this.build();
  }

  build() {
    const close = { type: "button", "aria-label": t("ui.close"), onclick: () => this.dialog.close() };
    const dialog = h(
      "dialog.sheet",
      { "aria-labelledby": "share-title" },
      h(
        "div.sheet-head",
        {},
        h("h2", { id: "share-title", text: t("ui.share.title") }),
        h("button.icon-button", close, icon("close")),
      ),
      h("p", { text: t("ui.share.about") }),
      h("label.switch", {}, this.words, h("span", { text: t("ui.share.words") })),
      h("div.share-actions", {}, this.make),
      this.links,
      this.said,
    );
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // beside the sheet
    });
    return dialog;
  }

  button(sign, key, act, more = "") {
    const run = () => Promise.resolve(act()).catch((error) => error.name !== "AbortError" && complain(error));
    const selector = /** @type {"button"} */ (`button.chip${more}`);
    return h(selector, { type: "button", "data-share": key, onclick: run }, icon(sign), t(key));
  }

  open() {
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.make.focus();
  }

  /** A link that is there already shows from now on what was chosen. */
  async chosen() {
    store("share.words", this.words.checked);
    if (!this.links.hidden) await api.share(this.item.id, this.words.checked);
  }

  async publish() {
    const { url } = await api.share(this.item.id, this.words.checked);
    this.address.value = url;
    this.links.hidden = false;
    this.make.hidden = true;
    await this.copy();
  }

  async copy() {
    await copyText(this.address.value, this.dialog);
    say(this.said, t("ui.share.copied"));
    this.address.focus();
  }

  async end() {
    await api.unshare(this.item.id);
    this.dialog.close();
    toast(t("ui.unshared"));
  }
}
