// <studio-styles data-task="style">: the gallery of styles, the example photos, blending, rendering as
// one moves a slider, and the before/after view of the result. Knows the style task's parameters.
import * as api from "../api.js";
import { curtain } from "../curtain.js";
import { afterPause, h } from "../dom.js";
import { put, send, values } from "../form.js";
import { displayed, emit, learned, model, on, store, stored } from "../state.js";
import { complain } from "../toast.js";
import { t } from "../words.js";

const HERE = new URL("./", import.meta.url);
const MOST = 4;
const QUICK = new Set(["style-fast", "style-any", "debug-style"]);
const PAINTERS = new Set(["style-fast", "debug-style", "style-gatys", "debug-style-slow", "style-any", "style-learn", "debug-style-learn"]);
const TEACHERS = new Set(["style-learn", "debug-style-learn"]);

const picture = (path) => new URL(path, HERE).href;

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
      on(`values:${this.taskId}`, () => { this.draw(); this.live.changed(); }),
      on("made", (item) => { if (item.task === this.taskId) { this.live.made(item); if (TEACHERS.has(item.model)) this.learn(); } }),
      on("removed", () => this.learn()),
    ];
    this.compare = new Compare(this.taskId);
    this.sized = new ResizeObserver(() => this.draw()); // a tab that was hidden has no width to scroll in
    this.sized.observe(this.styleRow);
    this.onPaste = (event) => {
      const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
      if (!file || !this.offsetParent || event.defaultPrevented || event.target.closest?.("studio-upload")) return;
      event.preventDefault();
      this.paste(file).catch(complain);
    };
    document.addEventListener("paste", this.onPaste);
    learned.then(() => { this.draw(); this.learn(); });
  }

  disconnectedCallback() { this.forget.forEach((stop) => stop()); this.compare.stop(); this.sized.disconnect(); document.removeEventListener("paste", this.onPaste); }

  build() {
    const toggle = (name, act) => h("button.chip", { type: "button", "aria-pressed": "false", "data-toggle": name, title: t(`style.gallery.${name}.hint`), onclick: act, text: t(`style.gallery.${name}`) });
    this.blendButton = toggle("blend", () => { this.blending = !this.blending; this.draw(); });
    this.liveButton = toggle("live", () => { this.live.on = !this.live.on; this.draw(); this.live.changed(); });
    this.allButton = h("button.chip", { type: "button", "data-toggle": "all", title: t("style.gallery.all.hint"), text: t("style.gallery.all"), onclick: () => this.all() });
    this.camera = h("button.chip", { type: "button", "data-toggle": "camera", title: t("style.gallery.camera.hint"), text: t("style.gallery.camera"), hidden: !navigator.mediaDevices?.getUserMedia, onclick: () => this.shoot() });
    this.past = h("button.chip", { type: "button", "aria-pressed": "false", "data-toggle": "past", title: t("style.gallery.past.hint"), text: t("style.gallery.past"), onclick: () => this.remember() });
    this.pastRow = h("div.gallery-photos", { role: "group", "aria-label": t("style.gallery.past.hint"), hidden: true });
    this.photoRow = h("div.gallery-photos", { role: "group", "aria-label": t("style.photo.label") });
    this.styleRow = h("div.gallery-styles", { role: "group", "aria-label": t("style.gallery") });
    this.mixRow = h("div.gallery-mix", { hidden: true });
    this.video = h("div.gallery-camera", { hidden: true });
    this.replaceChildren(h("section.gallery", { "aria-label": t("style.gallery") },
      h("div.gallery-tools", {}, this.photoRow, h("div.gallery-buttons", {}, this.camera, this.past, this.blendButton, this.liveButton, this.allButton)),
      this.video, this.pastRow, this.styleRow, this.mixRow));
    this.photoRow.append(...this.photos.map((name) => this.tile(name, `photos/${name}.webp`, t(`style.photo.${name}`), () => put(this.taskId, { photo: name, content: "" }))));
    this.styleRow.append(...this.styles.map((name) => this.tile(name, `thumbs/${name}.webp`, t(`style.name.${name}`), () => this.choose(name))));
  }

  tile(name, path, label, act) {
    return h("button.tile", { type: "button", "data-name": name, "aria-pressed": "false", title: label, onclick: act },
      h("img", { src: path.startsWith("http") ? path : picture(path), alt: "", loading: "lazy", decoding: "async", width: 96, height: 64 }), h("span", { text: label }));
  }

  get form() { return values(this.taskId); }

  /** The blend in the form: names and weights in order. */
  get blend() {
    return (this.form.style ?? "").split(",").map((part) => part.trim().split(":"))
      .filter(([name]) => this.styles.includes(name?.trim())).map(([name, weight]) => [name.trim(), Number(weight ?? 1)]);
  }

  choose(name) {
    const now = this.blend;
    let next = [[name, 1]];
    if (this.blending) {
      const without = now.filter(([one]) => one !== name);
      next = without.length < now.length ? (without.length ? without : now) : [...now, [name, 1]].slice(-MOST);
    }
    this.set(next);
  }

  set(blend) {
    const spelt = blend.length === 1 ? blend[0][0] : blend.map(([name, weight]) => `${name}:${weight}`).join(", ");
    put(this.taskId, { style: spelt, style_image: "", prompt: "" });
  }

  /** Every style on the photo at once: one sheet. */
  all() { send({ task: this.taskId, model: QUICK.has(this.form.model) ? this.form.model : "style-fast", params: { ...subject(this.form), style: "all" } }); }

  draw() {
    const { form } = this;
    const blend = this.blend;
    const chosen = new Set(form.style_image ? [] : blend.map(([name]) => name));
    for (const tile of this.styleRow.children) {
      const own = tile.dataset.reference;
      tile.setAttribute("aria-pressed", String(own ? form.style_image === own : chosen.has(tile.dataset.name)));
    }
    this.reveal([...this.styleRow.children].find((tile) => tile.getAttribute("aria-pressed") === "true"));
    for (const tile of this.pastRow.children) tile.setAttribute("aria-pressed", String(form.style_image === tile.dataset.name));
    for (const tile of this.photoRow.children) tile.setAttribute("aria-pressed", String(!form.content && form.photo === tile.dataset.name));
    this.blendButton.setAttribute("aria-pressed", String(this.blending));
    this.liveButton.setAttribute("aria-pressed", String(this.live.on));
    this.liveButton.disabled = !QUICK.has(form.model);
    this.drawMix(blend, chosen.size > 1);
  }

  /** Scrolls the row, and nothing else, to what was chosen elsewhere. */
  reveal(tile) {
    if (!tile || tile === this.seen) return;
    this.seen = tile;
    const { scrollLeft, clientWidth } = this.styleRow;
    if (!clientWidth) { this.seen = null; return; }
    if (tile.offsetLeft - this.styleRow.offsetLeft < scrollLeft || tile.offsetLeft - this.styleRow.offsetLeft + tile.offsetWidth > scrollLeft + clientWidth) {
      this.styleRow.scrollLeft = tile.offsetLeft - this.styleRow.offsetLeft - clientWidth / 2;
    }
  }

  drawMix(blend, visible) {
    this.mixRow.hidden = !visible;
    const names = visible ? blend.map(([name]) => name).join() : "";
    if (this.mixRow.dataset.names !== names) {
      this.mixRow.dataset.names = names;
      const pause = afterPause(() => this.set([...this.mixRow.querySelectorAll("input")].map((one) => [one.name, Number(one.value)])), 120);
      this.mixRow.replaceChildren(...(visible ? blend : []).map(([name, weight]) => h("label.mix", {},
        h("span", { text: t(`style.name.${name}`) }),
        h("input", { type: "range", name, min: 0.1, max: 3, step: 0.1, value: weight, "aria-label": t("style.gallery.share", { name: t(`style.name.${name}`) }), oninput: pause }))));
    }
  }

  /** Styles that this visitor taught it: they stand before the others. */
  async learn() {
    try {
      const { items } = await api.history({ task: this.taskId, limit: 100 });
      const taught = items.filter((item) => TEACHERS.has(item.model) && item.status === "done" && item.outputs?.some((output) => output.kind === "file"));
      this.styleRow.querySelectorAll("[data-reference]").forEach((tile) => tile.remove());
      this.styleRow.prepend(...taught.slice(0, 12).map((item, index) => this.own(item, taught.length - index)));
      this.draw();
    } catch { /* the gallery stays as it was */ }
  }

  own(item, number) {
    const file = item.outputs.find((output) => output.kind === "file");
    const shown = item.outputs.find((output) => output.kind === "image");
    const thumb = shown?.meta?.thumb ?? shown?.name;
    const reference = `${item.id}/${file.name}`;
    const tile = this.tile(reference, api.address(`media/${item.id}/${encodeURIComponent(thumb)}`), t("style.gallery.mine", { n: number }), () => {
      const here = QUICK.has(this.form.model) ? {} : { model: "style-fast" };
      put(this.taskId, { style_image: reference, ...here });
    });
    tile.dataset.reference = reference;
    return tile;
  }

  /** The visitor's own pictures of every tab: one press makes one the style. */
  async remember() {
    this.pastRow.hidden = !this.pastRow.hidden;
    this.past.setAttribute("aria-pressed", String(!this.pastRow.hidden));
    if (this.pastRow.hidden) return;
    try {
      const { items } = await api.history({ limit: 100 });
      const found = items.flatMap((item) => (item.outputs ?? []).filter((output) => output.kind === "image").slice(0, 1).map((output) => [item, output])).slice(0, 24);
      this.pastRow.replaceChildren(...found.map(([item, output]) => this.tile(`${item.id}/${output.name}`, api.address(`media/${item.id}/${encodeURIComponent(output.meta?.thumb ?? output.name)}`), item.title || t("style.gallery.past"), () => put(this.taskId, { style_image: `${item.id}/${output.name}` }))));
      if (!found.length) this.pastRow.replaceChildren(h("p", { text: t("style.gallery.past.none") }));
    } catch (error) { complain(error); }
  }

  /** A picture pasted anywhere on the tab is the photo. */
  async paste(file) {
    const bitmap = await createImageBitmap(file);
    const canvas = h("canvas", { width: bitmap.width, height: bitmap.height });
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    await bring(this.taskId, file, canvas);
  }

  // -- camera -------------------------------------------------------------------------------------

  async shoot() {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } } });
      const film = h("video", { autoplay: true, playsinline: true, muted: true });
      film.srcObject = stream;
      const done = () => { stream.getTracks().forEach((track) => track.stop()); this.video.hidden = true; this.video.replaceChildren(); };
      const take = async () => {
        const canvas = h("canvas", { width: film.videoWidth, height: film.videoHeight });
        canvas.getContext("2d").drawImage(film, 0, 0);
        done();
        const blob = await new Promise((settle) => canvas.toBlob(settle, "image/jpeg", 0.92));
        await bring(this.taskId, new File([blob], "camera.jpg", { type: "image/jpeg" }), canvas);
      };
      this.video.replaceChildren(film, h("button.chip", { type: "button", text: t("style.gallery.take"), onclick: () => take().catch(complain) }), h("button.chip", { type: "button", text: t("ui.stop"), onclick: done }));
      this.video.hidden = false;
    } catch { complain(new Error(t("style.gallery.no_camera"))); }
  }
}

