// A piece bar by bar as two maps: how alike any two bars are, and how much one looked back to another.
import { h, say } from "../dom.js";
import { number, t } from "../words.js";
import { heatOf, unpacked } from "./pieces.js";

const percent = (share) => `${number(100 * share, 0)} %`;

export async function bars(data) {
  const alike = await unpacked(data.likeness);
  const looks = data.looks && (await unpacked(data.looks));
  const choose = h(
    "select",
    {},
    Array.from({ length: data.bars }, (_, at) => h("option", { value: at, text: String(at + 1) })),
  );
  const told = h("p.inside-note", { role: "status", "aria-live": "polite" });
  const maps = [map(alike, "inside.bars.self", choose), looks && map(looks, "inside.bars.back", choose)];

  const show = () => {
    const bar = Number(choose.value);
    for (const one of maps) one?.draw(bar);
    const like = best(alike, bar, (at) => at !== bar).map(([at, share]) => `${at + 1} (${percent(share)})`);
    const name = (at) => (at ? String(at) : t("inside.bars.plan"));
    const back = looks && best(looks, bar, () => true).map(([at, share]) => `${name(at)} (${percent(share)})`);
    say(
      told,
      [
        t("inside.bars.of", { bar: bar + 1, alike: like.join(", ") || "–" }),
        back && t("inside.bars.of_looks", { looked: back.join(", ") }),
      ]
        .filter(Boolean)
        .join(" "),
    );
  };
  choose.addEventListener("change", show);
  requestAnimationFrame(show); // colours are known once they are in the page
  return [
    h(
      "div.bar-maps",
      {},
      maps.filter(Boolean).map((one) => one.node),
    ),
    h("div.attention-bar", {}, h("label", {}, h("span", { text: t("inside.bars.choose") }), choose)),
    told,
  ];
}

/** The strongest three of a row. */
function best({ shape, numbers }, row, fits) {
  const width = shape[1];
  return [...numbers.subarray(row * width, (row + 1) * width)]
    .map((value, at) => [at, value / 255])
    .filter(([at, share]) => share > 0 && fits(at))
    .sort((one, other) => other[1] - one[1])
    .slice(0, 3);
}

/** A square for each pair of bars; a press chooses the bar of its row. */
function map({ shape, numbers }, key, choose) {
  const [rows, columns] = shape;
  const cell = Math.max(5, Math.min(22, Math.floor(330 / columns)));
  const canvas = h("canvas.bar-map", { width: columns * cell, height: rows * cell, "aria-hidden": "true" });
  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    choose.value = String(Math.min(rows - 1, Math.floor((rows * (event.clientY - box.top)) / box.height)));
    choose.dispatchEvent(new Event("change"));
  });
  const draw = (chosen) => {
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = pen.strokeStyle = getComputedStyle(canvas).color;
    for (const [at, value] of numbers.entries()) {
      pen.globalAlpha = heatOf(value / 255) / 92;
      pen.fillRect((at % columns) * cell, Math.floor(at / columns) * cell, cell - 1, cell - 1);
    }
    pen.globalAlpha = 1;
    pen.lineWidth = 1.5;
    pen.strokeRect(0.5, chosen * cell + 0.5, columns * cell - 2, cell - 2);
  };
  return { draw, node: h("figure.attention-heads", {}, canvas, h("figcaption", { text: t(key) })) };
}
