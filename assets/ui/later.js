// What comes once it is needed: lessons, their words and those of what is seen inside results. Asked for once.
import * as api from "./api.js";
import { addWords } from "./words.js";

/** @import { Lesson } from "./types.js" */

/** @type {Promise<Lesson[]> | null} */
let coming = null;

/** Settles with the lessons, when all words are known. */
export function later() {
  coming ??= api.later().then(({ lessons, words }) => {
    addWords(words);
    return lessons;
  });
  coming.catch(() => (coming = null));
  return coming;
}
