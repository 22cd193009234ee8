// <studio-projects>: the visitor's projects as a row of buttons over the history; each opens its sheet.
import * as api from "./api.js";
import { h, show } from "./dom.js";
import { icon } from "./icons.js";
import { openProject } from "./project-sheet.js";
import { on } from "./state.js";
import { complain } from "./toast.js";
import { t } from "./words.js";

export class StudioProjects extends HTMLElement {
  connectedCallback() {
    show(this, false);
    this.forget = [
      on("projects", () => this.ask()),
      on("restored", () => this.ask()),
      on("several", () => this.ask()),
      on("removed", () => this.ask()),
      on("tab", (id) => id === "history" && this.ask()),
    ];
    this.ask();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  /** Asks the server; a row that can't be had is left as it was. */
  async ask() {
    try {
      this.draw((await api.projects()).items);
    } catch {
      // The history beside it says what is wrong.
    }
  }

  draw(projects) {
    show(this, projects.length > 0);
    this.replaceChildren(
      h(
        "div.chips",
        { role: "group", "aria-label": t("ui.projects") },
        h("span.presets-label", { text: t("ui.projects") }),
        projects.map((project) =>
          h(
            "button.chip.project-chip",
            { type: "button", onclick: () => openProject(project.id).catch(complain) },
            icon(project.link ? "share" : "folder"),
            h("span", { text: project.name, dir: "auto" }),
            h("i", { text: String(project.count) }),
          ),
        ),
      ),
    );
  }
}
