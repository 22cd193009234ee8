// Builds DOM without ever parsing HTML: text stays text. Knows elements, nothing of the app.

/**
 * h("button.quiet", {onclick, title, ariaLabel}, ...children): children are nodes, strings or null.
 * Properties that start with "on" are listeners; the rest are attributes ("true" values are bare).
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
  return node;
}

/** Sets text only where it changed, so that screen readers and selections are left alone. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Shows or hides without moving focus. */
export function show(node, visible) {
  node.hidden = !visible;
}

/** True while the visitor is typing somewhere, so that single keys are theirs. */
export function typing() {
  const at = document.activeElement;
  return !!at && (at.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(at.tagName));
}

/** Calls back at most once a frame with the newest arguments. */
export function perFrame(callback) {
  let latest = null;
  return (...values) => {
    if (latest === null) requestAnimationFrame(() => { const now = latest; latest = null; callback(...now); });
    latest = values;
  };
}

/** Calls back once the visitor has paused for ``delay`` milliseconds. */
export function afterPause(callback, delay) {
  let timer = 0;
  return (...values) => { clearTimeout(timer); timer = setTimeout(callback, delay, ...values); };
}
