// A poem on a shared page: in columns or in lines, with or without tones and sounds. Without a script it stands in
// columns with its tones.
import "../share/words-here.js";
import { findAll, h } from "../dom.js";
import { t } from "../words.js";

for (const poem of findAll(".poem")) {
  const looks = ["vertical", "tones", "pinyin"].filter((name) => name === "vertical" || marked(poem, name));
  poem.append(
    h(
      "div.poem-tools",
      { role: "group", "aria-label": t("text.poem.look") },
      looks.map((name) => toggle(poem, name)),
    ),
  );
}

function marked(poem, name) {
  return findAll(name === "tones" ? ".glyph-tone" : ".glyph-sound", poem).some((sign) => sign.textContent);
}

function toggle(poem, name) {
  const button = h("button.chip", {
    type: "button",
    "aria-pressed": poem.dataset[name],
    title: t(`text.poem.look.${name}.hint`),
    text: t(`text.poem.look.${name}`),
    onclick: () => {
      poem.dataset[name] = String(poem.dataset[name] !== "true");
      button.setAttribute("aria-pressed", poem.dataset[name]);
    },
  });
  return button;
}
