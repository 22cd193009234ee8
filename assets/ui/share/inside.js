// What was seen inside a shared item, drawn when it is unfolded. Without a script it stands there in words.
import "./words-here.js";
import { find } from "../dom.js";
import { drawn } from "../inside/drawing.js";
import { language } from "../words.js";

const folded = find("details[data-inside]");

folded?.addEventListener("toggle", draw, { once: true });

async function draw() {
  const address = `/api/shared/${encodeURIComponent(folded.dataset.inside)}/explain`;
  const answer = await fetch(address, { headers: { "Accept-Language": language === "zh" ? "zh-CN" : "en" } });
  if (!answer.ok) return; // the words stay
  const nodes = await drawn(await answer.json(), { audio: folded.dataset.sound || null });
  find(".inside-seen", folded).replaceChildren(...nodes);
}