/** Brings a file in as the content; its small picture stays in this browser. */
async function bring(taskId, file, canvas) {
  const { id } = await api.upload(file);
  const small = h("canvas", { width: 160, height: Math.max(1, Math.round(160 * canvas.height / canvas.width)) });
  small.getContext("2d").drawImage(canvas, 0, 0, small.width, small.height);
  store(`upload.${id}`, { name: file.name, picture: small.toDataURL("image/webp", 0.8) });
  originals.set(id, URL.createObjectURL(file));
  put(taskId, { content: id });
}

const subject = ({ content, photo }) => (content ? { content } : { photo });

// -- rendering as one moves a slider --------------------------------------------------------------

/** Sends the form whenever it has changed and the last answer is there; what came between is skipped. */
class Live {
  constructor(taskId) {
    this.taskId = taskId;
    this.on = stored("style.live", true);
    this.running = null;
    this.last = null;
    this.stale = null;
    this.touched = false; // what a reload puts back into the form is no wish
    const wake = (event) => { if (event.target.closest?.("studio-styles, .wish")) this.touched = true; };
    for (const name of ["pointerdown", "keydown", "input"]) document.addEventListener(name, wake, true);
    this.soon = afterPause(() => this.go(), 250);
  }

  /** Nothing is painted before the first press of the button: then it follows every change. */
  changed() {
    store("style.live", this.on);
    const shown = displayed(this.taskId);
    const form = values(this.taskId);
    if (!this.on || !QUICK.has(form.model) || !shown?.id || shown.status !== "done" || !QUICK.has(shown.model)) { if (!this.running) return; }
    if (this.on && this.touched && this.wish() !== this.last) this.soon();
  }

