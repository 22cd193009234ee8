// How real pictures look to a GAN's discriminator, as two histograms: those held back, and those that were drawn.
// Knows judged.json of a training; knows no training.
import { h, svg } from "../dom.js";
import { number, t } from "../words.js";

const [WIDTH, HEIGHT] = [400, 90];
const word = (name, values) => t(`ui.judged.${name}`, values);

/** @param {string} address of judged.json */
export async function judgedOf(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(answer.statusText);
  const found = await answer.json();
  return h(
    "section",
    {},
    h("h3", { text: word("title") }),
    h("p", { text: word("about") }),
    h(
      "div.judged",
      {},
      ["real", "drawn"].map((side) => histogram(side, found[side])),
    ),
  );
}

/** Counts as bars from D = 0 to D = 1, in words as the part above one half. */
function histogram(side, counts) {
  const [most, all] = [Math.max(...counts, 1), counts.reduce((sum, count) => sum + count, 0) || 1];
  const believed = counts.slice(counts.length / 2).reduce((sum, count) => sum + count, 0);
  const told = word(side, { share: number((100 * believed) / all, 0) });
  const width = WIDTH / counts.length;
  return h(
    "figure",
    {},
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": told, "data-side": side },
      ...counts.map((count, at) => {
        const height = (HEIGHT * count) / most;
        return svg("rect", { x: at * width, y: HEIGHT - height, width: width - 2, height });
      }),
    ),
    h(
      "p.judged-axis",
      { "aria-hidden": "true" },
      h("span", { text: "0" }),
      h("span", { text: "½" }),
      h("span", { text: "1" }),
    ),
    h("figcaption", { text: told }),
  );
}
