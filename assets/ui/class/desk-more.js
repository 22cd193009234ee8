// What a teacher needs once a lesson: the link that teaches from another device, and the end of the room.
import { h } from "../dom.js";
import { t } from "./common.js";
import { planFiles } from "./desk-plan.js";

/**
 * @param {(method: string, path: string, body?: any) => Promise<any>} act
 * @param {(text: string) => void} say
 */
export function moreActs(act, say) {
  const link = document.body.dataset.teach;
  const copy = async () => {
    await navigator.clipboard.writeText(link).catch(() => {});
    say(t("copied"));
  };
  const end = async () => {
    if (!confirm(t("end.sure"))) return;
    const left = await act("DELETE", "");
    if (left) say(t("end.done", { n: left.left }));
  };
  return [
    h("a.button", { href: `/api/class/${document.body.dataset.room}/zip`, download: "", text: t("zip") }),
    ...planFiles(act, say),
    h(
      "details",
      {},
      h("summary", { text: t("teach.link") }),
      h("p", { text: t("teach.about") }),
      h("input", {
        readonly: true,
        value: link,
        "aria-label": t("teach.link"),
        onfocus: (event) => event.target.select(),
      }),
      h("button.button.quiet", { type: "button", text: t("copy"), onclick: copy }),
    ),
    h("button.button.danger", { type: "button", text: t("end"), onclick: end }),
  ];
}
