// Small pictures as canvases: a list of greys from -1 to 1 becomes one, with words for whoever cannot see it.
import { h } from "../dom.js";

/**
 * @param {number[]} picture greys, row by row
 * @param {string} words what it shows
 * @param {string} [name] a class of its own
 */
export function grey(picture, words, name = "") {
  const canvas = h("canvas.small-picture", { role: "img", "aria-label": words });
  if (name) canvas.classList.add(name);
  paint(canvas, picture);
  return canvas;
}

/** Paints a picture anew into its canvas. */
export function paint(canvas, picture) {
  const side = Math.round(Math.sqrt(picture.length));
  [canvas.width, canvas.height] = [side, side];
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  picture.forEach((value, at) => {
    const byte = Math.round((Math.min(1, Math.max(-1, value)) + 1) * 127.5);
    image.data.set([byte, byte, byte, 255], 4 * at);
  });
  context.putImageData(image, 0, 0);
}

const files = new Map();

/** A file of numbers beside the scripts, fetched once; one that failed is asked for again. */
export function numbers(name) {
  if (!files.has(name)) {
    const asked = fetch(new URL(`./data/${name}`, import.meta.url)).then((answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    });
    files.set(name, asked);
    asked.catch(() => files.delete(name));
  }
  return files.get(name);
}

/** Where a file beside the scripts lies. */
export const addressOf = (name) => new URL(`./data/${name}`, import.meta.url).href;
