// The tabs: which one is open, how a script opens another, and the way back. Gradio owns them; its events call what
// is exported here.
import { warm } from "./api.js";
import { emit, store, stored, task } from "./state.js";

let tab = null;
let wanted = null;
let turnTabs = null;
let taught = null;

/** Read before Gradio opens its first tab and says so. */
const given = new URLSearchParams(location.search);
const asked = given.get("tab") ?? given.get("task") ?? stored("tab");

export const currentTab = () => tab;

/** Gradio shows a tab. Until ``lastTab`` has chosen one that is its own choice and nobody's wish. */
export function tabShown(id) {
  if (tab !== null) show(id);
}

/** On load: the tab that a script opened before there were any, the one asked for (?tab=), else the last one. */
export function lastTab(tabs) {
  const selected = [wanted, asked].find((one) => tabs.includes(one)) ?? tabs[0];
  window.history.replaceState({ ...window.history.state, tab: selected }, "");
  show(selected);
  return [{ __type__: "update", selected }];
}

function show(id) {
  tab = id;
  store("tab", id);
  if (window.history.state?.tab !== id) {
    const url = new URL(location.href);
    url.searchParams.set("tab", id);
    window.history.pushState({ tab: id }, "", url);
  }
  emit("tab", id);
  if (task(id)) warm(id).catch(() => {}); // only a hint: whoever asks in earnest is told what is wrong
}

// Back and forward walk through the tabs that were open.
window.addEventListener?.("popstate", (event) => {
  if (event.state?.tab) openTab(event.state.tab);
});

/** Gradio hands over the trigger that makes it call ``wantedTab``. */
export function connectTabs(turn) {
  turnTabs = turn;
  if (wanted && wanted !== tab) turn();
}

export const wantedTab = () => [{ __type__: "update", selected: wanted }];

/** The task whose lesson Learn was last asked for; null where none was. */
export const wantedLesson = () => taught;

/** Opens a tab, or Learn at the lesson of a task that stands there. */
export function openTab(id) {
  const lesson = task(id)?.lesson;
  if (lesson) {
    taught = id;
    emit("lesson", id);
  }
  const next = lesson ? "learn" : id;
  if (tab === next) return;
  wanted = next;
  turnTabs?.();
  window.scrollTo({ top: 0 });
}
