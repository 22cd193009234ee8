// A conversation: what was said before an answer, and a box to go on from it, or from any earlier word of one's own.
// Knows one item; its turns stand in its settings, so that each answer is an item of History that holds all before it.
import { h, say, show } from "../dom.js";
import { markdown } from "../markdown.js";
import { textOf } from "../output.js";
import { requestOf, send } from "../requests.js";
import { model, takes } from "../state.js";
import { openTab } from "../tabs.js";
import { number, t } from "../words.js";

const MOST_TURNS = 64; // as many as the server takes; the oldest are left behind
const MOST = 20000;

/** Whether an item can be answered: its model knows conversations. */
export const talks = (item) => !!item.id && takes(model(item.task, item.model), "turns") && !!textOf(item);

/**
 * What stands around an answer: the turns before it, and the box below it.
 * @param {import("../types.js").Item} item
 * @returns {{ before: Element[], after: Element[] }}
 */
export function conversation(item) {
  const earlier = item.params.turns ?? [];
  const said = [...earlier, item.params.prompt, textOf(item)];
  const box = h("textarea", { rows: 2, maxlength: MOST, "aria-label": t("text.chat.reply") });
  box.placeholder = t("text.chat.reply");
  const note = h("p.chat-note", { hidden: true });
  let kept = said.length; // so much of what was said goes before the next words

  function branch(at) {
    kept = at;
    box.value = said[at];
    say(note, t("text.chat.branch"));
    show(note, true);
    box.focus();
  }

  const reply = h(
    "form.chat-reply",
    {
      "data-sends": true, // by Ctrl+Enter too
      onsubmit: (event) => {
        event.preventDefault();
        if (box.value.trim()) goOn(item, said.slice(0, kept), box.value);
        else box.focus();
      },
    },
    note,
    box,
    h(
      "div.chat-foot",
      {},
      h("button.chip", { type: "submit", text: t("text.chat.send") }),
      h("button.chip", { type: "button", text: t("text.chat.edit"), onclick: () => branch(said.length - 2) }),
      meter(item),
    ),
  );
  const turns = earlier.map((text, at) => turn(text, at, branch));
  const before = turns.length
    ? [
        h(
          "details.chat-before",
          { open: true },
          h("summary", { text: t("text.chat.before", { n: turns.length / 2 }) }),
          h("ol.chat", {}, turns, turn(item.params.prompt, earlier.length, branch)),
        ),
      ]
    : [];
  return { before, after: [reply] };
}

function turn(text, at, branch) {
  const own = at % 2 === 0;
  return h(
    "li.chat-turn",
    { "data-own": String(own) },
    h("span.visually-hidden", { text: t(own ? "text.chat.you" : "text.chat.model") }),
    own ? h("p", { text }) : h("div", {}, markdown(text)),
    own ? h("button.chip", { type: "button", text: t("text.chat.edit"), onclick: () => branch(at) }) : null,
  );
}

/** How much of what the model can look back on is full. */
function meter(item) {
  const meta = item.outputs?.find((output) => output.kind === "text")?.meta ?? {};
  if (!meta.context || !meta.prompt_tokens) return null;
  const used = Math.min(meta.context, meta.prompt_tokens + (meta.tokens ?? 0));
  const told = t("text.chat.context", { used: number(used), of: number(meta.context) });
  return h(
    "span.chat-context",
    { title: told },
    h("meter", { max: meta.context, value: used, "aria-label": told }),
    told,
  );
}

function goOn(item, turns, prompt) {
  const params = {
    ...item.params,
    model: item.model,
    turns: turns.slice(-MOST_TURNS),
    prompt,
    prefix: "",
    outline: null,
    seed: null,
  };
  openTab(item.task);
  return send({ ...requestOf(item.task, params), parent: item.id ?? undefined });
}
