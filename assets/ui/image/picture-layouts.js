// How several pictures stand together: as a grid, a comparison with its axes, a walk as a film.
// Knows the facts of the image task; what a tile does when it is pressed is not its business.
import { h } from "../dom.js";
import { addressOf, titleOf } from "../output.js";
import { has, t } from "../words.js";
import { filmOf, sheetOf } from "./image-items.js";

/** The layout that suits the item, with its tiles in it. */
export function layoutOf(item, pictures, tiles) {
  const sheet = sheetOf(item);
  if (sheet?.meta.action === "interpolate") return film(item, pictures, tiles);
  return sheet ? table(sheet.meta, tiles) : grid(pictures, tiles);
}

function grid(pictures, tiles) {
  const columns = Math.ceil(Math.sqrt(pictures.length));
  const { width, height } = pictures[0];
  const proportion = `${columns * width} / ${Math.ceil(pictures.length / columns) * height}`;
  return h("div.pic-grid", { style: `--columns: ${columns}; --shape: ${proportion}` }, tiles);
}

/** A comparison: what changes stands along its sides. */
function table(meta, tiles) {
  const { columns, rows, x_axis: x, y_axis: y } = meta;
  const side = (row) => {
    const label = h("span", { text: worded(y, meta.y_labels[row]) });
    return h("th", { scope: "row" }, h("span.axis-name", { text: t(`image.y_axis.${y}`) }), label);
  };
  const cells = (row) => tiles.slice(row * columns, (row + 1) * columns).map((tile) => h("td", {}, tile));
  const body = Array.from({ length: rows }, (_, row) => h("tr", {}, y ? side(row) : null, cells(row)));
  const caption = t("image.compare.caption", { x: t(`image.x_axis.${x}`), y: t(`image.y_axis.${y}`) });
  const style = `--columns: ${columns}; --rows: ${rows}; --cell: ${meta.cell[0]}px`;
  return h(
    "div.pic-table",
    { tabindex: "0", role: "region", "aria-label": caption },
    h("table", { style }, x ? tableHead(meta) : null, h("tbody", {}, body)),
  );
}

function tableHead({ columns, x_axis: x, x_labels: labels, y_axis: y }) {
  const corner = y ? h("td.axis-corner", { rowspan: 2 }) : null;
  const name = h("th.axis-name", { colspan: columns, scope: "colgroup", text: t(`image.x_axis.${x}`) });
  const values = labels.map((label) => h("th", { scope: "col", text: worded(x, label) }));
  return h("thead", {}, h("tr", {}, corner, name), h("tr", {}, values));
}

/** A walk from one wish to another: the film, and its frames below. */
function film(item, pictures, tiles) {
  const made = filmOf(item);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const moving = () =>
    h("img", {
      src: addressOf(made),
      style: `--shape: ${made.meta.width} / ${made.meta.height}`,
      alt: t("image.film", { from: titleOf(item) }),
    });
  return h("div.pic-film", {}, made && !calm ? moving() : shape(pictures[0], ""), h("div.pic-strip", {}, tiles));
}

/** A value on an axis, in words where there are some. */
export function worded(axis, label) {
  const key = `image.${axis}.${label}`;
  return ["look", "style"].includes(axis) && has(key) ? t(key) : label;
}

/** The picture, or its part of a sheet, in its own proportions. */
export function shape(picture, alt) {
  const { url, width, height, crop } = picture;
  if (!crop) return h("img", { src: url, alt, width, height, decoding: "async", draggable: "false" });
  const along = (at, count) => (count > 1 ? (at / (count - 1)) * 100 : 0);
  const { column, columns, row, rows } = crop;
  const style = [
    `--shape: ${width} / ${height}; --wide: ${width}px; background-image: url("${url}")`,
    `background-size: ${columns * 100}% ${rows * 100}%`,
    `background-position: ${along(column, columns)}% ${along(row, rows)}%`,
  ].join("; ");
  return h("span.pic-part", {
    ...(alt ? { role: "img", "aria-label": alt } : { "aria-hidden": "true" }),
    style,
  });
}
