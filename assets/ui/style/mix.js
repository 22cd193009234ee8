// A slider for the weight of each style in a blend. Knows names and weights.
import { afterPause, h } from "../dom.js";
import { t } from "../words.js";

/** The sliders of a blend, as nodes; changed(blend) is told once the visitor pauses. */
export function mixSliders(blend, changed) {
  const sliders = blend.map(([name, weight]) =>
    h("input", {
      type: "range",
      name,
      min: 0.1,
      max: 3,
      step: 0.1,
      value: weight,
      "aria-label": t("style.gallery.share", { name: t(`style.name.${name}`) }),
    }),
  );
  const pause = afterPause(() => changed(sliders.map((one) => [one.name, Number(one.value)])), 120);
  for (const slider of sliders) slider.addEventListener("input", pause);
  return sliders.map((slider) => h("label.mix", {}, h("span", { text: t(`style.name.${slider.name}`) }), slider));
}
