// The colours that a scene's things may take, and a first idea of how one looks in them: the server dyes it properly.
import { h } from "../dom.js";

export const COLOURS = {
  red: "#de302c",
  orange: "#f58c2a",
  yellow: "#face3e",
  green: "#54ac4a",
  blue: "#3e80de",
  purple: "#9058cc",
  pink: "#f68eb2",
  brown: "#8e603e",
  black: "#3a3a44",
  white: "#f0f0f4",
  grey: "#989aa2",
};

/**
 * A picture in another colour, its light and shade as they were.
 * @param {ImageBitmap} sprite
 * @param {string} colour
 */
export function inColour(sprite, colour) {
  const canvas = h("canvas", { width: sprite.width, height: sprite.height });
  const context = canvas.getContext("2d");
  context.drawImage(sprite, 0, 0);
  context.globalCompositeOperation = "color";
  context.fillStyle = COLOURS[colour];
  context.fillRect(0, 0, sprite.width, sprite.height);
  context.globalCompositeOperation = "destination-in";
  context.drawImage(sprite, 0, 0);
  return canvas;
}
