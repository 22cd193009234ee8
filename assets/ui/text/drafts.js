// The other drafts of a text: below the one that is shown, or side by side where several were asked for.
import { h } from "../dom.js";
import { markdown } from "../markdown.js";
import { copyText } from "../output.js";
import { send } from "../requests.js";
import { number, t } from "../words.js";

const SILENT = 3; // drafts that are written where nobody says how many

/**
 * A text with its drafts; null where there is one only.
 * @param {import("../types.js").Item} item
 * @param {import("../types.js").Output | null} partial
 */
export function draw(item, partial) {
  const shown = partial ? null : item.outputs?.find((output) => output.kind === "text");
  const all = shown?.meta?.drafts;
  if (!Array.isArray(all) || all.length < 2) return null;
  const others = all.filter((_, at) => at + 1 !== shown.meta.draft);
  return [
    h("div.made.made-text", {}, markdown(shown.text ?? "")),
    h(
      "details.drafts",
      { open: item.params?.drafts !== SILENT },
      h("summary", { text: t("text.drafts.others", { n: others.length }) }),
      h("p.drafts-why", {
        text: t(shown.meta.likeliest ? "text.drafts.likeliest" : "text.drafts.shown", { n: all.length }),
      }),
      h(
        "ol.drafts-list",
        {},
        others.map((one) => draft(item, one)),
      ),
    ),
  ];
}

function draft(item, one) {
  const named = t("text.drafts.seed", { seed: one.seed });
  return h(
    "li.draft",
    {},
    h("div.draft-text", { tabindex: 0, role: "group", "aria-label": named }, markdown(one.text)),
    h(
      "div.draft-foot",
      {},
      h("span", { text: `${named} · ${number(one.score, 2)}` }),
      h("button.chip", { type: "button", text: t("text.drafts.take"), onclick: () => take(item, one) }),
      h("button.chip", { type: "button", text: t("ui.action.copy"), onclick: () => copyText(one.text) }),
    ),
  );
}

/** The draft as an item of its own: its seed alone gives the same words again. */
const take = (item, one) =>
  send({
    task: item.task,
    model: item.model,
    params: { ...item.params, drafts: 1, seed: one.seed },
    parent: item.id,
  });
