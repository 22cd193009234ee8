// Before and after on a shared page: the earlier picture, which stands below without a script, over the later one.
import { find, findAll, h } from "../dom.js";

for (const box of findAll(".compared")) {
  const earlier = find(".earlier", box);
  const seam = h("span.seam", { "aria-hidden": "true" });
  const slider = h("input.slide", {
    type: "range",
    min: 0,
    max: 100,
    value: 50,
    "aria-label": box.dataset.label,
    oninput: () => slide(),
  });
  const slide = () => {
    earlier.style.clipPath = `inset(0 ${100 - Number(slider.value)}% 0 0)`;
    seam.style.left = `${slider.value}%`;
  };
  box.classList.add("slides");
  box.append(seam, slider);
  slide();
}
