// A piece on a shared page: the app's player with its waveform in place of the browser's, and the roll that moves.
import "../share/words-here.js";
import { find, findAll } from "../dom.js";
import { heard } from "./notes.js";
import { Player } from "./player.js";
import { Roll } from "./roll.js";

for (const tune of findAll(".tune")) {
  const { name, peaks, score, seconds } = tune.dataset;
  const sources = findAll("source", tune).map((one) => ({ url: one.src, type: one.type }));
  /** @type {Roll | null} */
  let roll = null;
  const player = new Player(sources, {
    peaks: JSON.parse(peaks),
    seconds: Number(seconds),
    name,
    moved: (now) => roll?.at(now),
  });
  find(".tune-player", tune).replaceChildren(player.node);
  if (score) draw().catch(() => {}); // the sound plays without it

  async function draw() {
    const piece = heard(await (await fetch(score)).text());
    if (!piece) return;
    roll = new Roll((at) => player.seek(at));
    const before = find(".tune-sheet", tune);
    if (before) before.before(roll.node);
    else tune.append(roll.node);
    roll.watch();
    roll.show(piece);
  }
}
