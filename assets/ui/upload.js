// <studio-upload data-task="style" data-field="content">: brings a file in; the form keeps its reference.
// A reference is an upload's id or "<job id>/<output name>"; small pictures of uploads stay in this browser. Where an
// album is taken, several pictures may be brought at once.
import * as api from "./api.js";
import { h } from "./dom.js";
import { setValues, values } from "./form.js";
import { icon } from "./icons.js";
import { on, store, stored, task } from "./state.js";
import { has, t } from "./words.js";

export class StudioUpload extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.field = this.dataset.field;
    this.build();
    this.forget = [on(`values:${this.taskId}`, () => this.draw()), on("tasks", () => this.draw())];
    this.draw();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  build() {
    this.input = h("input.visually-hidden", { type: "file", onchange: () => this.take(this.input.files) });
    this.note = h("p.field-error", { role: "alert", hidden: true });
    this.inside = h("span.drop-inside");
    this.clear = h(
      "button.icon-button",
      {
        type: "button",
        "aria-label": t("ui.upload.remove"),
        title: t("ui.upload.remove"),
        onclick: () => this.set(""),
      },
      icon("close"),
    );
    this.zone = h(
      "label.drop",
      {
        ondragover: (event) => {
          event.preventDefault();
          this.zone.dataset.over = "true";
        },
        ondragleave: () => {
          delete this.zone.dataset.over;
        },
        ondrop: (event) => {
          event.preventDefault();
          delete this.zone.dataset.over;
          this.take(event.dataTransfer.files);
        },
        onpaste: (event) => {
          if (event.clipboardData.files.length) this.take(event.clipboardData.files);
        },
      },
      this.input,
      this.inside,
    );
    this.heading = h("p.drop-title");
    this.hint = h("p.drop-hint");
    this.replaceChildren(this.heading, h("div.drop-row", {}, this.zone, this.clear), this.hint, this.note);
  }

  draw() {
    const field = task(this.taskId)?.fields.find((one) => one.name === this.field);
    if (!field) return;
    this.heading.textContent = t(field.label);
    const hint = field.label.replace(/\.label$/, ".hint");
    this.hint.textContent = has(hint) ? t(hint) : "";
    this.input.setAttribute("aria-label", t(field.label));
    this.several = field.takes.includes("album");
    this.input.multiple = this.several;
    this.input.accept = this.several ? `${field.accept},image/*` : field.accept;
    const reference = values(this.taskId)[this.field] || "";
    this.clear.hidden = !reference;
    const picture = this.picture(reference);
    this.inside.replaceChildren(
      picture ? h("img", { src: picture, alt: "" }) : icon("upload"),
      h("span", {
        text: reference ? (stored(`upload.${reference}`)?.name ?? t("ui.upload.kept")) : t("ui.upload.drop"),
      }),
    );
  }

  picture(reference) {
    if (!reference) return null;
    const [job, name] = reference.split("/");
    if (name && !/\.(png|jpe?g|webp|gif)$/i.test(name)) return null;
    return name
      ? api.address(`media/${encodeURIComponent(job)}/${encodeURIComponent(name)}`)
      : (stored(`upload.${reference}`)?.picture ?? null);
  }

  /** @param {FileList} files of which the first is taken, or all where they make an album */
  async take(files) {
    const [first] = files;
    if (!first) return;
    this.note.hidden = true;
    this.inside.replaceChildren(icon("other"), h("span", { text: t("ui.upload.sending", { name: first.name }) }));
    try {
      const file = this.several ? await asAlbum(files) : first;
      const { id } = await api.upload(file, this.taskId, this.field);
      store(`upload.${id}`, { name: file.name, picture: await small(file) });
      this.set(id);
    } catch (error) {
      this.note.textContent = error.message;
      this.note.hidden = false;
      this.draw();
    }
    this.input.value = "";
  }

  set(reference) {
    const before = values(this.taskId)[this.field];
    if (before && before !== reference) store(`upload.${before}`, null);
    setValues(this.taskId, { [this.field]: reference });
  }
}

/** Several pictures, or one, as a ZIP file; such a file as it is. */
async function asAlbum(files) {
  if (files.length === 1 && !files[0].type.startsWith("image/")) return files[0];
  return (await import("./album.js")).album(files);
}

/** A picture of at most 160 pixels to recognise a file by; null where the browser can't read it. */
async function small(file) {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, 160 / Math.max(picture.width, picture.height));
    const canvas = h("canvas", {
      width: Math.max(1, Math.round(picture.width * scale)),
      height: Math.max(1, Math.round(picture.height * scale)),
    });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/webp", 0.8);
  } catch {
    return null;
  }
}
