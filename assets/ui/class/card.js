// One result as a card: on the phone that made it, at the teacher's desk, on the wall.
import { h } from "../dom.js";
import { t } from "./common.js";

/** Where a result is that is not there yet, as its maker is told it, or others. */
export function stage(result, own = true) {
  if (result.status === "failed") return result.error ?? t("stage.failed");
  if (result.status === "cancelled") return t("stage.stopped");
  if (result.stage === "loading") return t("stage.loading");
  if (result.stage !== "queued") return result.stage ? t("stage.running") : t("making");
  const [ahead, next] = own ? ["stage.ahead", "stage.next"] : ["stage.place", "stage.first"];
  const place = result.ahead ? t(ahead, { n: result.ahead }) : t(next);
  return result.seconds ? `${place}, ${t("stage.seconds", { n: result.seconds })}` : place;
}

export const waits = (result) => ["queued", "loading", "running"].includes(result.status);

/** What was made: words, pictures, or something that plays. */
export function content(result) {
  return (result.files ?? []).map((file) => {
    if (file.kind === "text") return h("div.card-text", { dir: "auto", text: file.text.trim() });
    if (file.kind === "audio") return player("audio", file);
    if (file.kind === "video") return player("video", file);
    const size = file.width ? { width: file.width, height: file.height } : {};
    return h("img.card-picture", { src: file.url, alt: result.asked ?? "", decoding: "async", ...size });
  });
}

/** Only one plays at a time. */
function player(kind, file) {
  const node = h(kind, { controls: true, preload: "metadata", src: file.url, playsinline: true });
  node.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio, video")) {
      if (other !== node) /** @type {HTMLMediaElement} */ (other).pause();
    }
  });
  return node;
}

/**
 * @param {any} result
 * @param {{names?: boolean, acts?: any[], own?: boolean}} [how]
 */
export function card(result, { names = true, acts = [], own = false } = {}) {
  const made = content(result);
  const body = made.length ? made : h("p.card-stage", { text: stage(result, own) });
  return h(
    "article.card",
    { "data-id": result.id, "data-status": result.status, "data-state": result.state, tabindex: "-1" },
    h("div.card-made", {}, body),
    h("p.card-asked", { dir: "auto", text: result.asked ?? "" }),
    names
      ? h("p.card-who", { dir: "auto" }, h("span", { "aria-hidden": "true", text: result.picture }), ` ${result.name}`)
      : null,
    result.same ? h("p.card-same", { text: t("same", { name: names ? result.same : "…" }) }) : null,
    acts.length ? h("p.card-acts", {}, ...acts) : null,
  );
}

/**
 * Puts cards in place of those that have changed and leaves the others as they are, so that what plays goes on.
 * @param {HTMLElement} place
 * @param {any[]} results
 * @param {(result: any) => HTMLElement} draw
 */
export function lay(place, results, draw) {
  const there = new Map([...place.children].map((node) => [/** @type {HTMLElement} */ (node).dataset.id, node]));
  const laid = results.map((result) => {
    const known = there.get(result.id);
    const print = JSON.stringify(result);
    if (known && /** @type {HTMLElement} */ (known).dataset.print === print) return known;
    const node = draw(result);
    node.dataset.print = print;
    if (known) node.classList.add("known");
    return node;
  });
  const same = laid.length === place.children.length && laid.every((node, at) => node === place.children[at]);
  if (!same) place.replaceChildren(...laid);
}
