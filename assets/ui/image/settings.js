// Takes a file made here back in: its settings go into the form it came from. The server reads the file and keeps
// nothing of it. Knows which settings a wish can't do without.
import * as api from "../api.js";
import { reuse } from "../requests.js";
import { task } from "../state.js";
import { toast } from "../toast.js";
import { t } from "../words.js";

const MOST_NAMED = 8;
const FROM_PICTURE = new Set(["image_to_image", "inpaint"]);

/** Reads a file and fills the form it belongs to; throws with a sentence where the file says nothing. */
export async function settingsFrom(file) {
  const told = await api.inspect(file);
  const home = task(told.task);
  const files = home.fields.filter((field) => field.widget === "file").map((field) => field.name);
  const lacking = files.filter((name) => !(name in told.params));
  const params = { ...told.params, ...Object.fromEntries(lacking.map((name) => [name, ""])) };
  if (lacking.length && FROM_PICTURE.has(params.action)) params.action = "generate"; // what is given tells it
  reuse({ task: told.task, model: told.model ?? home.models.find((one) => !one.unfit)?.id, params });
  const said = [
    "image.settings.taken",
    told.model ? null : "image.settings.other_model",
    lacking.length ? "image.settings.picture_lacking" : null,
    told.left_out?.length ? "image.settings.left_out" : null,
  ].filter(Boolean);
  const values = { name: file.name, rest: (told.left_out ?? []).slice(0, MOST_NAMED).join(", ") };
  toast(said.map((key) => t(key, values)).join(" "), null, { stay: 10000 });
}
