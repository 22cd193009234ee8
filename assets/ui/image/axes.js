// <studio-axes>: a comparison over two settings: which one changes across, which one down, and by what values.
// Offers only what the chosen model uses and values that make sense to begin with; the form keeps them.
import { afterPause, h, say } from "../dom.js";
import { setValues, values } from "../form.js";
import { icon } from "../icons.js";
import { model, on, store, stored, takes, task } from "../state.js";
import { t } from "../words.js";

const AXES = [
  "prompt",
  "negative_prompt",
  "look",
  "style",
  "seed",
  "num_inference_steps",
  "guidance_scale",
  "strength",
];
const WORDED = new Set(["prompt", "negative_prompt"]);
const MOST_CELLS = 36;

export class StudioAxes extends HTMLElement {
  connectedCallback() {
    this.taskId = this.dataset.task;
    this.rows = ["x", "y"].map((side) => this.row(side));
    this.count = h("span.axes-count", { role: "status", "aria-live": "polite" });
    this.clear = h(
      "button.chip",
      {
        type: "button",
        "data-act": "clear",
        onclick: () => setValues(this.taskId, { x_axis: "", x_values: "", y_axis: "", y_values: "" }),
      },
      icon("close"),
      t("image.axes.clear"),
    );
    this.fold = h(
      "details.axes",
      { open: stored("image.axes", false) || null },
      h("summary", {}, icon("chevron"), t("image.axes"), this.count),
      h("p.axes-hint", { text: t("image.axes.hint") }),
      this.rows.map((row) => row.node),
      this.clear,
    );
    this.fold.addEventListener("toggle", () => store("image.axes", this.fold.open));
    this.replaceChildren(this.fold);
    this.forget = [on(`values:${this.taskId}`, () => this.draw()), on("tasks", () => this.draw())];
    this.draw();
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  get form() {
    return values(this.taskId);
  }

  row(side) {
    const choice = h("select", {
      "aria-label": t(`image.${side}_axis.label`),
      "data-side": side,
      onchange: () => this.choose(side, choice.value),
    });
    const box = h("input", {
      type: "text",
      maxlength: 2000,
      "aria-label": t(`image.${side}_values.label`),
      "data-side": side,
    });
    box.addEventListener(
      "input",
      afterPause(() => setValues(this.taskId, { [`${side}_values`]: box.value }), 250),
    );
    box.addEventListener("change", () => setValues(this.taskId, { [`${side}_values`]: box.value }));
    return {
      side,
      choice,
      box,
      node: h("div.axes-row", {}, h("span", { text: t(`image.${side}_axis.label`) }), choice, box),
    };
  }

  choose(side, axis) {
    setValues(this.taskId, { [`${side}_axis`]: axis, [`${side}_values`]: axis ? this.suggested(axis) : "" });
  }

  /** Values to begin with. */
  suggested(axis) {
    const { form } = this;
    if (axis === "prompt") return [form.prompt, t("image.axes.prompt2")].filter(Boolean).join("; ");
    if (axis === "negative_prompt") return t("image.axes.negative");
    return {
      look: "flat, 3d",
      style: "photo, watercolour, ink, anime",
      seed: "1, 2, 3, 4",
      num_inference_steps: "2, 4, 8, 16",
      guidance_scale: "1, 3, 5, 8",
      strength: "0.3, 0.5, 0.7, 0.9",
    }[axis];
  }

  draw() {
    const one = model(this.taskId, this.form.model);
    if (!task(this.taskId) || !one) return;
    this.hidden = !takes(one, "x_axis");
    for (const { side, choice, box } of this.rows) {
      const other = this.form[side === "x" ? "y_axis" : "x_axis"];
      const offered = [
        "",
        ...AXES.filter((axis) => axis !== other && takes(one, axis) && (axis !== "strength" || this.form.image)),
      ];
      if (choice.dataset.offered !== offered.join()) {
        choice.dataset.offered = offered.join();
        choice.replaceChildren(
          ...offered.map((axis) => h("option", { value: axis, text: t(`image.${side}_axis.${axis}`) })),
        );
      }
      const axis = this.form[`${side}_axis`] ?? "";
      choice.value = axis;
      box.hidden = !axis;
      box.placeholder = t(`image.${side}_values.hint`);
      if (document.activeElement !== box) box.value = this.form[`${side}_values`] ?? "";
    }
    const cells = this.cells();
    say(
      this.count,
      cells > 1
        ? t(cells > MOST_CELLS ? "image.axes.too_many" : "image.axes.count", { n: cells, limit: MOST_CELLS })
        : "",
    );
    this.clear.hidden = !this.form.x_axis && !this.form.y_axis;
  }

  cells() {
    return ["x", "y"]
      .map((side) => {
        const axis = this.form[`${side}_axis`];
        const parts = (this.form[`${side}_values`] ?? "")
          .split(WORDED.has(axis) ? /[;；\n]/ : /[,，;；、\s]+/)
          .filter((part) => part.trim());
        return axis && parts.length ? parts.length : 1;
      })
      .reduce((one, other) => one * other);
  }
}
