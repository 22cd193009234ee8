// Small pictures to press: styles, photos, and what the visitor made. Knows where their files lie.
import * as api from "../api.js";
import { find, h } from "../dom.js";
import { icon } from "../icons.js";
import { model } from "../state.js";
import { t } from "../words.js";
import { photoAddress } from "./photo.js";

const MOST_TAUGHT = 12;
const MOST_PAST = 24;
const LOOKED_AT = 100;

/** Whether an item is a style to paint with from then on. */
export const isTaught = (item) => !!model(item.task, item.model)?.traits.includes("teaches");

/** One tile; ``path`` is a whole address, or one below this folder. */
export function tile(name, path, label, act) {
  return h(
    "button.tile",
    { type: "button", "data-name": name, "aria-pressed": "false", title: label, onclick: act },
    h("img", {
      src: new URL(path, import.meta.url).href,
      alt: "",
      loading: "lazy",
      decoding: "async",
      width: 96,
      height: 64,
    }),
    h("span", { text: label }),
  );
}

/** The tile of the visitor's own photo: asks for one. */
export const ownTile = (taskId) =>
  h("button.tile.tile-own", {
    type: "button",
    "aria-pressed": "false",
    title: t("style.gallery.own"),
    onclick: () => find(`studio-upload[data-task="${CSS.escape(taskId)}"][data-field="content"] input`)?.click(),
  });

/** Shows the photo that was chosen, or the way to choose one. */
export function drawOwn(node, content) {
  const address = content ? photoAddress(content) : null;
  node.setAttribute("aria-pressed", String(!!content));
  if (node.dataset.photo === (address ?? "")) return;
  node.dataset.photo = address ?? "";
  node.replaceChildren(
    address ? h("img", { src: address, alt: "" }) : icon("upload"),
    h("span", { text: t("style.gallery.own") }),
  );
}

const smallOf = (item, output) =>
  api.address(`media/${item.id}/${encodeURIComponent(output.meta?.thumb ?? output.name)}`);
const ofKind = (item, kind) => item.outputs?.find((output) => output.kind === kind);

/** A tile for each style that this visitor taught a model; ``choose`` is told the reference of its file. */
export async function taughtTiles(task, choose) {
  const { items } = await api.history({ task, limit: LOOKED_AT });
  const taught = items.filter(
    (item) => isTaught(item) && item.status === "done" && ofKind(item, "file") && ofKind(item, "image"),
  );
  return taught.slice(0, MOST_TAUGHT).map((item, index) => {
    const reference = `${item.id}/${ofKind(item, "file").name}`;
    const label = t("style.gallery.mine", { n: taught.length - index });
    const node = tile(reference, smallOf(item, ofKind(item, "image")), label, () => choose(reference));
    node.dataset.reference = reference;
    return node;
  });
}

/** A tile for each picture that this visitor made lately, whatever made it. */
export async function pastTiles(choose) {
  const { items } = await api.history({ limit: LOOKED_AT });
  const pictured = items.filter((item) => ofKind(item, "image")).slice(0, MOST_PAST);
  return pictured.map((item) => {
    const output = ofKind(item, "image");
    const reference = `${item.id}/${output.name}`;
    return tile(reference, smallOf(item, output), item.title || t("style.gallery.past"), () => choose(reference));
  });
}
