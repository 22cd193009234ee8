// Draws a scene's things, the frame of the chosen one, and boxes that wait to be painted. Knows canvases, no edits.
import { inColour } from "./scene-colours.js";

/** Light and dark, so that one of them is seen on any ground. */
const RINGS = /** @type {const} */ ([
  ["#000", 4],
  ["#fff", 2],
]);

/**
 * A thing in its box, looking its way; where it is dyed anew, in that colour.
 * @param {CanvasRenderingContext2D} context
 * @param {import("./scene-edits.js").Thing} thing
 * @param {ImageBitmap} sprite
 * @param {boolean} dyed
 */
export function drawThing(context, thing, sprite, dyed) {
  const [left, top, width, height] = thing.box;
  context.save();
  context.translate(left + width / 2, top);
  context.scale(thing.flip ? -1 : 1, 1);
  context.drawImage(dyed ? inColour(sprite, thing.colour) : sprite, -width / 2, 0, width, height);
  context.restore();
}

/**
 * A frame around a box; dashed while nothing is in it yet.
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} box
 * @param {boolean} [dashed]
 */
export function drawFrame(context, [left, top, width, height], dashed = false) {
  context.save();
  if (dashed) context.setLineDash([10, 7]);
  for (const [strokeStyle, lineWidth] of RINGS) {
    Object.assign(context, { strokeStyle, lineWidth });
    context.strokeRect(left, top, width, height);
  }
  context.restore();
}

/**
 * A box drawn by hand, with the words of what shall be in it.
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} box
 * @param {string} words
 */
export function drawSketch(context, box, words) {
  const [left, top, width, height] = box;
  context.save();
  context.fillStyle = "rgb(255 255 255 / 55%)";
  context.fillRect(left, top, width, height);
  Object.assign(context, { fillStyle: "#111", textAlign: "center", textBaseline: "middle" });
  context.font = "600 20px system-ui, sans-serif";
  context.fillText(words, left + width / 2, top + height / 2, Math.max(20, width - 12));
  context.restore();
  drawFrame(context, box, true);
}
