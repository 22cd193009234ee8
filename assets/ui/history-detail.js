// An open item of the history: what was asked, what was made of it, and what can be done with it.
import { actions, button } from "./actions.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { outputs, promptBeside, promptOf, runCard } from "./output.js";
import { present } from "./present.js";
import { accountOf } from "./request-line.js";
import { t } from "./words.js";

/** @import { Item } from "./types.js" */

/** @param {Item} item */
export function detail(item) {
  return h(
    "div.history-detail",
    {},
    promptOf(item).length > 120 || promptBeside(item) ? h("blockquote.history-prompt", { text: promptOf(item) }) : null,
    item.error ? h("p.model-note", { "data-kind": "unfit", text: item.error.message }) : null,
    h("div.history-made", {}, outputs(item)),
    h("div.request-line", {}, accountOf(item)),
    h(
      "div.job-actions",
      { role: "group", "aria-label": t("ui.actions") },
      actions(item),
      item.outputs?.length ? button("present", "ui.present", () => present(true, item)) : null,
    ),
    h("details.job-how", {}, h("summary", {}, icon("chevron"), t("ui.how")), runCard(item)),
  );
}
