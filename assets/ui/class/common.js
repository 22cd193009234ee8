// What the pages of a class room share: words, requests, and a room that is followed to its end. Knows no page.
import { follow } from "./follow.js";

const WORDS = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
const LANGUAGE = new URLSearchParams(location.search).get("lang");

/**
 * The string under ``class.<key>`` with {name} filled in.
 * @param {string} key
 * @param {Record<string, any>} [values]
 */
export function t(key, values = {}) {
  const text = WORDS[`class.${key}`] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** An address of ours, answered in the language of the page. */
export const address = (path) => (LANGUAGE ? `${path}${path.includes("?") ? "&" : "?"}lang=${LANGUAGE}` : path);

/**
 * Asks the server; what it says is wrong is thrown as an Error with its sentence and ``status``.
 * @param {string} method
 * @param {string} path
 * @param {any} [body]
 * @returns {Promise<any>}
 */
export async function ask(method, path, body) {
  const sent =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  let answer;
  try {
    answer = await fetch(address(path), { method, ...sent });
  } catch {
    throw new Error(t("offline"));
  }
  const told = await answer.json().catch(() => null); // nothing, or a page of somebody between us
  if (!answer.ok) throw Object.assign(new Error(told?.error?.message ?? t("offline")), { status: answer.status });
  return told;
}

/**
 * Follows a room: ``changed`` is told all that is known under each name whenever some of it has changed.
 * @param {string} path
 * @param {(known: Record<string, any>) => void} changed
 * @param {() => void} ended
 */
export function followRoom(path, changed, ended) {
  const offline = /** @type {HTMLElement | null} */ (document.querySelector(".class-offline"));
  const lost = (whether) => {
    if (offline) offline.hidden = !whether;
  };
  follow(address(`${path}/events`), { changed, lost, ended, isOver: () => isOver(path) });
}

/** Whether a room is gone; a seat that is no longer this phone's is told so by its page. */
async function isOver(path) {
  try {
    await ask("GET", path);
  } catch (error) {
    if (error.status === 403) location.reload();
    return error.status === 404;
  }
  return false;
}

/** The values under names that begin so, with the rest of the name as ``id``, in the order of their making. */
export const under = (known, prefix) =>
  Object.entries(known)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => ({ id: name.slice(prefix.length), ...value }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));

/** Says in a form what went wrong, until the next try. */
export function complain(form, message) {
  const line = form.querySelector(".class-error");
  line.textContent = message;
  line.hidden = !message;
}
