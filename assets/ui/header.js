// <studio-header data-page="{...}">: name, what is running, language and theme. Teaches the page its tasks.
import { h, svg } from "./dom.js";
import { openTab } from "./tabs.js";
import { icon } from "./icons.js";
import { tellHowLong } from "./keeping.js";
import { titleOf } from "./output.js";
import { active, display, learn, on, tabName } from "./state.js";
import { language, t } from "./words.js";
import { askFrame } from "./zerogpu.js";

export class StudioHeader extends HTMLElement {
  connectedCallback() {
    if (this.dataset.page) {
      const page = JSON.parse(this.dataset.page);
      askFrame(page.gpu_token_origin);
      learn(page);
      tellHowLong(page);
      this.removeAttribute("data-page");
    }
    this.build();
    this.forget = [on("active", () => this.drawRunning())];
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  build() {
    this.running = h("details.running", { hidden: true });
    this.theme = h("button.icon-button", { type: "button", onclick: () => this.switchTheme() });
    const other = language === "zh" ? "en" : "zh";
    const tongue = h(
      "button.tongue",
      {
        type: "button",
        lang: other === "zh" ? "zh-CN" : "en",
        onclick: () => switchLanguage(other),
        // what can be read of it comes first, for those who say aloud what they press
        "aria-label": `中/EN ${other === "zh" ? "切换到中文" : "Switch to English"}`,
        title: other === "zh" ? "切换到中文" : "Switch to English",
      },
      h("span", { text: "中", "data-on": String(language === "zh") }),
      h("i", { text: "/" }),
      h("span", { text: "EN", "data-on": String(language === "en") }),
    );
    this.replaceChildren(
      h("h1.brand", {}, mark(), h("span", { text: "AIGC Studio" })),
      h("div.tools", {}, this.running, tongue, this.theme),
    );
    this.drawTheme();
    this.drawRunning();
  }

  drawTheme() {
    const key = window.aigc.dark ? "ui.theme.light" : "ui.theme.dark";
    this.theme.title = t(key);
    this.theme.setAttribute("aria-label", t(key));
    this.theme.replaceChildren(icon(window.aigc.dark ? "sun" : "moon"));
  }

  switchTheme() {
    window.aigc.setTheme(window.aigc.dark ? "light" : "dark");
    this.drawTheme();
  }

  drawRunning() {
    const jobs = active();
    this.running.hidden = !jobs.length;
    if (!jobs.length) this.running.open = false;
    this.running.replaceChildren(
      h("summary", {}, h("i.dot.pulse"), t("ui.running.count", { n: jobs.length })),
      h(
        "ul.menu",
        {},
        jobs.map((job) =>
          h(
            "li",
            {},
            h(
              "button",
              {
                type: "button",
                onclick: () => {
                  this.running.open = false;
                  display(job.task, job);
                  openTab(job.task);
                },
              },
              h("b", { text: tabName(job.task) }),
              h("span", { text: titleOf(job) }),
            ),
          ),
        ),
      ),
    );
  }
}

/** The prompt, the jobs and the tab are kept, so that a reload is a switch in place. */
function switchLanguage(next) {
  window.aigc.setLanguage(next);
  const url = new URL(location.href);
  url.searchParams.delete("lang");
  if (url.href === location.href) location.reload();
  else location.replace(url);
}

/** The sign: a wish (a point) becoming something (a ring that opens). */
function mark() {
  const ring = { fill: "none", stroke: "currentColor", "stroke-width": 2.6, "stroke-linecap": "round" };
  return svg(
    "svg",
    { viewBox: "0 0 24 24", class: "mark", "aria-hidden": "true" },
    svg("path", { d: "M20.5 9.5A9 9 0 1 1 14.5 3.5", ...ring }),
    svg("circle", { cx: 19, cy: 5, r: 2.4, fill: "currentColor" }),
    svg("circle", { cx: 12, cy: 12, r: 3.2, fill: "currentColor", opacity: 0.55 }),
  );
}
