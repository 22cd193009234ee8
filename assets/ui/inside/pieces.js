// A text as a row of tokens that one walks through with the arrow keys, and numbers that come packed.
// Knows elements and bytes, nothing of probabilities.
import { h } from "../dom.js";

/** A token as it can be seen: a blank alone and a line end by their signs. */
export const visible = (text) =>
  text.trim() ? text.replace(/\n/g, "") : text.replace(/\n/g, "⏎").replace(/\t/g, "⇥").replace(/ /g, "␣") || "∅";

/** Whether a new line begins after it: in prose at a line end, in verse at its sign. */
const breaks = (text) => text.includes("\n") || text === "／";

/**
 * Tokens as buttons with one tab stop; choose(number) is called for the one that is pressed or walked to.
 * @param {{ text: string, label: string, heat?: number, quiet?: boolean }[]} all
 * @param {(number: number) => void} choose
 * @param {string} label
 */
export function pieces(all, choose, label) {
  const buttons = all.map(({ text, label: name, heat, quiet }, number) =>
    h("button.piece", {
      type: "button",
      tabindex: "-1",
      "aria-label": name,
      "aria-pressed": "false",
      "data-quiet": quiet || null,
      style: heat === undefined ? null : `--heat: ${Math.round(heat)}%`,
      text: visible(text),
      onclick: () => press(number),
    }),
  );
  const node = h(
    "div.pieces",
    { role: "group", "aria-label": label },
    buttons.flatMap((button, number) => (breaks(all[number].text) ? [button, h("br")] : [button])),
  );
  let at = -1;

  function press(number, focus = false) {
    if (!buttons[number]) return;
    for (const [other, button] of buttons.entries()) {
      button.setAttribute("aria-pressed", String(other === number));
      button.tabIndex = other === number ? 0 : -1;
    }
    at = number;
    if (focus) buttons[number].focus();
    choose(number);
  }

  node.addEventListener("keydown", (event) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    press(to, true);
  });
  return { node, buttons, press };
}

/** How dark a probability is drawn, in per cent: small ones are seen too. */
export const heatOf = (share) => 92 * Math.sqrt(Math.min(1, share));

/**
 * Numbers 0..1 as the server packs them: bytes, deflated, in base 64.
 * @param {{ shape: number[], data: string }} packed
 */
export async function unpacked({ shape, data }) {
  const raw = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate"));
  return { shape, numbers: new Uint8Array(await new Response(stream).arrayBuffer()) };
}
