// How long what is made is kept: said once where it is not for long, with the way out beside it.
import { exportItems } from "./selection.js";
import { on, store, stored } from "./state.js";
import { complain, toast } from "./toast.js";
import { t } from "./words.js";

const SAID = "said.passing";
/** Milliseconds: the History tab goes on saying it. */
const STAY = 30000;

/**
 * From the first thing that is made: that it lasts until the server's next restart.
 * @param {{ passing: boolean }} page
 */
export function tellHowLong(page) {
  if (!page.passing || stored(SAID)) return;
  const stop = on("made", () => {
    stop();
    store(SAID, true);
    const takeAll = () => exportItems().catch(complain);
    toast(
      t("ui.history.passing"),
      { label: t("ui.history.export.all"), act: takeAll },
      { kind: "passing", stay: STAY },
    );
  });
}
