// <studio-usage>: one calm line on how much this visitor keeps, how much of what they bring in may be kept, how long;
// and, where the server offers it, signing in, for the same on every device.
import { signIn, signOut } from "./account.js";
import * as api from "./api.js";
import { h } from "./dom.js";
import { offersSignIn, on } from "./state.js";
import { megabytes, t } from "./words.js";

/**
 * The line, or nothing where nothing is kept; sizes are in bytes, a limit may be missing.
 * @param {Record<"items" | "item_bytes" | "uploads" | "upload_bytes" | "upload_limit_bytes", number>} usage
 */
export function keptLine(usage) {
  if (!usage.items && !usage.uploads) return "";
  const limit = usage.upload_limit_bytes;
  const figures = {
    items: usage.items,
    made: megabytes(usage.item_bytes),
    brought: megabytes(usage.upload_bytes),
  };
  return limit
    ? t("ui.history.kept", { ...figures, limit: megabytes(limit) })
    : t("ui.history.kept.unlimited", figures);
}

export class StudioUsage extends HTMLElement {
  connectedCallback() {
    this.line = h("p.history-kept", { hidden: true });
    this.account = h("button.action.quiet", { type: "button", "data-action": "account", hidden: true });
    this.account.addEventListener("click", () => (this.signedIn ? signOut() : signIn()));
    this.replaceChildren(this.line, this.account);
    const again = () => this.ask();
    const opened = (id) => {
      if (id === "history") this.ask();
    };
    this.forget = [on("tab", opened), ...["made", "restored", "removed", "several"].map((event) => on(event, again))];
    this.ask();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  /** Asks the server; a line that can't be had is left as it was. */
  async ask() {
    try {
      const usage = await api.usage();
      const lasts = usage.passing ? t("ui.history.passing.short") : "";
      this.line.textContent = [usage.notice, keptLine(usage), lasts].filter(Boolean).join(" ");
      this.line.hidden = !this.line.textContent;
      this.signedIn = usage.signed_in;
      this.account.textContent = t(usage.signed_in ? "ui.account.sign_out" : "ui.account.sign_in");
      this.account.hidden = !offersSignIn();
    } catch {
      // The history beside it says what is wrong.
    }
  }
}
