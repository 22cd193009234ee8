// What an image item holds: its pictures one by one, those that are parts of a sheet too. Knows the facts that the
// image task writes beside its files; draws nothing.
import * as api from "../api.js";
import { download, downloadBlob, h } from "../dom.js";
import { addressOf, saved } from "../output.js";

const NUMERIC = new Set(["seed", "num_inference_steps", "guidance_scale", "strength"]);
const BESIDE = new Set(["before", "control"]);

const images = (item) => (item.outputs ?? []).filter((output) => output.kind === "image");

/** The files that were asked for: not what they were made from, nor what they followed. */
export const results = (item) => images(item).filter((output) => !BESIDE.has(output.meta?.role));

/** What stood there before, where the item kept it. */
export const beforeOf = (item) => images(item).find((output) => output.meta?.role === "before") ?? null;

export const filmOf = (item) => images(item).find((output) => output.meta?.frames) ?? null;

/** The sheet whose parts are pictures of their own: a comparison or a walk; null for plain pictures. */
export const sheetOf = (item) => images(item).find((output) => output.meta?.cells?.length) ?? null;

/**
 * Every picture of the item: {item, url, width, height, crop, facts, values, reference}. ``crop`` is its place in
 * a sheet; ``values`` are the settings that make it alone; ``reference`` is how a wish names its file, if it has one.
 */
export function picturesOf(item) {
  const sheet = sheetOf(item);
  if (sheet) return sheet.meta.cells.map((facts, index) => part(item, sheet, facts, index));
  return results(item).map((output) => ({
    item,
    url: addressOf(output),
    width: output.meta?.width ?? 1,
    height: output.meta?.height ?? 1,
    crop: null,
    facts: output.meta ?? {},
    values: alone(output.meta),
    reference: item.id ? `${item.id}/${output.name}` : null,
    name: output.name,
  }));
}

function part(item, sheet, facts, index) {
  const { columns, rows, cell } = sheet.meta;
  const crop = { column: index % columns, row: Math.floor(index / columns), columns, rows };
  return {
    item,
    url: addressOf(sheet),
    width: cell[0],
    height: cell[1],
    crop,
    facts,
    values: { ...alone(facts), ...along(sheet.meta, crop) },
    reference: null,
    name: sheet.name,
  };
}

/** One picture of several has a seed of its own. */
function alone(facts) {
  const one = { batch: 1, x_axis: "", x_values: "", y_axis: "", y_values: "", prompt2: "", seed2: null };
  return facts?.variation || facts?.seed == null ? { ...one, batch: undefined } : { ...one, seed: facts.seed };
}

/** The settings that the two axes of a comparison had at this place. */
function along(meta, { column, row }) {
  const at = (axis, label) =>
    axis && label !== undefined ? { [axis]: NUMERIC.has(axis) ? Number(label) : label } : {};
  return { ...at(meta.x_axis, meta.x_labels?.[column]), ...at(meta.y_axis, meta.y_labels?.[row]) };
}

/** A name by which a wish can use the picture; a part of a sheet becomes a file first. */
export async function referenceTo(picture) {
  if (picture.reference) return picture.reference;
  const { id } = await api.upload(new File([await bytesOf(picture)], "part.png", { type: "image/png" }));
  return id;
}

/** The picture's pixels as a PNG, without a word of how it was made. */
async function bytesOf(picture) {
  const { column = 0, row = 0 } = picture.crop ?? {};
  const canvas = h("canvas", { width: picture.width, height: picture.height });
  canvas.getContext("2d").drawImage(await loaded(picture.url), -column * picture.width, -row * picture.height);
  return new Promise((settle) => canvas.toBlob(settle, "image/png"));
}

export async function loaded(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

/** Saves one picture; as it lies on the server where it is a file there. */
export async function keep(picture) {
  const { crop, name } = picture;
  if (!crop) download(saved(picture.url), name);
  else downloadBlob(await bytesOf(picture), `${name.replace(/\.\w+$/, "")}-${crop.row + 1}-${crop.column + 1}.png`);
}

/** Every file of the item that was asked for. */
export function save(item) {
  for (const output of results(item)) download(saved(addressOf(output)), output.name);
}
