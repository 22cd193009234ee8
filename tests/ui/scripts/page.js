// The little of a browser that the page's modules touch while they are loaded, so that what is pure in them can be
// tested without one. Import this first; then import modules of assets/ui.

/** An element that keeps what was put into it. */
class Element {
  constructor(tag) {
    this.tag = tag;
    this.attributes = {};
    this.children = [];
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  append(...nodes) {
    this.children.push(...nodes);
  }

  replaceChildren(...nodes) {
    this.children = nodes;
  }

  set className(value) {
    this.attributes.class = value;
  }

  get textContent() {
    return this.children.map((child) => child.textContent ?? child).join("");
  }

  set textContent(value) {
    this.children = [value];
  }

  /** As one would write it, without attributes that are styles' business. */
  toString() {
    const { class: _, ...shown } = this.attributes;
    const attributes = Object.entries(shown).map(([name, value]) => ` ${name}="${value}"`);
    return `<${this.tag}${attributes.join("")}>${this.children.join("")}</${this.tag}>`;
  }
}

const kept = new Map();

globalThis.localStorage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => kept.set(name, value),
};
globalThis.location = new URL("http://page.test/");
globalThis.document = {
  createElement: (tag) => new Element(tag),
  createElementNS: (_, tag) => new Element(tag),
  querySelector: () => null,
  querySelectorAll: () => [],
  addEventListener: () => {},
  removeEventListener: () => {},
};
globalThis.HTMLElement = Element;
globalThis.CSS = { escape: (text) => text };

/** The page in a language, with these words in its tables. */
export function speak(language, words = {}) {
  const locale = language === "zh" ? "zh-CN" : "en";
  globalThis.window = { aigc: { language }, gradio_config: { i18n_translations: { [locale]: words } } };
}

/** Forgets what the browser kept. */
export function forget() {
  kept.clear();
}

export const keptUnder = (name) => JSON.parse(kept.get(`aigc.${name}`) ?? "null");

speak("en");
