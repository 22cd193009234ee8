// The half of the attention lesson that ShiGPT computed: a poem, one character a token, by layer and head. Knows the
// file of numbers; the weights are computed from it by the same functions as those above.
import { h } from "../dom.js";
import { number, t } from "../words.js";
import { largest, mixture, softmax } from "./attention-math.js";
import { choice } from "./fields.js";

const word = (name, values) => t(`lesson.attention.${name}`, values);
const MOST = 6;

let numbers = null;
const load = () =>
  (numbers ??= fetch(new URL("./data/shigpt-attention.json", import.meta.url)).then((answer) => {
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }));

/**
 * @param {HTMLElement} place
 * @param {Record<string, string>} settings layer and head from 1 on, at: the token's place
 * @param {(changes: Record<string, string>) => void} keep
 */
export async function drawModel(place, settings, keep) {
  let model;
  try {
    model = await load();
  } catch {
    numbers = null;
    place.replaceChildren(h("p", { role: "alert", text: word("not_loaded") }));
    return;
  }
  const within = (text, most) => Math.min(most, Math.max(1, Math.trunc(Number(text)) || 1)) - 1;
  const [layer, head] = [within(settings.layer, model.layers), within(settings.head, model.heads)];
  const at = within(settings.at, model.tokens.length);
  const focused = place.contains(document.activeElement) ? document.activeElement.getAttribute("data-key") : null;
  const counted = (count) => Array.from({ length: count }, (_, one) => [String(one + 1), String(one + 1)]);
  place.replaceChildren(
    h("h3", { text: word("model") }),
    h("p", { text: word("model_about") }),
    h(
      "div.hand-choices",
      {},
      choice(word("layer"), counted(model.layers), String(layer + 1), (value) => keep({ layer: value })),
      choice(word("head"), counted(model.heads), String(head + 1), (value) => keep({ head: value })),
    ),
    ...inside(model, layer, head, at, keep),
  );
  for (const field of place.querySelectorAll("input")) field.dataset.key = `${field.closest("fieldset").textContent}`;
  if (focused) refocus(place, focused);
}

/** The focus stays where it was, though everything was drawn anew. */
function refocus(place, key) {
  const alike = [...place.querySelectorAll("[data-key]")].filter((one) => one.getAttribute("data-key") === key);
  (alike.find((one) => one.matches(":checked")) ?? alike[0])?.focus();
}

function inside(model, layer, head, at, keep) {
  const map = model.maps[layer][head];
  const weights = softmax(map.scores[at].map((score) => score / model.root));
  const name = (place) => called(model.tokens[place]);
  const most = largest(weights, MOST);
  const said = most.slice(0, 3).map(({ weight, at: place }) => `${name(place)} ${number(weight * 100, 0)} %`);
  const mixed = mixture(weights, map.values.slice(0, at + 1));
  return [
    h(
      "div.hand-poem",
      { role: "group", "aria-label": word("poem", { title: model.title, author: model.author }) },
      model.tokens.map((_, place) =>
        h("button.hand-token", {
          type: "button",
          "aria-pressed": String(place === at),
          "data-after": place > at || null,
          "data-key": `token ${place}`,
          style: place <= at ? `--weight: ${weights[place].toFixed(3)}` : null,
          text: name(place),
          onclick: () => keep({ at: String(place + 1) }),
        }),
      ),
    ),
    h("p.hand-said", { role: "status", text: word("model_said", { token: name(at), most: said.join(", ") }) }),
    h(
      "table.hand-numbers",
      {},
      h("caption", { text: word("numbers", { token: name(at) }) }),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["col.token", "col.product", "col.score", "col.weight", "col.value"].map((key) =>
            h("th", { scope: "col", text: word(key, { root: model.root }) }),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        most.map(({ weight, at: place }) =>
          h(
            "tr",
            {},
            h("th", { scope: "row", text: name(place) }),
            h("td", { text: number(map.scores[at][place]) }),
            h("td", { text: number(map.scores[at][place] / model.root, 3) }),
            h("td", { style: `--weight: ${weight.toFixed(3)}`, text: number(weight, 3) }),
            h("td", { text: map.values[place].map((one) => number(one)).join(", ") }),
          ),
        ),
      ),
    ),
    h("p", { text: word("model_sum", { sum: mixed.map((one) => number(one)).join(", ") }) }),
  ];
}

/** A token as people read it. */
function called(token) {
  if (!token.startsWith("<")) return token;
  const known = { "<bos>": "begin", "<body>": "body", "<title>": "title", "</>": "line", "<free>": "free" }[token];
  return known ? word(`marker.${known}`) : token.slice(1, -1).replace(/^rhyme \d+ /, word("marker.rhyme"));
}
