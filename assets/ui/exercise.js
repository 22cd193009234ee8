// An exercise: settings that a link (/?task=image&seed=7&lock=model&hide=steps) fills in, fixes or hides, and the one
// line that says so. The visitor's own settings stay where they are kept, and are back when the exercise is left.
import * as api from "./api.js";
import { h, show } from "./dom.js";
import { besideOf, placesOf, setInert, sheet } from "./field-places.js";
import { beginning, defaults } from "./defaults.js";
import { fix, keepIn, kept, replaceHidden, restored, setValues, values } from "./form.js";
import { PATHS, icon } from "./icons.js";
import { emit, learned, on, store, stored, task } from "./state.js";
import { openTab } from "./tabs.js";
import { complain, toast } from "./toast.js";
import { t } from "./words.js";

/** @import { Setup } from "./types.js" */

const DRAWER = "exercise.";
/** What says something else than settings. */
const BESIDE = ["lang", "tab", "remix"];

/** @type {{ setup: Setup, link: string } | null} */
let current = null;

/** The settings link in the address; empty where there is none. */
function linkIn(address) {
  const given = new URLSearchParams(new URL(address).search);
  for (const name of BESIDE) given.delete(name);
  return given.get("task") ? given.toString() : "";
}

/** Begins what the address asks for. Called before any form is filled, so that the visitor's own is not touched. */
export async function takeLink() {
  const link = linkIn(location.href);
  const taskId = new URLSearchParams(link).get("task");
  if (!link) return;
  const again = stored(`${DRAWER}link`) === link && Object.keys(stored(`${DRAWER}form.${taskId}`, {})).length > 0;
  if (!again) forgetDrawer();
  keepIn(taskId, DRAWER);
  try {
    const setup = await api.setup(`?${link}`);
    await learned;
    if (!task(setup.task)) throw new Error(t("ui.exercise.no_task"));
    store(`${DRAWER}link`, link);
    begin(setup, link, again);
  } catch (error) {
    await learned; // until the page is there nothing can be said
    keepIn(taskId, "");
    setValues(taskId, kept(taskId));
    clean();
    complain(error.code === "unknown_task" ? new Error(t("ui.exercise.no_task")) : error);
  }
}

/** Fills in, fixes and hides. Where the exercise was under way, what was done in it stays. */
async function begin(setup, link, again) {
  current = { setup, link };
  const start = { ...blank(setup), ...setup.values, model: setup.model };
  const some = again ? only(start, [...setup.locked, ...setup.hidden]) : start;
  setValues(setup.task, some);
  fix(setup.task, setup.locked);
  mark(setup);
  emit("exercise");
  await restored(setup.task);
  if (!again) replaceHidden(setup.task, {});
  openTab(setup.task);
}

/** Every setting as the model likes it, nothing written and no file chosen: the same for everybody. */
function blank({ task: taskId, model }) {
  const empty = task(taskId).fields.filter((field) => ["prompt", "file"].includes(field.widget));
  return { ...Object.fromEntries(empty.map((field) => [field.name, ""])), ...defaults(taskId, model) };
}

const only = (all, names) => Object.fromEntries(names.filter((name) => name in all).map((name) => [name, all[name]]));

/** The signs of what is fixed, and nothing of what is hidden. */
function mark({ task: taskId, locked, hidden }) {
  const off = hidden.flatMap((name) => [...placesOf(taskId, name), ...besideOf(taskId, name)]);
  if (hidden.includes("model")) off.push(`studio-model[data-task="${CSS.escape(taskId)}"]`);
  const signed = locked.flatMap((name) =>
    placesOf(taskId, name)
      .slice(0, 2)
      .map((place) => `${place} ${HEADING}`),
  );
  const beside = locked.flatMap((name) => besideOf(taskId, name));
  sheet("exercise", [
    off.length ? `${off.join(", ")} { display: none !important; }` : "",
    signed.length ? `${signed.map((place) => `:root body ${place}::after`).join(", ")} { ${SIGN} }` : "",
    locked.includes("model") ? `:root body [id="${CSS.escape(taskId)}-model"]::after { ${SIGN} ${IN_THE_CORNER} }` : "",
    beside.length ? `${beside.join(", ")} { opacity: 0.5; }` : "",
  ]);
  if (locked.length) setInert([...locked.flatMap((name) => placesOf(taskId, name).slice(1, 2)), ...beside], true);
}

