// Runs first in the page's head, before Gradio asks the browser for its language and colour scheme:
// answers for both with what the visitor chose. Knows nothing of the page itself.
(() => {
  const read = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const write = (name, value) => {
    try {
      localStorage.setItem(name, value);
    } catch {
      /* private mode */
    }
  };

  // Language: that of the document, which the server chose by ?lang=, the cookie and what the browser asks for. Where
  // the cookie is gone, local storage knows better: the document is asked for again. All Chinese reads as zh-CN.
  const normal = (tag) => (tag ? (/^zh/i.test(tag) ? "zh" : "en") : null);
  const cookie = /(?:^|; )aigc_lang=[a-zA-Z-]+/.test(document.cookie);
  const asked = new URLSearchParams(location.search).has("lang");
  const remember = (language) => {
    write("aigc.language", language);
    const secure = location.protocol === "https:" ? "; Secure; SameSite=None; Partitioned" : "; SameSite=Lax";
    document.cookie = `aigc_lang=${language}; Path=/; Max-Age=31536000${secure}`;
  };
  const language = normal(document.documentElement.lang) ?? "en";
  if (asked) remember(language);
  const locale = language === "zh" ? "zh-CN" : "en";
  const kept = normal(read("aigc.language"));
  if (!asked && !cookie && kept && kept !== language) {
    const url = new URL(location.href);
    url.searchParams.set("lang", kept);
    location.replace(url);
  }
  if (/Mac|iPhone|iPad/.test(navigator.platform)) document.documentElement.dataset.mac = "";
  Object.defineProperty(navigator, "language", { configurable: true, get: () => locale });
  Object.defineProperty(navigator, "languages", { configurable: true, get: () => Object.freeze([locale]) });

  // Theme: "light", "dark", or the system's. Gradio follows this media query while the page lives.
  const real = window.matchMedia.bind(window);
  const system = real("(prefers-color-scheme: dark)");
  const listeners = new Set();
  let choice = read("aigc.theme");
  const isDark = () => (choice ? choice === "dark" : system.matches);
  const paint = () => {
    document.documentElement.style.colorScheme = isDark() ? "dark" : "light";
    document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  };
  const tell = () => {
    paint();
    for (const listener of listeners) listener({ matches: isDark() });
  };
  window.matchMedia = (query) => {
    if (!/^\(prefers-color-scheme: dark\)$/.test(query.trim())) return real(query);
    return {
      media: query,
      get matches() {
        return isDark();
      },
      addEventListener: (_, listener) => listeners.add(listener),
      removeEventListener: (_, listener) => listeners.delete(listener),
      addListener: (listener) => listeners.add(listener),
      removeListener: (listener) => listeners.delete(listener),
      dispatchEvent: () => true,
      onchange: null,
    };
  };
  system.addEventListener("change", tell);
  paint();

  window.aigc = {
    language,
    setLanguage(next) {
      remember(next);
    },
    get dark() {
      return isDark();
    },
    setTheme(next) {
      choice = next;
      write("aigc.theme", next);
      tell();
    },
  };
})();
