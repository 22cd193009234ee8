// The page on which a room is opened.
import { ask, complain } from "./common.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("open"));
const own = /** @type {HTMLElement} */ (form.querySelector(".own-link"));

form.addEventListener("change", () => {
  own.hidden = chosen()?.value !== "link";
});

const chosen = () => /** @type {HTMLInputElement | null} */ (form.querySelector("[name=begin]:checked"));
const field = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name)).value;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  complain(form, "");
  const begin = chosen();
  const chose = begin?.value ?? "";
  const plan = chose.startsWith("plan:") ? chose.slice(5) : "";
  const ready = plan || chose === "link" ? "" : chose;
  try {
    const room = await ask("POST", "/api/class", {
      name: field("name"),
      language: form.dataset.language,
      link: chose === "link" ? field("link") : ready,
      title: ready ? begin.parentElement.textContent.trim() : "",
      plan,
      hours: Number(field("hours")),
    });
    location.href = `/class/${room.id}`;
  } catch (error) {
    complain(form, error.message);
  }
});