const DRAWN =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" ` +
  `stroke="black" stroke-width="2">` +
  `<path d="${PATHS.lock}"/></svg>`;
const MASK = `url("data:image/svg+xml,${encodeURIComponent(DRAWN)}") center / contain no-repeat`;
const HEADING = ':is([data-testid="block-info"], .drop-title, .label-text)';
const SIGN = `content: ""; display: inline-block; width: 15px; height: 15px; margin-inline-start: 6px;
  vertical-align: -2px; background: var(--body-text-color-subdued); mask: ${MASK};`;
/** Where there is no heading to stand beside. */
const IN_THE_CORNER = "position: absolute; z-index: 2; top: 10px; inset-inline-end: 10px; pointer-events: none;";

/** Everything as the visitor had it. */
export function leave() {
  const { setup, link } = current;
  const at = values(setup.task);
  current = null;
  unmark(setup);
  fix(setup.task, []);
  keepIn(setup.task, "");
  const own = kept(setup.task);
  setValues(setup.task, own.model ? { ...blank({ ...setup, model: own.model }), ...own } : beginning(setup.task));
  if (!own.model) replaceHidden(setup.task, {});
  clean();
  emit("exercise");
  toast(t("ui.exercise.left"), {
    label: t("ui.exercise.return"),
    act: () => {
      keepIn(setup.task, DRAWER);
      window.history.replaceState(null, "", `?${link}`);
      setValues(setup.task, at);
      begin(setup, link, true);
    },
  });
}

function unmark({ task: taskId, locked }) {
  sheet("exercise", []);
  const inert = locked.flatMap((name) => [...placesOf(taskId, name).slice(1, 2), ...besideOf(taskId, name)]);
  if (inert.length) setInert(inert, false);
}

/** The address without the link: a reload is the plain page. */
function clean() {
  const url = new URL(location.href);
  for (const name of [...url.searchParams.keys()]) if (!BESIDE.includes(name)) url.searchParams.delete(name);
  window.history.replaceState(window.history.state, "", url);
}

function forgetDrawer() {
  try {
    Object.keys(localStorage)
      .filter((name) => name.startsWith(`aigc.${DRAWER}`))
      .forEach((name) => localStorage.removeItem(name));
  } catch {
    /* nothing can be kept here */
  }
}

/** <studio-exercise data-task="image">: the one line over the form of an exercise. */
export class StudioExercise extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "status");
    this.forget = [on("exercise", () => this.draw())];
    this.draw();
    if (current?.setup.task === this.dataset.task) requestAnimationFrame(() => current && mark(current.setup));
  }

  disconnectedCallback() {
    this.forget.forEach((stop) => stop());
  }

  draw() {
    const here = current?.setup.task === this.dataset.task;
    show(this, !!here);
    if (!here) return this.replaceChildren();
    const { task: taskId, locked, hidden, refused } = current.setup;
    const strict = locked.length + hidden.length > 0;
    const names = locked.map((name) => labelOf(taskId, name).replace(/[?？]$/, "")).join(t("list.comma"));
    this.replaceChildren(
      h(
        "p.exercise-line",
        {},
        icon(strict ? "lock" : "share"),
        h(
          "span",
          {},
          h("b", { text: t(strict ? "ui.exercise" : "ui.exercise.filled") }),
          names ? ` ${t("ui.exercise.fixed", { names })}` : null,
        ),
        h("button.action", {
          type: "button",
          text: t(strict ? "ui.exercise.leave" : "ui.exercise.leave.filled"),
          onclick: leave,
        }),
      ),
      refused.length
        ? h("p.exercise-refused", {
            text: t("ui.exercise.refused", { what: refused.map((one) => one.message).join(" ") }),
          })
        : "",
    );
  }
}

/** What a setting is called, in the page's language. */
export const labelOf = (taskId, name) =>
  t(name === "model" ? "ui.model" : (task(taskId).fields.find((field) => field.name === name)?.label ?? name));
