// Signing in where the server offers it, so that other devices find the same history. In another site's frame a tab of
// its own does it, because providers let themselves be framed by nobody, and then tells the frame that opened it.
import * as api from "./api.js";
import { emptyDrawers } from "./forget.js";
import { complain, toast } from "./toast.js";
import { t } from "./words.js";

const SIGNED_IN = "#signed-in";
const FAILED = "#sign-in-failed";
const TOLD = "aigc.signed-in";

const framed = () => window.parent !== window;

/** Goes to the provider, or lets another tab go there for this frame. */
export function signIn() {
  const url = api.address("api/login");
  if (!framed()) {
    location.assign(url);
    return;
  }
  const tab = window.open(url, "_blank");
  toast(t("ui.account.other_tab"));
  window.addEventListener("message", async (event) => {
    if (event.origin !== location.origin || event.source !== tab || event.data?.kind !== TOLD) return;
    try {
      await api.claimSignIn(event.data.code);
      location.reload();
    } catch (error) {
      complain(error);
    }
  });
}

/** A stranger on this computer from now on; the account keeps what it has. */
export async function signOut() {
  try {
    await api.signOut();
    emptyDrawers();
    location.reload();
  } catch (error) {
    complain(error);
  }
}

/** Says what came of it, once the provider has sent the visitor back. */
export function arrive() {
  const { hash } = location;
  if (hash !== SIGNED_IN && hash !== FAILED) return;
  window.history.replaceState(window.history.state, "", location.pathname + location.search);
  if (hash === FAILED) toast(t("ui.account.failed"), null, { kind: "error" });
  else toast(t("ui.account.signed_in"));
}
