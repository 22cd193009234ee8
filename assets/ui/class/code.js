// The page on which a code is typed.
import { complain, t } from "./common.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("code"));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const code = /** @type {HTMLInputElement} */ (form.elements.namedItem("code")).value
    .replace(/[\s-]/g, "")
    .toUpperCase();
  complain(form, "");
  const answer = await fetch(`/c/${encodeURIComponent(code)}`).catch(() => null);
  if (answer?.ok) location.href = `/c/${encodeURIComponent(code)}`;
  else complain(form, answer ? t("code.wrong") : t("offline"));
});
