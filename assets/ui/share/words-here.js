// Gives the app's modules, which a shared page uses too, the words that stand in it. Imported before any of them.

const zh = document.documentElement.lang.startsWith("zh");
const told = document.getElementById("words")?.textContent;

if (!window.aigc) {
  Object.defineProperty(window, "aigc", { value: { language: zh ? "zh" : "en" } });
  window.gradio_config = { i18n_translations: { [zh ? "zh-CN" : "en"]: told ? JSON.parse(told) : {} } };
}
