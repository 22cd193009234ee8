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

  // Language: ?lang=, then the cookie, then local storage, then the browser. All Chinese reads as zh-CN.
  const normal = (tag) => (tag ? (/^zh/i.test(tag) ? "zh" : "en") : null);
  const cookie = /(?:^|; )aigc_lang=([a-zA-Z-]+)/.exec(document.cookie)?.[1];
  const asked = normal(new URLSearchParams(location.search).get("lang"));
  const remember = (language) => {
    write("aigc.language", language);
    const secure = location.protocol === "https:" ? "; Secure; SameSite=None; Partitioned" : "; SameSite=Lax";
    document.cookie = `aigc_lang=${language}; Path=/; Max-Age=31536000${secure}`;
  };
  if (asked) remember(asked);
  const language = asked ?? normal(cookie) ?? normal(read("aigc.language")) ?? normal(navigator.language) ?? "en";
  const locale = language === "zh" ? "zh-CN" : "en";
  document.documentElement.lang = locale;
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
