// A monitored stream: its statistic as a line, its alarms with the texts behind them, every text with a choice that
// corrects it. Knows the file of numbers that came with the result.
import { h } from "../dom.js";
import { addressOf } from "../output.js";
import { send } from "../requests.js";
import { number, t } from "../words.js";

const SHOWN = 200;
const WIDTH = 600;
const HEIGHT = 120;
const SENTIMENTS = ["negative", "neutral", "positive"];
const word = (name, values) => t(`apps.monitor.${name}`, values);

/**
 * @param {import("../types.js").Item} item
 * @param {import("../types.js").Output} output
 */
export function drawMonitor(item, output) {
  const place = h("div.made.monitor");
  fetch(addressOf(output))
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then((numbers) => place.replaceChildren(...parts(item, numbers)))
    .catch(() => place.replaceChildren(h("p", { role: "alert", text: t("ui.error.unknown") })));
  return [place];
}

function parts(item, numbers) {
  const csv = item.outputs.find((one) => one.name === "texts.csv");
  return [
    chart(numbers),
    ...(numbers.alarms.length
      ? numbers.alarms.map((alarm) => alarmed(alarm, numbers))
      : [h("p", { text: word("no_alarm") })]),
    h("p.monitor-cost", { text: word("cost", { false: number(numbers.false_alarms, 2), delay: numbers.delay }) }),
    topics(numbers),
    texts(item, numbers),
    csv ? h("a", { href: addressOf(csv), download: csv.name, text: word("csv") }) : null,
  ].filter(Boolean);
}

const svg = (tag, properties, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
};

function chart({ values, limit, alarms }) {
  const top = Math.max(limit * 1.3, ...values) || 1;
  const x = (at) => ((at / Math.max(1, values.length - 1)) * WIDTH).toFixed(1);
  const y = (value) => (HEIGHT - (value / top) * (HEIGHT - 6) - 3).toFixed(1);
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "monitor-chart", role: "img", "aria-label": word("chart") },
    svg("line", { x1: 0, x2: WIDTH, y1: y(limit), y2: y(limit), class: "monitor-limit" }),
    svg("polyline", { points: values.map((value, at) => `${x(at)},${y(value)}`).join(" "), class: "monitor-line" }),
    ...alarms.map(({ at }) => svg("circle", { cx: x(at), cy: y(values[at]), r: 5, class: "monitor-alarm" })),
  );
}

function alarmed({ at, behind }, { texts: all }) {
  return h(
    "details.alarm",
    { open: true },
    h("summary", { text: word("alarm", { n: at + 1, time: all[at].time || at + 1 }) }),
    h("p", { text: word("behind") }),
    h(
      "ul",
      {},
      behind.map((one) => h("li", { text: all[one].text })),
    ),
  );
}

function topics({ texts: all }) {
  const names = [...new Set(all.map((one) => one.topic))];
  const count = (topic, mood) => all.filter((one) => one.topic === topic && one.sentiment === mood).length;
  return table(
    ["topic", ...SENTIMENTS].map((name) => word(name)),
    names.map((topic) => [word(`topic.${topic}`), ...SENTIMENTS.map((mood) => String(count(topic, mood)))]),
  );
}

function texts(item, { texts: all }) {
  const shown = all.slice(0, SHOWN);
  const corrections = new Map();
  const again = h("button.chip", { type: "button", hidden: true, onclick: () => learn(item, corrections) });
  const choose = (one) => {
    const kept = h(
      "select",
      { "aria-label": word("correct", { text: one.text.slice(0, 60) }) },
      SENTIMENTS.map((mood) => h("option", { value: mood, selected: mood === one.sentiment, text: word(mood) })),
    );
    kept.addEventListener("change", () => {
      if (kept.value === one.sentiment) corrections.delete(one.text);
      else corrections.set(one.text, kept.value);
      again.hidden = !corrections.size;
      again.textContent = word("again", { n: corrections.size });
    });
    return kept;
  };
  return h(
    "details",
    {},
    h("summary", { text: word("texts") }),
    again,
    table(
      ["time", "text", "topic", "sentiment"].map((name) => word(name)),
      shown.map((one) => [one.time, one.text, word(`topic.${one.topic}`), choose(one)]),
    ),
    all.length > SHOWN ? h("p", { text: word("only", { n: SHOWN, all: all.length }) }) : null,
  );
}

/** The same texts once more, by a head that has learnt from the corrections too. */
function learn(item, corrections) {
  const lines = [...corrections].map(([text, mood]) => `${text.replace(/\s+/g, " ")} => ${mood}`);
  return send({
    task: item.task,
    model: item.model,
    params: { ...item.params, corrections: [...(item.params.corrections ?? []), ...lines] },
    parent: item.id,
  });
}

const table = (heads, rows) =>
  h(
    "div.monitor-scroll",
    { tabindex: 0, role: "group", "aria-label": heads.join(", ") },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          heads.map((head) => h("th", { scope: "col", text: head })),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            row.map((cell) => h("td", {}, cell)),
          ),
        ),
      ),
    ),
  );
