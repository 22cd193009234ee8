// <studio-start>: what stands below the picture of the wish: examples to enlarge at once, and the part that is to be
// painted anew. Knows the image task's parameters.
import * as api from "../api.js";
import { h } from "../dom.js";
import { examples } from "../defaults.js";
import { setValues, values } from "../form.js";
import { beforeSending } from "../requests.js";
import { icon } from "../icons.js";
import { learned, model, on, store, stored, takes, task } from "../state.js";
import { complain } from "../toast.js";
import { isChinese, t } from "../words.js";
import { enlarges } from "./picture-actions.js";
import { loaded } from "./image-items.js";
import { markOn } from "./mask.js";

const EXAMPLES = ["flower", "pagoda", "cat"];

const exampleAt = (name) => new URL(`./examples/${name}.webp`, import.meta.url).href;

export class StudioStart extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.example = stored("image.example", EXAMPLES[0]);
    this.build();
    this.forget = [on(`values:${this.taskId}`, () => this.draw()), on("tasks", () => this.draw())];
    beforeSending(this.taskId, () => this.complete());
    this.remembering();
    learned.then(() => this.draw());
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
    this.over.abort();
    beforeSending(this.taskId, null);
  }

  build() {
    this.tiles = EXAMPLES.map((name) =>
      h(
        "button.start-tile",
        { type: "button", "data-name": name, title: t(`image.example.${name}`), onclick: () => this.take(name) },
        h("img", { src: exampleAt(name), alt: "", loading: "lazy", decoding: "async" }),
        h("span", { text: t(`image.example.${name}`) }),
      ),
    );
    this.row = h(
      "div.start-row",
      {},
      h("p", { text: t("image.start.examples") }),
      h("div.start-tiles", { role: "group", "aria-label": t("image.start.examples") }, this.tiles),
    );
    this.markButton = h(
      "button.chip",
      { type: "button", "data-act": "mark", onclick: () => this.mark().catch(complain) },
      icon("brush"),
      h("span"),
    );
    this.unmark = h("button.link", {
      type: "button",
      text: t("image.mask.remove"),
      onclick: () => setValues(this.taskId, { mask: "" }),
    });
    this.marked = h("div.start-mark", {}, this.markButton, this.unmark);
    this.replaceChildren(h("div.start-box", {}, this.row, this.marked));
  }

  get form() {
    return values(this.taskId);
  }
  get model() {
    return model(this.taskId, this.form.model);
  }

  draw() {
    const { form, model: one } = this;
    if (!task(this.taskId) || !one) return;
    const enlarging = enlarges(one);
    // attributes by which the style sheet shows what belongs to this kind of model
    document.body.dataset.image = enlarging ? "enlarging" : "painting";
    document.body.toggleAttribute(
      "data-image-english",
      isChinese(form.prompt) && takes(one, "prompt_en") && !one.languages.includes("zh"),
    );
    document.body.toggleAttribute("data-image-picture", !!form.image || form.action === "vary");
    this.row.hidden = !enlarging || !!form.image;
    for (const tile of this.tiles) tile.setAttribute("aria-pressed", String(tile.dataset.name === this.example));
    this.marked.hidden = !form.image || !takes(one, "mask");
    this.markButton.lastChild.textContent = t(form.mask ? "image.mask.marked" : "image.mask.mark");
    this.unmark.hidden = !form.mask;
    this.invite(one);
  }

  /** A painting model chosen with nothing in the box gets an invitation. */
  invite(one) {
    const before = this.invited;
    this.invited = one.id;
    if (!before || before === one.id || !takes(one, "prompt") || this.form.prompt) return;
    const first = examples(this.taskId, one.id)[0];
    if (first) setValues(this.taskId, { prompt: first.values.prompt });
  }

  // -- a picture to begin with --------------------------------------------------------------------

  take(name) {
    this.example = name;
    store("image.example", name);
    setValues(this.taskId, { image: "" });
    this.draw();
  }

  /** An enlarger without a picture takes the example: brought in like any other file. */
  async complete() {
    if (!enlarges(this.model) || this.form.image) return {};
    const answer = await fetch(exampleAt(this.example));
    const file = new File([await answer.blob()], `${this.example}.webp`, { type: "image/webp" });
    const { id } = await api.upload(file);
    return { image: id };
  }

  // -- the part to paint anew ---------------------------------------------------------------------

  async mark() {
    const answer = await markOn(await this.picture(), { prompt: null });
    if (answer) setValues(this.taskId, { mask: answer.mask });
  }

  /** The form's picture, as it is shown in this browser. */
  async picture() {
    const [job, name] = this.form.image.split("/");
    const url = name
      ? api.address(`media/${encodeURIComponent(job)}/${encodeURIComponent(name)}`)
      : (this.originals.get(job) ?? stored(`upload.${job}`)?.picture);
    if (!url) throw new Error(t("image.mask.unseen"));
    const { naturalWidth, naturalHeight } = await loaded(url);
    return { url, crop: null, width: naturalWidth, height: naturalHeight };
  }

  /** Keeps pictures that are chosen here at their own size while the page lives: uploads can't be asked back. */
  remembering() {
    this.originals = new Map();
    this.over = new AbortController();
    let latest = null;
    const keep = (event) => {
      const file = event.target.files?.[0] ?? event.dataTransfer?.files[0];
      if (file && event.target.closest?.(`studio-upload[data-task="${CSS.escape(this.taskId)}"][data-field="image"]`))
        latest = { url: URL.createObjectURL(file), before: this.form.image };
    };
    for (const name of ["change", "drop"])
      document.addEventListener(name, keep, { capture: true, signal: this.over.signal });
    this.forget.push(
      on(`values:${this.taskId}`, () => {
        const { image } = this.form;
        if (!latest || !image || image === latest.before || image.includes("/")) return;
        this.originals.set(image, latest.url);
        latest = null;
      }),
    );
  }
}
