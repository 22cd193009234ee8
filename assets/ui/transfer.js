// <studio-transfer>: takes everything out as one zip, and brings such a zip in. Knows routes and words.
import * as api from "./api.js";
import { h, say } from "./dom.js";
import { icon } from "./icons.js";
import { exportItems } from "./selection.js";
import { emit } from "./state.js";
import { complain, toast } from "./toast.js";
import { t } from "./words.js";

export class StudioTransfer extends HTMLElement {
  connectedCallback() {
    this.input = h("input.visually-hidden", {
      type: "file",
      accept: ".zip,application/zip",
      "aria-label": t("ui.history.import"),
      tabindex: -1,
      onchange: () => this.bring(),
    });
    this.said = h("p.transfer-said", { role: "status" });
    const taking = () => exportItems().catch(complain);
    this.replaceChildren(
      h(
        "div.transfer",
        {},
        h(
          "button.action",
          { type: "button", "data-transfer": "export", onclick: taking },
          icon("save"),
          t("ui.history.export.all"),
        ),
        h(
          "button.action",
          { type: "button", "data-transfer": "import", onclick: () => this.input.click() },
          icon("upload"),
          t("ui.history.import"),
        ),
        this.input,
      ),
      this.said,
    );
  }

  async bring() {
    const file = this.input.files[0];
    if (!file) return;
    say(this.said, t("ui.history.importing", { name: file.name }));
    try {
      const { items } = await api.importItems(file);
      toast(t("ui.history.imported", { n: items }));
      emit("several");
      say(this.said, "");
    } catch (error) {
      say(this.said, error.message);
    } finally {
      this.input.value = "";
    }
  }
}
