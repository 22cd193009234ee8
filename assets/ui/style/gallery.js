// <studio-styles data-task="style">: the gallery of styles, the example photos, blending, rendering as
// one moves a slider, and the before/after view of the result. Knows the style task's parameters.
import { childrenOf, h, styleSheet } from "../dom.js";
import { setValues, values } from "../form.js";
import { send } from "../requests.js";
import { learned, on, task } from "../state.js";
import { complain } from "../toast.js";
import { t } from "../words.js";
import { parseBlend, toggled, writeBlend } from "./blend.js";
import { Compare } from "./compare.js";
import { Live, isLive } from "./live.js";
import { pasting, shoot } from "./photo.js";
import { mixSliders } from "./mix.js";
import { drawOwn, isTaught, ownTile, pastTiles, taughtTiles, tile } from "./tiles.js";

const group = (key, sets) => ({ role: "group", "aria-label": t(key), "data-sets": sets });
class StudioStyles extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.styles = this.dataset.styles.split(",");
    this.photos = this.dataset.photos.split(",");
    this.mine = [];
    this.blending = false;
    this.live = new Live(this.taskId);
    this.build();
    this.forget = [
      on(`values:${this.taskId}`, () => {
        this.draw();
        this.live.changed();
      }),
      on("made", (item) => {
        if (item.task === this.taskId) {
          this.live.made(item);
          if (isTaught(item)) this.learn();
        }
      }),
      on("removed", () => this.learn()),
    ];
    this.compare = new Compare(this.taskId);
    this.sized = new ResizeObserver(() => this.draw()); // a tab that was hidden has no width to scroll in
    this.sized.observe(this.styleRow);
    this.stopPasting = pasting(this.taskId, () => !!this.offsetParent);
    learned.then(() => {
      this.draw();
      this.learn();
    });
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
    this.compare.stop();
    this.sized.disconnect();
    this.stopPasting();
  }

  build() {
    const toggle = (name, act) =>
      h("button.chip", {
        type: "button",
        "aria-pressed": "false",
        "data-toggle": name,
        title: t(`style.gallery.${name}.hint`),
        onclick: act,
        text: t(`style.gallery.${name}`),
      });
    this.blendButton = toggle("blend", () => {
      this.blending = !this.blending;
      this.draw();
    });
    this.liveButton = toggle("live", () => {
      this.live.on = !this.live.on;
      this.draw();
      this.live.changed();
    });
    this.allButton = h("button.chip", {
      type: "button",
      "data-toggle": "all",
      title: t("style.gallery.all.hint"),
      text: t("style.gallery.all"),
      onclick: () => this.all(),
    });
    this.camera = h("button.chip", {
      type: "button",
      "data-toggle": "camera",
      title: t("style.gallery.camera.hint"),
      text: t("style.gallery.camera"),
      hidden: !navigator.mediaDevices?.getUserMedia,
      onclick: () => this.shoot(),
    });
    this.past = h("button.chip", {
      type: "button",
      "aria-pressed": "false",
      "data-toggle": "past",
      title: t("style.gallery.past.hint"),
      text: t("style.gallery.past"),
      onclick: () => this.remember(),
    });
    this.pastRow = h("div.gallery-photos", { ...group("style.gallery.past.hint", "style"), hidden: true });
    this.photoRow = h("div.gallery-photos", group("style.photo.label", "photo content"));
    this.styleRow = h("div.gallery-styles", group("style.gallery", "style"));
    this.mixRow = h("div.gallery-mix", { hidden: true, "data-sets": "style" });
    this.video = h("div.gallery-camera", { hidden: true });
    this.replaceChildren(
      h(
        "section.gallery",
        { "aria-label": t("style.gallery") },
        h(
          "div.gallery-tools",
          {},
          this.photoRow,
          h("div.gallery-buttons", {}, this.camera, this.past, this.blendButton, this.liveButton, this.allButton),
        ),
        this.video,
        this.pastRow,
        this.styleRow,
        this.mixRow,
      ),
    );
    this.own = ownTile(this.taskId);
    this.photoRow.append(
      this.own,
      ...this.photos.map((name) =>
        tile(name, `photos/${name}.webp`, t(`style.photo.${name}`), () =>
          setValues(this.taskId, { photo: name, content: "" }),
        ),
      ),
    );
    this.styleRow.append(
      ...this.styles.map((name) => tile(name, `thumbs/${name}.webp`, t(`style.name.${name}`), () => this.choose(name))),
    );
  }

  get form() {
    return values(this.taskId);
  }

  choose(name) {
    this.set(this.blending ? toggled(this.blend, name) : [[name, 1]]);
  }

  /** The blend in the form: names and weights in order. */
  get blend() {
    return parseBlend(this.form.style, this.styles);
  }

  set(blend) {
    this.live.press();
    setValues(this.taskId, { style: writeBlend(blend), style_image: "", prompt: "" });
  }

  /** The chosen model where it paints at once, else the first that does. */
  get liveModel() {
    const { model: chosen } = this.form;
    const first = task(this.taskId).models.find((one) => one.traits.includes("live"));
    return isLive(this.taskId, chosen) ? chosen : first?.id;
  }

  /** Every style on the photo at once: one sheet. */
  all() {
    send({
      task: this.taskId,
      model: this.liveModel,
      params: { ...subject(this.form), style: "all" },
    });
  }

  draw() {
    const { form } = this;
    const blend = this.blend;
    const chosen = new Set(form.style_image ? [] : blend.map(([name]) => name));
    for (const one of childrenOf(this.styleRow)) {
      const own = one.dataset.reference;
      one.setAttribute("aria-pressed", String(own ? form.style_image === own : chosen.has(one.dataset.name)));
    }
    this.reveal(childrenOf(this.styleRow).find((one) => one.getAttribute("aria-pressed") === "true"));
    for (const one of childrenOf(this.pastRow))
      one.setAttribute("aria-pressed", String(form.style_image === one.dataset.name));
    for (const one of childrenOf(this.photoRow))
      one.setAttribute("aria-pressed", String(!form.content && form.photo === one.dataset.name));
    drawOwn(this.own, form.content);
    this.blendButton.setAttribute("aria-pressed", String(this.blending));
    this.liveButton.setAttribute("aria-pressed", String(this.live.on));
    this.liveButton.disabled = !isLive(this.taskId, form.model);
    this.drawMix(blend, chosen.size > 1);
  }

  /** Scrolls the styles, and nothing else, to what was chosen elsewhere. */
  reveal(one) {
    if (!one || one === this.seen) return;
    const [row, box] = [this.styleRow, one.getBoundingClientRect()];
    this.seen = row.clientWidth ? one : null;
    if (!this.seen) return;
    const room = row.getBoundingClientRect();
    if (box.left < room.left || box.right > room.right) row.scrollLeft += box.left - room.left - room.width / 2;
    if (box.top < room.top || box.bottom > room.bottom) row.scrollTop += box.top - room.top - room.height / 2;
  }

  drawMix(blend, visible) {
    this.mixRow.hidden = !visible;
    const names = visible ? blend.map(([name]) => name).join() : "";
    if (this.mixRow.dataset.names === names) return;
    this.mixRow.dataset.names = names;
    this.mixRow.replaceChildren(...(visible ? mixSliders(blend, (changed) => this.set(changed)) : []));
  }

  /** Styles that this visitor taught it: they stand before the others. */
  async learn() {
    try {
      const choose = (reference) => {
        setValues(this.taskId, { style_image: reference, model: this.liveModel });
      };
      const tiles = await taughtTiles(this.taskId, choose);
      this.styleRow.querySelectorAll("[data-reference]").forEach((one) => one.remove());
      this.styleRow.prepend(...tiles);
      this.draw();
    } catch {
      /* the gallery stays as it was */
    }
  }

  /** The visitor's own pictures of every tab: one press makes one the style. */
  async remember() {
    this.pastRow.hidden = !this.pastRow.hidden;
    this.past.setAttribute("aria-pressed", String(!this.pastRow.hidden));
    if (this.pastRow.hidden) return;
    try {
      const tiles = await pastTiles((reference) => setValues(this.taskId, { style_image: reference }));
      this.pastRow.replaceChildren(...(tiles.length ? tiles : [h("p", { text: t("style.gallery.past.none") })]));
    } catch (error) {
      complain(error);
    }
  }

  async shoot() {
    try {
      await shoot(this.taskId, this.video);
    } catch {
      complain(new Error(t("style.gallery.no_camera")));
    }
  }
}

/** @param {import("../types.js").Values} form */
const subject = ({ content, photo }) => (content ? { content } : { photo });

styleSheet(new URL("./gallery.css", import.meta.url));
customElements.define("studio-styles", StudioStyles);
