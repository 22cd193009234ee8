// Checking a file without leaving the page: it may be dropped anywhere, and the answer of the plain form is put in.
// Without this script the form sends itself.
import { find } from "../dom.js";

const form = find("form.verify");
const drop = find(".drop");
const file = find("input[name=file]", form);
const manifest = find("input[name=manifest]", form);
const text = find("textarea", form);
const button = find("button", form);

form.classList.add("scripted"); // a choice is sent at once: the browser's own words for it would say nothing more

const parted = (files) => [true, false].map((is) => files.filter((one) => one.name.endsWith(".c2pa") === is));

const holding = (one) => {
  const carried = new DataTransfer();
  if (one) carried.items.add(one);
  return carried.files;
};

const show = async () => {
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("found");
    if (!found) return form.submit();
    find("#found").replaceChildren(...found.childNodes);
    find("#found").focus();
  } catch {
    form.submit(); // the browser says what is wrong with the connection
  } finally {
    button.removeAttribute("aria-busy");
  }
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
file.addEventListener("change", () => {
  if (!file.files.length) return;
  manifest.value = ""; // it was beside another file
  text.value = "";
  show();
});
manifest.addEventListener("change", () => {
  if (manifest.files.length && file.files.length) show();
});
text.addEventListener("input", () => {
  if (text.value) file.value = "";
});
addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
addEventListener("dragleave", () => drop.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  if (!event.dataTransfer.files.length) return;
  const [manifests, others] = parted([...event.dataTransfer.files]);
  if (others.length || !manifests.length) file.files = holding(others[0]);
  manifest.files = holding(manifests[0]);
  text.value = "";
  show();
});
