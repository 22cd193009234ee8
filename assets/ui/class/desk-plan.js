// The plan of a lesson at the teacher's desk: its steps with notes, each begun by a button; saved and taken in.
import { h } from "../dom.js";
import { t } from "./common.js";

const BESIDE = ["kind", "minutes"];

/**
 * @param {any} plan
 * @param {(method: string, path: string, body?: any) => Promise<any>} act
 */
export function drawPlan(plan, act) {
  if (!plan) return [];
  const begin = (step) => {
    const content = Object.fromEntries(Object.entries(step).filter(([name]) => !BESIDE.includes(name)));
    act("POST", "/rounds", { kind: step.kind, content });
  };
  const steps = plan.steps.map((step) =>
    h(
      "li",
      {},
      h("b", { dir: "auto", text: step.title }),
      h("small", { text: `${t(`kind.${step.kind}`)} · ${t("plan.minutes", step)}` }),
      step.notes ? h("p", { dir: "auto", text: step.notes }) : null,
      ["talk", "vote", "guess", "real"].includes(step.kind)
        ? null
        : h("button.button.quiet", { type: "button", text: t("plan.begin"), onclick: () => begin(step) }),
    ),
  );
  const heading = h("summary", { dir: "auto", text: `${t("plan")}: ${plan.title}` });
  return [h("details.desk-plan", { open: true }, heading, h("ol", {}, steps))];
}

/**
 * @param {(method: string, path: string, body?: any) => Promise<any>} act
 * @param {(text: string) => void} say
 */
export function planFiles(act, say) {
  const file = h("input", { type: "file", accept: ".json,application/json", "aria-label": t("plan.load") });
  file.addEventListener("change", async () => {
    try {
      await act("PUT", "/plan", { plan: JSON.parse(await file.files[0].text()) });
    } catch {
      say(t("plan.not_json"));
    }
    file.value = "";
  });
  const save = h("a.button.quiet", {
    href: `/api/class/${document.body.dataset.room}/plan`,
    download: "plan.json",
    text: t("plan.save"),
  });
  return [save, h("label.desk-file", {}, t("plan.load"), file)];
}
