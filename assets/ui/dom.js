// Builds DOM without ever parsing HTML: text stays text. Knows elements, nothing of the app.

/**
 * h("button.quiet", {onclick, title}, ...children): children are nodes, strings, lists of them, or null.
 * Properties that start with "on" are listeners; the rest are attributes ("true" values are bare).
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag | `${Tag}.${string}`} selector
 * @param {Record<string, any>} [properties]
 * @param {...any} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(selector, properties = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return /** @type {any} */ (node);
}

/**
 * Sets text only where it changed, so that screen readers and selections are left alone.
 * @param {Node} node
 * @param {string} text
 */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Shows or hides without moving focus.
 * @param {HTMLElement} node
 * @param {boolean} visible
 */
export function show(node, visible) {
  node.hidden = !visible;
}

/**
 * The first element that a selector finds, or null.
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {any}
 */
export const find = (selector, within = document) => within.querySelector(selector);

/**
 * All elements that a selector finds.
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {any[]}
 */
export const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

/**
 * What stands in an element now.
 * @param {Element} node
 * @returns {any[]}
 */
export const childrenOf = (node) => [...node.children];

/** True while the visitor is typing somewhere, so that single keys are theirs. */
export function typing() {
  const at = /** @type {HTMLElement | null} */ (document.activeElement);
  return !!at && (at.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(at.tagName));
}

/**
 * Calls back at most once a frame with the newest arguments.
 * @template {any[]} Values
 * @param {(...values: Values) => void} callback
 * @returns {(...values: Values) => void}
 */
export function perFrame(callback) {
  let latest = null;
  return (...values) => {
    if (latest === null)
      requestAnimationFrame(() => {
        const now = latest;
        latest = null;
        callback(...now);
      });
    latest = values;
  };
}

/**
 * Calls back once the visitor has paused for ``delay`` milliseconds.
 * @template {any[]} Values
 * @param {(...values: Values) => void} callback
 * @param {number} delay
 * @returns {(...values: Values) => void}
 */
export function afterPause(callback, delay) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(callback, delay, ...values);
  };
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * The same for a drawing: svg("path", {d}), classes among the attributes.
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...SVGElement} children
 */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/**
 * Saves what lies at an address, under a name of our choice.
 * @param {string} url
 * @param {string} name
 */
export function download(url, name) {
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

/**
 * Saves what was made in this browser.
 * @param {Blob} blob
 * @param {string} name
 */
export function downloadBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  download(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 10000); // the browser reads it a little later
}

/**
 * Adds a style sheet to the page, if it is not there yet.
 * @param {URL} url
 */
export function styleSheet(url) {
  const there = findAll("link[rel=stylesheet]").some((link) => link.href === url.href);
  if (!there) document.head.append(h("link", { rel: "stylesheet", href: url.href }));
}
