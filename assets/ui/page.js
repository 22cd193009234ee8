// Entrance: defines the elements, finds running jobs again, and gives Gradio's events their functions.
import { arrive } from "./account.js";
import * as api from "./api.js";
import { StudioChips, StudioPresets } from "./choices.js";
import { namesOf } from "./defaults.js";
import { find, typing } from "./dom.js";
import { StudioEnglish } from "./english.js";
import { StudioExercise, takeLink } from "./exercise.js";
import { restore, restored } from "./form.js";
import { reuse } from "./requests.js";
import { currentTab, openTab } from "./tabs.js";
import { StudioFold } from "./fold.js";
import { StudioHeader } from "./header.js";
import { StudioHistory } from "./history.js";
import { StudioInvitations } from "./invitations.js";
import { StudioJob } from "./job.js";
import {
  allTasks,
  display,
  displayed,
  emit,
  follow,
  learned,
  on,
  promptField,
  store,
  stored,
  tabName,
  task,
} from "./state.js";
import { StudioModel } from "./model-info.js";
import { StudioFieldChoices } from "./field-choices.js";
import "./own-models.js";
import { StudioRequest } from "./request-line.js";
import { StudioPromptExpander } from "./prompt-expander.js";
import { StudioSeedDice } from "./seed-dice.js";
import { present, presenting, walks } from "./present.js";
import { StudioSetupLink } from "./setup-link.js";
import { StudioProjects } from "./projects.js";
import { StudioStrip } from "./strip.js";
import { complain, toast } from "./toast.js";
import { StudioTransfer } from "./transfer.js";
import { StudioUpload } from "./upload.js";
import { StudioUsage } from "./usage.js";
import { t } from "./words.js";
import { renewTakenUp } from "./zerogpu.js";

export { connect, fill, remember, restore } from "./form.js";
export { wasOpen } from "./more.js";
export { submit } from "./requests.js";
export { connectTabs, lastTab, tabShown, wantedTab } from "./tabs.js";

renewTakenUp();

/** Takes up jobs that run already: those of this tab's last visit, of another tab, of another device. */
async function takeUp() {
  const { items } = await api.active();
  for (const item of items) {
    follow(item);
    emit("taken up", item);
    if (!displayed(item.task)) display(item.task, item);
  }
  for (const { id } of allTasks()) {
    const last = stored(`shown.${id}`);
    if (last && !displayed(id)) await showAgain(id, last);
  }
}

/** ``/?remix=<token>``: a shared item's settings, to make another like it. */
async function remix() {
  const url = new URL(location.href);
  const token = url.searchParams.get("remix");
  if (!token) return;
  url.searchParams.delete("remix");
  window.history.replaceState(window.history.state, "", url);
  try {
    const item = await api.shared(token);
    await learned;
    if (!task(item.task)) throw new Error(t("ui.remix.no_task"));
    await restored(item.task);
    const empty = Object.fromEntries(task(item.task).fields.map((field) => [field.name, field.default]));
    reuse({ ...item, seed: null, params: { ...empty, ...item.params, seed: null } });
    const wordless = promptField(item.task) && !(promptField(item.task).name in item.params);
    toast(t(wordless ? "ui.remix.wordless" : "ui.remix.filled"));
  } catch (error) {
    complain(error);
  }
}

/** ``/?adopt=<token>``: a shared model becomes this visitor's own, to use and to train further. */
async function adopt() {
  const url = new URL(location.href);
  const token = url.searchParams.get("adopt");
  if (!token) return;
  url.searchParams.delete("adopt");
  window.history.replaceState(window.history.state, "", url);
  try {
    const item = await api.adopt(token);
    await learned;
    store(`shown.${item.task}`, item.id);
    display(item.task, item);
    emit("made", item);
    openTab(item.task);
    toast(t("ui.adopted"));
  } catch (error) {
    complain(error);
  }
}

async function showAgain(taskId, id) {
  try {
    const item = await api.item(id);
    if (!displayed(taskId)) display(taskId, item);
  } catch (error) {
    if (error.status === 404) store(`shown.${taskId}`, null);
  }
}

