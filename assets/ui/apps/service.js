// An answer of the customer service: what it is, how sure, and the passages it stands on.
import { h } from "../dom.js";
import { number, t } from "../words.js";

const MOST_BEFORE = 20;
const LONGEST = 400;

/** The questions up to the one that is shown: the next may go on from them ("and on Sundays?"). */
export const questions = (item) =>
  item?.id && item.params?.question
    ? [...(item.params.before ?? []), item.params.question.slice(0, LONGEST)].slice(-MOST_BEFORE)
    : [];

/**
 * @param {import("../types.js").Item} item
 * @param {import("../types.js").Output} output
 */
export function drawAnswer(item, output) {
  const { found, answer, cited = [], nearest = [], pair = "", confidence = 0, measured, after } = output.meta ?? {};
  const share = t("apps.service.sure", { share: number(confidence * 100, 0) });
  return [
    h(
      "div.made.answer",
      { "data-found": found },
      h("p.answer-kind", { text: `${t(`apps.service.${found}`, { question: pair })} · ${share}` }),
      after ? h("p.answer-kind", { text: t("apps.service.after", { question: after }) }) : null,
      h("p.answer-text", {}, linked(answer ?? "", item.id)),
      cited.length
        ? h(
            "section",
            {},
            h("h2", { text: t("apps.service.sources") }),
            h(
              "ol.answer-sources",
              {},
              cited.map((one, at) => source(one, `${item.id}-${at + 1}`)),
            ),
          )
        : null,
      found === "none" && nearest.length
        ? h(
            "details",
            {},
            h("summary", { text: t("apps.service.looked_at") }),
            h(
              "ol.answer-sources",
              {},
              nearest.map((one) => source(one)),
            ),
          )
        : null,
      measured ? h("p.answer-measured", { text: t("apps.service.measured", measured) }) : null,
    ),
  ];
}

/** The text, with each "[1]" as a link to its source. */
function linked(text, id) {
  return text.split(/(\[\d\])/).map((part) => {
    if (!/^\[\d\]$/.test(part)) return part;
    const target = `${id}-${part[1]}`;
    return h("button.cite", {
      type: "button",
      text: part,
      onclick: () => {
        const node = document.getElementById(target);
        node?.scrollIntoView({ block: "nearest" });
        node?.focus();
      },
    });
  });
}

const source = (one, id = null) =>
  h("li", { id, tabindex: id ? -1 : null }, h("b", { text: one.place }), h("blockquote", { text: one.text }));