  wish() {
    const { model: modelId, seed, ...rest } = values(this.taskId);
    const hidden = new Set(model(this.taskId, modelId)?.hides ?? []);
    const params = Object.fromEntries(Object.entries(rest).filter(([name, value]) => !hidden.has(name) && value !== null && value !== undefined));
    return JSON.stringify({ task: this.taskId, model: modelId, params, ...(Number.isInteger(seed) ? { seed } : {}) });
  }

  async go() {
    const wish = this.wish();
    if (this.running || wish === this.last) return;
    const before = displayed(this.taskId);
    if (sameWish(before, JSON.parse(wish))) { this.last = wish; return; }
    this.last = wish;
    this.running = "sending";
    const item = await send(JSON.parse(wish));
    this.running = item?.id ?? null;
    if (item && before?.live && !before.starred) this.stale = before;
    if (item) item.live = true;
  }

  /** A picture is there: the one it replaces leaves the history, and what has changed meanwhile is next. */
  async made(item) {
    if (item.id !== this.running) return;
    this.running = null;
    item.live = true;
    const { stale } = this;
    this.stale = null;
    if (this.on && this.wish() !== this.last) this.soon();
    if (stale && item.status === "done") {
      try { await api.remove(stale.id); emit("removed", stale); } catch { /* then it stays */ }
    }
  }
}

