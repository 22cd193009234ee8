// Entrance of the applications: their style sheet, their elements, and how their results are drawn.
import { styleSheet } from "../dom.js";
import { drawAs } from "../output.js";
import { beforeSending } from "../requests.js";
import { displayed, model, takes } from "../state.js";
import { StudioApplications } from "./choose.js";
import { drawMonitor } from "./monitor.js";
import { MODEL as RECOMMENDER, candidates, drawRecommended } from "./recommend.js";
import { drawAnswer, questions } from "./service.js";
import { StudioUnanswered } from "./unanswered.js";

styleSheet(new URL("./apps.css", import.meta.url));

customElements.define("studio-applications", StudioApplications);
customElements.define("studio-unanswered", StudioUnanswered);

function draw(item, partial) {
  if (partial) return null;
  const first = item.outputs?.find((output) => output.kind === "text");
  if (first?.meta?.found) return drawAnswer(item, first);
  const numbers = item.outputs?.find((output) => output.name === "monitor.json");
  const recommended = item.outputs?.find((output) => output.name === "recommended.json");
  if (recommended) return drawRecommended(item, recommended);
  return numbers ? drawMonitor(item, numbers) : null;
}

drawAs("apps", { draw });

beforeSending("apps", (values) => {
  if (takes(model("apps", values.model), "before")) return { before: questions(displayed("apps")) };
  return values.model === RECOMMENDER ? candidates() : {};
});