// -- tabs -----------------------------------------------------------------------------------------

on("tab", (id) => {
  document.title = `${tabName(id)} · AIGC Studio`;
  document.body.dataset.tab = id;
});

// On a phone whoever has scrolled down to the settings is brought back to the result; in Learn, below the lesson, too.
on("sending", (taskId) => {
  if (innerWidth > 860 && !task(taskId)?.lesson) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  document
    .querySelector(`studio-job[data-task="${CSS.escape(taskId)}"]`)
    ?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
});

// -- keys -----------------------------------------------------------------------------------------

document.addEventListener(
  "keydown",
  (event) => {
    if (find("dialog[open]")) return; // a dialog has keys of its own
    const tab = currentTab();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const own = document.activeElement?.closest("form[data-sends]")?.querySelector("[type=submit]"); // of a result
      const go = own ?? find(tab === "learn" ? ".lesson-bench:not([hidden]) .go" : `[id="${tab}-go"]`);
      if (!event.repeat) go?.click();
      event.preventDefault();
    } else if (event.key === "Escape") {
      const open = find("details.running[open]");
      if (open) open.open = false;
      else if (presenting()) present(false);
      else find(`studio-job[data-task="${CSS.escape(tab ?? "")}"]`)?.cancel();
    } else if (event.key === "/" && !typing()) {
      const box =
        tab === "history"
          ? find("studio-history input")
          : find(`#${CSS.escape(`${tab}-${promptField(tab)?.name}`)} textarea`);
      box?.focus();
      event.preventDefault();
    } else if (event.key === "p" && !typing() && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (tab === "history" && !presenting()) find("studio-history")?.present();
      else present(!presenting());
    } else if (walks(event)) {
      event.preventDefault();
    }
  },
  true,
);

// Who double-clicks means one: the second click of the two starts nothing more.
const STARTERS = ".go, .action, [data-act]";
document.addEventListener(
  "click",
  (event) => {
    const target = /** @type {Element} */ (event.target);
    if (event.detail < 2 || !target.closest?.(STARTERS) || target.closest("dialog")) return;
    event.stopImmediatePropagation();
    event.preventDefault();
  },
  true,
);

document.addEventListener("click", (event) => {
  const open = find("details.running[open]");
  if (open && !open.contains(/** @type {Node} */ (event.target))) open.open = false;
});

// -- begin ----------------------------------------------------------------------------------------

// The elements read their words from Gradio's configuration, which stands in the page before them.
for (const [name, element] of Object.entries({
  "studio-header": StudioHeader,
  "studio-chips": StudioChips,
  "studio-presets": StudioPresets,
  "studio-model": StudioModel,
  "studio-fold": StudioFold,
  "studio-seed-dice": StudioSeedDice,
  "studio-upload": StudioUpload,
  "studio-job": StudioJob,
  "studio-strip": StudioStrip,
  "studio-history": StudioHistory,
  "studio-invitations": StudioInvitations,
  "studio-usage": StudioUsage,
  "studio-prompt-expander": StudioPromptExpander,
  "studio-request": StudioRequest,
  "studio-english": StudioEnglish,
  "studio-field-choices": StudioFieldChoices,
  "studio-exercise": StudioExercise,
  "studio-setup-link": StudioSetupLink,
  "studio-projects": StudioProjects,
  "studio-transfer": StudioTransfer,
}))
  customElements.define(name, element);

/** A task's own modules define its elements and say how its items are drawn: fetched with the first that needs them. */
on("tab", (id) => {
  const needed = id === "history" ? allTasks() : id === "learn" ? allTasks().filter((one) => one.lesson) : [task(id)];
  if (id === "learn") import("./learn/lessons.js");
  for (const one of needed) for (const script of one?.scripts ?? []) import(new URL(script, import.meta.url).href);
});
// Forms of lessons are filled like all others before they are seen; they are drawn with their lesson.
learned.then(() => allTasks().forEach((one) => one.lesson && restore(one.id, namesOf(one.id))));
learned.then(takeUp).catch(() => setTimeout(() => takeUp().catch(() => {}), 3000));
arrive();
remix();
adopt();
takeLink();
