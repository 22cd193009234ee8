// What to do while the server does not answer: say so, ask until it does, and let whoever waits go on. Knows the
// health route and one message; nothing of what was asked for.
import { toast } from "./toast.js";
import { t } from "./words.js";

const HEALTH = new URL("../../healthz", import.meta.url);
const FIRST = 1000;
const LONGEST = 5000;

/** @type {Promise<void> | null} */
let waiting = null;

/** Whether an answer came from a proxy in the server's place: it starts, sleeps or was stopped. */
export const standsIn = (response, answer) => [502, 503, 504].includes(response.status) && !answer?.error;

/**
 * Says that the server does not answer, once for all who ask, and settles when it does.
 * @returns {Promise<void>}
 */
export function serverIsBack() {
  waiting ??= ask().finally(() => {
    waiting = null;
  });
  return waiting;
}

async function ask() {
  const leave = toast(t("ui.away"), null, { kind: "away", stay: 0 });
  for (let wait = FIRST; ; wait = Math.min(wait * 1.5, LONGEST)) {
    await new Promise((settle) => setTimeout(settle, wait));
    try {
      const answer = await fetch(HEALTH, { cache: "no-store", credentials: "same-origin" });
      if (answer.ok && (await answer.json()).status === "alive") break;
    } catch {
      // not yet
    }
  }
  leave();
}
