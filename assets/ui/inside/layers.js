// What layers see: maps of channels and Gram matrices side by side; and two losses as curves.
import { h, svg } from "../dom.js";
import { number, t } from "../words.js";

const COLUMNS = ["photo", "style", "result", "painter"];

export function layers(data) {
  if (!data.layers) return [h("p.inside-note", { text: t("inside.layers.kept_back") })];
  return data.layers.map((row, at) => {
    const cells = { ...row, ...data.brought?.[at] };
    const shown = COLUMNS.filter((name) => cells[name]);
    return h(
      "section.layer",
      { "aria-label": row.name },
      h(
        "h4",
        {},
        row.name,
        h("small", { text: ` · ${t("inside.layers.channel_count", { count: row.channels })}` }),
        row.content && h("small", { text: ` · ${t("inside.layers.content")}` }),
      ),
      h(
        "div.layer-cells",
        {},
        shown.map((name) => cell(name, cells[name])),
      ),
    );
  });
}

function cell(name, { maps, gram, off }) {
  const title = t(`inside.layers.${name}`);
  return h(
    "figure.layer-cell",
    {},
    h(
      "div.layer-maps",
      {},
      maps.map((src) => h("img", { src, alt: "", decoding: "async" })),
    ),
    h("img.layer-gram", { src: gram, alt: "", decoding: "async" }),
    h(
      "figcaption",
      {},
      h("span", { text: title }),
      off !== undefined && h("small", { text: t("inside.layers.distance", { off: number(off, 3) }) }),
    ),
  );
}

const WIDE = 560;
const HIGH = 220;
const EDGE = 40;

/** The two losses by step, on a logarithmic scale: the first step of a style is a large one. */
export function losses(data) {
  const { points } = data;
  const values = points.flatMap((one) => [one.content, one.style]).filter((value) => value > 0);
  const [least, most] = [Math.min(...values, 1), Math.max(...values, 1e-6)];
  const last = points.at(-1).step || 1;
  const x = (step) => EDGE + ((WIDE - EDGE - 8) * step) / last;
  const share = (value) => Math.log(Math.max(value, least) / least) / (Math.log(most / least) || 1);
  const y = (value) => HIGH - 22 - (HIGH - 32) * share(value);
  const curve = (name) => points.map((one, at) => `${at ? "L" : "M"}${x(one.step)} ${y(one[name])}`).join("");
  const text = (at, words, more = {}) => {
    const node = svg("text", { ...at, class: "loss-text", ...more });
    node.textContent = words;
    return node;
  };
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "loss-curves", "aria-hidden": "true" },
    svg("path", { class: "staff-line", d: `M${EDGE} 8V${HIGH - 22}H${WIDE - 8}` }),
    svg("path", { class: "loss loss-content", d: curve("content") }),
    svg("path", { class: "loss loss-style", d: curve("style") }),
    text({ x: 2, y: 16 }, number(most, 2)),
    text({ x: 2, y: HIGH - 24 }, number(least, 2)),
    text({ x: WIDE - 10, y: HIGH - 6, "text-anchor": "end" }, `${t("inside.film.step")} ${last}`),
  );
  const key = (name) =>
    h(
      "span",
      {},
      h("i.loss-key", { "data-loss": name }),
      t(`inside.losses.${name}`),
      ` ${number(points.at(-1)[name], 3)}`,
    );
  return [
    drawing,
    h("p.loss-keys", {}, key("content"), key("style")),
    h("p.inside-note", { text: t("inside.losses.run", { ...data, steps: points.length - 1 }) }),
  ];
}