const sameWish = (item, wish) => !!item?.params && item.model === wish.model
  && Object.entries(wish.params).every(([name, value]) => item.params[name] === value);

// -- before and after -----------------------------------------------------------------------------

const originals = new Map();

document.addEventListener("change", (event) => {
  if (event.target.matches?.('studio-upload[data-task="style"][data-field="content"] input[type=file]') && event.target.files[0]) originals.set("latest", URL.createObjectURL(event.target.files[0]));
}, true);

/** Lays the photo over the painting in the result area, uncovered by a slider; offers more steps. */
class Compare {
  constructor(taskId) {
    this.taskId = taskId;
    this.share = 0;
    this.forget = on(`values:${taskId}`, () => {
      const { content } = values(taskId);
      if (content && originals.has("latest") && !content.includes("/")) { originals.set(content, originals.get("latest")); originals.delete("latest"); }
    });
    this.watcher = new MutationObserver(() => this.draw());
    const start = () => {
      const stage = document.querySelector(`studio-job[data-task="${CSS.escape(taskId)}"] .job-stage`);
      if (stage) { this.watcher.observe(stage, { childList: true }); this.draw(); } else setTimeout(start, 200);
    };
    start();
  }

  stop() { this.watcher.disconnect(); this.forget(); }

  before(item) {
    const { content, photo } = item.params ?? {};
    if (!content) return picture(`photos/${photo ?? "pagoda"}.webp`);
    const [job, name] = content.split("/");
    if (name) return api.address(`media/${encodeURIComponent(job)}/${encodeURIComponent(name)}`);
    return originals.get(content) ?? stored(`upload.${content}`)?.picture ?? null;
  }

  draw() {
    const stage = document.querySelector(`studio-job[data-task="${CSS.escape(this.taskId)}"] .job-stage`);
    const item = displayed(this.taskId);
    const made = stage?.querySelector(".made-image");
    if (!item?.id || !made || made.dataset.dressed === item.status || item.params?.style === "all") return;
    made.dataset.dressed = item.status; // what is put in here wakes the watcher again
    const before = PAINTERS.has(item.model) || item.model?.startsWith("style-") ? this.before(item) : null;
    if (before && item.status === "done") {
      made.classList.add("curtained");
      made.append(...curtain(before, t("style.gallery.before"), { share: this.share, moved: (share) => { this.share = share; } }));
    }
    if (["style-gatys", "debug-style-slow"].includes(item.model) && ["done", "cancelled"].includes(item.status)) made.after(this.more(item));
  }

  more(item) {
    const output = item.outputs.find((one) => one.kind === "image");
    const act = () => send({ task: item.task, model: item.model, seed: item.seed, parent: item.id, params: { ...item.params, start: `${item.id}/${output.name}`, steps: 50 } });
    return h("p.gallery-more", {}, h("button.chip", { type: "button", text: t("style.gallery.more"), onclick: act }));
  }
}

const sheet = h("link", { rel: "stylesheet", href: picture("gallery.css") });
document.head.append(sheet);
customElements.define("studio-styles", StudioStyles);
