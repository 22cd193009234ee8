// <studio-picture>: the pictures of an item: one large, several as a grid, a comparison with its axes, a walk as a
// film. One press shows a picture large, with what can be done with it. While it is painted it shows the preview in
// the same place. Knows the facts of the image task; wishes are sent by picture-actions.js.
import { compareSlider } from "../compare-slider.js";
import { find, findAll, h, say } from "../dom.js";
import { icon } from "../icons.js";
import { addressOf, titleOf } from "../output.js";
import { complain } from "../toast.js";
import { has, number, t } from "../words.js";
import * as pictureActions from "./picture-actions.js";
import { beforeOf, keep, picturesOf, sheetOf } from "./image-items.js";
import { markOn } from "./mask.js";
import { arrange } from "./scene-editor.js";
import { layoutOf, shape, worded } from "./picture-layouts.js";

const ICONS = {
  enlarge: "search",
  vary: "other",
  start: "image",
  inpaint: "brush",
  restyle: "style",
  arrange: "other",
  film: "image",
  tune: "music",
  keep: "save",
  again: "reuse",
};

export class StudioPicture extends HTMLElement {
  /** Draws an item, or the newest partial of it. What did not change stays as it is. */
  show(item, partial) {
    if (this.itemId !== (item.id ?? null)) {
      this.itemId = item.id ?? null;
      this.finished = null;
      this.chosen = null;
    }
    this.item = item;
    this.toggleAttribute("data-example", !item.id);
    if (!this.frame) this.build();
    if (partial) this.preview(partial);
    else if (this.finished !== item.outputs) {
      this.finished = item.outputs;
      this.draw();
    }
    return this;
  }

  build() {
    this.frame = h("div.pic-frame");
    this.about = h("p.pic-about");
    this.acts = h("div.pic-acts", { role: "group", "aria-label": t("image.picture_actions") });
    this.addEventListener("keydown", (event) => this.walk(event));
    this.replaceChildren(this.frame, this.about, this.acts);
  }

  /** The picture on its way: the same element all the time, so that nothing flickers. */
  preview(partial) {
    if (!this.coming?.isConnected) {
      this.coming = h("img.pic-coming", { alt: t("image.coming", { prompt: titleOf(this.item) }) });
      this.frame.replaceChildren(this.coming);
      this.acts.replaceChildren();
      say(this.about, "");
    }
    this.coming.src = partial.url;
  }

  draw() {
    this.pictures = picturesOf(this.item);
    const { pictures } = this;
    this.toggleAttribute("data-several", pictures.length > 1);
    if (this.chosen === null && pictures.length === 1) this.large(pictures[0]);
    else if (this.chosen !== null && pictures[this.chosen]) this.large(pictures[this.chosen]);
    else
      this.several(
        layoutOf(
          this.item,
          pictures,
          pictures.map((picture, index) => this.tile(picture, index)),
        ),
      );
  }

  // -- several ------------------------------------------------------------------------------------

  /** One of the layouts of several pictures. */
  several(layout) {
    this.frame.replaceChildren(layout);
    say(this.about, t("image.choose"));
    this.acts.replaceChildren();
  }

  tile(picture, index) {
    return h(
      "button.pic-tile",
      {
        type: "button",
        "data-index": index,
        "aria-label": t("image.show", { name: this.nameOf(picture, index) }),
        onclick: () => this.choose(index),
      },
      shape(picture, ""),
    );
  }

  choose(index) {
    this.chosen = index;
    this.draw();
    const next = index === null ? find(`[data-index="${this.left ?? 0}"]`, this.frame) : find("button", this.acts);
    next?.focus({ preventScroll: true });
    if (index !== null) this.left = index;
  }

