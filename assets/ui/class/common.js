// What the pages of a class room share: words, requests, and a room that is followed to its end. Knows no page.

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
 * Asks the server; what it says is wrong is thrown as an Error with its sentence.
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
  const text = await answer.text();
  const told = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Error(told?.error?.message ?? t("offline"));
  return told;
}

/**
 * Follows a room: ``changed`` is told all that is known under each name whenever some of it has changed.
 * @param {string} path
 * @param {(known: Record<string, any>, names: string[]) => void} changed
 * @param {(how: "ended") => void} ended
 */
export function follow(path, changed, ended) {
  const offline = document.querySelector(".class-offline");
  let known = {};
  let source = null;
  let wait = 500;
  const connect = () => {
    let fresh = true;
    source = new EventSource(address(path));
    source.onmessage = (event) => {
      const told = JSON.parse(event.data);
      const names = fresh ? [...new Set([...Object.keys(known), ...Object.keys(told)])] : Object.keys(told);
      if (fresh) known = {};
      fresh = false;
      for (const [name, value] of Object.entries(told)) {
        if (value === null) delete known[name];
        else known[name] = value;
      }
      wait = 500;
      show(offline, false);
      changed(known, names);
    };
    source.addEventListener("ended", () => {
      source.close();
      ended("ended");
    });
    source.onerror = () => {
      source.close();
      show(offline, true);
      setTimeout(connect, wait + Math.random() * 500);
      wait = Math.min(wait * 2, 5000);
    };
  };
  connect();
  return () => source.close();
}

function show(node, visible) {
  if (node) /** @type {HTMLElement} */ (node).hidden = !visible;
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
