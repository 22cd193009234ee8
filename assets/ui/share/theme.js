// Runs in the head of a shared page, before anything is drawn: light or dark as the visitor chose in the app, else
// as the system has it. Without it the style sheet asks the system alone.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("aigc.theme");
  } catch {
    /* a frame without storage */
  }
  const system = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const dark = chosen ? chosen === "dark" : system.matches;
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  };
  system.addEventListener("change", paint);
  paint();
})();