  /** Arrows walk: among the tiles, and from one large picture to the next. */
  walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || event.target.matches("input") || this.pictures?.length < 2) return;
    if (this.chosen !== null) this.choose((this.chosen + step + this.pictures.length) % this.pictures.length);
    else {
      const tiles = findAll(".pic-tile", this.frame);
      const at = tiles.indexOf(document.activeElement);
      if (at < 0) return;
      tiles[Math.max(0, Math.min(tiles.length - 1, at + step))].focus();
    }
    event.preventDefault();
  }

  // -- one, large ---------------------------------------------------------------------------------

  large(picture) {
    const index = this.pictures.indexOf(picture);
    const name = this.nameOf(picture, index);
    const before = beforeOf(this.item);
    const shown = shape(picture, name);
    const { width, height } = picture;
    const box = h(
      "div.pic-large",
      { style: `--shape: ${width} / ${height}; --ratio: ${width / height}; --wide: ${width}px` },
      shown,
    );
    if (before) {
      box.classList.add("compared");
      box.append(...compareSlider(addressOf(before), t("image.before"), { share: 50 }));
    }
    this.frame.replaceChildren(box);
    say(this.about, this.factsOf(picture));
    const several = this.pictures.length > 1;
    this.acts.replaceChildren(
      ...[
        several ? this.act("back", "image.picture_action.back", "back", () => this.choose(null)) : null,
        before
          ? this.act("actual", "image.picture_action.actual", "search", (event) => this.actual(event.currentTarget))
          : null,
        ...(this.item.id ? this.actionsFor(picture, several) : []),
      ].filter(Boolean),
    );
  }

  actionsFor(picture, several) {
    const offered = pictureActions.possible(picture).filter((name) => several || !["restyle"].includes(name));
    const more = several ? ["again", "keep"] : [];
    return [...offered, ...more].map((name) =>
      this.act(name, `image.picture_action.${name}`, ICONS[name], () => this.run(name, picture)),
    );
  }

  act(name, key, sign, run) {
    return h(
      "button.chip",
      { type: "button", "data-act": name, title: has(`${key}.title`) ? t(`${key}.title`) : null, onclick: run },
      icon(sign),
      t(key),
    );
  }

  async run(name, picture) {
    try {
      if (name === "keep") await keep(picture);
      else if (name === "inpaint") await this.paintOver(picture);
      else if (name === "arrange") await this.arrange(picture);
      else await pictureActions[name](picture);
    } catch (error) {
      complain(error);
    }
  }

  async paintOver(picture) {
    const answer = await markOn(picture, { prompt: picture.item.params?.prompt ?? "" });
    if (answer) await pictureActions.inpaint(picture, answer.mask, answer.prompt);
  }

  async arrange(picture) {
    const answer = await arrange(picture);
    if (answer) await pictureActions.rearrange(picture, answer);
  }

  /** Pixel for pixel, to be moved about. */
  actual(button) {
    const on = this.frame.toggleAttribute("data-actual");
    button.setAttribute("aria-pressed", String(on));
    if (on) {
      this.frame.tabIndex = 0;
      this.frame.scrollTo(
        (this.frame.scrollWidth - this.frame.clientWidth) / 2,
        (this.frame.scrollHeight - this.frame.clientHeight) / 2,
      );
    } else this.frame.removeAttribute("tabindex");
  }

  nameOf(picture, index) {
    const several = this.pictures.length > 1 ? t("image.nth", { n: index + 1, of: this.pictures.length }) : null;
    return [titleOf(this.item), several, ...this.along(picture)].filter(Boolean).join(", ");
  }

  along(picture) {
    const meta = sheetOf(this.item)?.meta;
    if (!meta || !picture.crop) return [];
    return [
      [meta.x_axis, meta.x_labels?.[picture.crop.column]],
      [meta.y_axis, meta.y_labels?.[picture.crop.row]],
    ]
      .filter(([axis, label]) => axis && label !== undefined)
      .map(([axis, label]) => `${t(`image.x_axis.${axis}`)} ${worded(axis, label)}`);
  }

  factsOf(picture) {
    const { facts, item } = picture;
    const words = facts.prompt && facts.prompt !== item.params?.prompt ? `“${facts.prompt}”` : null;
    const seed = facts.seed != null && this.pictures.length > 1 ? t("image.fact.seed", { n: facts.seed }) : null;
    const size = t("image.fact.size", { width: number(picture.width), height: number(picture.height) });
    return [...this.along(picture), words, seed, size].filter(Boolean).join(" · ");
  }
}
