// <studio-invitations>: where nothing has been made yet, one thing to begin with in each tab. Knows examples and tabs.
import { labelOf } from "./choices.js";
import { beginning, examples } from "./defaults.js";
import { h } from "./dom.js";
import { applyExample, values } from "./form.js";
import { icon } from "./icons.js";
import { allTasks, on } from "./state.js";
import { openTab } from "./tabs.js";
import { t } from "./words.js";

export class StudioInvitations extends HTMLElement {
  connectedCallback() {
    this.forget = on("tasks", () => this.draw());
    this.draw();
  }

  disconnectedCallback() {
    this.forget();
  }

  draw() {
    this.replaceChildren(
      h(
        "div.invitations",
        { role: "group", "aria-label": t("ui.examples") },
        allTasks()
          .filter((one) => !one.lesson)
          .map(invitation),
      ),
    );
  }
}

/** Fills the tab's form with an example and opens it: from there it is one press. */
function invitation(task) {
  const chosen = values(task.id).model ?? beginning(task.id).model;
  const [example] = examples(task.id, chosen);
  const begin = () => {
    if (example) applyExample(task.id, { ...example, values: { ...example.values, model: chosen } });
    openTab(task.id);
  };
  return h(
    "button.invitation",
    { type: "button", "data-task": task.id, onclick: begin },
    icon(task.id),
    h("b", { text: t(task.tab) }),
    h("span", { text: example ? labelOf(task.id, example) : t("ui.generate") }),
  );
}
