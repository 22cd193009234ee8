// <studio-settings-import>: what stands at the end of the form: what painting from words takes where nothing of ours
// paints yet, and the way back from a file made here to its settings. Knows which models enlarge only.
import { h } from "../dom.js";
import { setValues, values } from "../form.js";
import { currentTab } from "../tabs.js";
import { icon } from "../icons.js";
import { model, on, takes, task } from "../state.js";
import { complain } from "../toast.js";
import { number, t } from "../words.js";
import { enlarges } from "./picture-actions.js";
import { settingsFrom } from "./settings.js";

const OFFERED = 2;

export class StudioSettingsImport extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.note = h("div.start-note", { hidden: true });
    this.file = h("input.visually-hidden", {
      type: "file",
      accept: "image/png,image/jpeg,image/webp",
      "aria-label": t("image.settings.open"),
      onchange: () => this.open(this.file.files[0]),
    });
    this.replaceChildren(
      h(
        "div.start-box",
        {},
        this.note,
        h(
          "label.chip.start-open",
          { title: t("image.settings.hint") },
          this.file,
          icon("reuse"),
          t("image.settings.open"),
        ),
      ),
    );
    this.forget = [on(`values:${this.taskId}`, () => this.draw()), on("tasks", () => this.draw())];
    this.dropping();
    this.draw();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
    this.over.abort();
  }

  /** While nothing of ours paints, says what it takes, and that enlarging works at once. */
  draw() {
    const chosen = model(this.taskId, values(this.taskId).model);
    if (!task(this.taskId) || !chosen) return;
    const painters = task(this.taskId).models.filter((one) => takes(one, "prompt") && !one.unfit);
    this.note.hidden = !enlarges(chosen) || painters.some((one) => one.tier === "embedded");
    if (this.note.hidden || this.note.childElementCount) return;
    const offers = painters
      .filter((one) => takes(one, "width"))
      .slice(0, OFFERED)
      .map((one) =>
        h("button.chip", {
          type: "button",
          "data-model": one.id,
          text: t("image.start.use", { name: one.name, gb: number(one.download_mb / 1000, 1) }),
          onclick: () => setValues(this.taskId, { model: one.id }),
        }),
      );
    this.note.append(
      h("p", { text: t(painters.length ? "image.start.hub" : "image.start.hub_none") }),
      h("div.start-offers", {}, offers),
    );
  }

  async open(file) {
    if (!file) return;
    try {
      await settingsFrom(file);
    } catch (error) {
      complain(error);
    }
    this.file.value = "";
  }

  /** A picture dropped on the result is read for its settings. */
  dropping() {
    this.over = new AbortController();
    const stage = (event) =>
      currentTab() === this.taskId
        ? event.target.closest?.(`studio-job[data-task="${CSS.escape(this.taskId)}"]`)
        : null;
    const listen = (name, act) => document.addEventListener(name, act, { signal: this.over.signal });
    listen("dragover", (event) => {
      const over = stage(event);
      for (const one of document.querySelectorAll("studio-job[data-over]"))
        if (one !== over) one.removeAttribute("data-over");
      if (!over || ![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      over.dataset.over = t("image.settings.drop");
    });
    listen("dragleave", (event) => {
      const over = stage(event);
      if (over && !over.contains(event.relatedTarget)) delete over.dataset.over;
    });
    listen("drop", (event) => {
      const over = stage(event);
      if (!over || !event.dataTransfer.files.length) return;
      event.preventDefault();
      delete over.dataset.over;
      this.open(event.dataTransfer.files[0]);
    });
  }
}
