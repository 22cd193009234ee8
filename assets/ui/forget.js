// For a computer that others use: everything here and on the server goes, and the page starts anew.
import * as api from "./api.js";
import { complain } from "./toast.js";
import { t } from "./words.js";

/** What this browser keeps for whoever was here. */
export function emptyDrawers() {
  Object.keys(localStorage)
    .filter((name) => name.startsWith("aigc"))
    .forEach((name) => localStorage.removeItem(name));
}

export async function forgetMe() {
  if (!window.confirm(t("ui.history.forget.sure"))) return;
  try {
    await api.forgetMe();
    emptyDrawers();
    location.reload();
  } catch (error) {
    complain(error);
  }
}
