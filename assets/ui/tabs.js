// The tabs: which one is open, and how a script opens another. Gradio owns them; its events call what is exported.
import { warm } from "./api.js";
import { emit, store, stored } from "./state.js";

let tab = null;
let wanted = null;
let turnTabs = null;

export const currentTab = () => tab;

export function tabShown(id) {
  tab = id;
  store("tab", id);
  emit("tab", id);
  if (id !== "history") warm(id).catch(() => {}); // only a hint: whoever asks in earnest is told what is wrong
}

/** On load: the tab asked for (?tab=), else the last one. */
export function lastTab(tabs) {
  const asked = new URLSearchParams(location.search).get("tab") ?? stored("tab");
  const selected = tabs.includes(asked) ? asked : tabs[0];
  tabShown(selected);
  return [{ __type__: "update", selected }];
}

/** Gradio hands over the trigger that makes it call ``wantedTab``. */
export function connectTabs(turn) {
  turnTabs = turn;
}

export const wantedTab = () => [{ __type__: "update", selected: wanted }];

export function openTab(id) {
  if (tab === id) return;
  wanted = id;
  turnTabs?.();
  window.scrollTo({ top: 0 });
}
