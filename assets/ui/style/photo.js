// How the visitor's own photo comes in: chosen, pasted or taken. Keeps it at its own size while the page lives, for
// uploads can't be asked back. Knows the style task's ``content``.
import * as api from "../api.js";
import { h } from "../dom.js";
import { setValues, values } from "../form.js";
import { on, store, stored } from "../state.js";
import { complain } from "../toast.js";
import { t } from "../words.js";

const originals = new Map();

/** Where the photo ``content`` can be seen in this browser; null where it can't. */
export function photoAddress(content) {
  const [job, name] = content.split("/");
  if (name) return api.address(`media/${encodeURIComponent(job)}/${encodeURIComponent(name)}`);
  return originals.get(content) ?? stored(`upload.${content}`)?.picture ?? null;
}

/** Brings a file in as the content; its small picture stays in this browser. */
async function bring(taskId, file, canvas) {
  const { id } = await api.upload(file);
  const small = h("canvas", { width: 160, height: Math.max(1, Math.round((160 * canvas.height) / canvas.width)) });
  small.getContext("2d").drawImage(canvas, 0, 0, small.width, small.height);
  store(`upload.${id}`, { name: file.name, picture: small.toDataURL("image/webp", 0.8) });
  originals.set(id, URL.createObjectURL(file));
  setValues(taskId, { content: id });
}

/** Remembers what is chosen in the task's own drop zone; returns what stops it. */
export function rememberUploads(taskId) {
  let latest = null;
  const chosen = (event) => {
    const ours = `studio-upload[data-task="${CSS.escape(taskId)}"][data-field="content"] input[type=file]`;
    if (event.target.matches?.(ours) && event.target.files[0]) latest = URL.createObjectURL(event.target.files[0]);
  };
  document.addEventListener("change", chosen, true);
  const forget = on(`values:${taskId}`, () => {
    const { content } = values(taskId);
    if (!content || !latest || content.includes("/")) return;
    originals.set(content, latest);
    latest = null;
  });
  return () => {
    document.removeEventListener("change", chosen, true);
    forget();
  };
}

/** A picture pasted anywhere on the tab, while it is ``visible``, is the photo. Returns what stops it. */
export function pasting(taskId, visible) {
  const paste = async (file) => {
    const bitmap = await createImageBitmap(file);
    await bring(taskId, file, drawnOn(bitmap, bitmap.width, bitmap.height));
  };
  const listen = (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!file || !visible() || event.defaultPrevented || event.target.closest?.("studio-upload")) return;
    event.preventDefault();
    paste(file).catch(complain);
  };
  document.addEventListener("paste", listen);
  return () => document.removeEventListener("paste", listen);
}

/** Shows the camera in ``box`` until a picture is taken or it is stopped. */
export async function shoot(taskId, box) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } } });
  const film = h("video", { autoplay: true, playsinline: true, muted: true });
  film.srcObject = stream;
  const done = () => {
    stream.getTracks().forEach((track) => track.stop());
    box.hidden = true;
    box.replaceChildren();
  };
  const take = async () => {
    const canvas = drawnOn(film, film.videoWidth, film.videoHeight);
    done();
    const blob = await new Promise((settle) => canvas.toBlob(settle, "image/jpeg", 0.92));
    await bring(taskId, new File([blob], "camera.jpg", { type: "image/jpeg" }), canvas);
  };
  box.replaceChildren(
    film,
    h("button.chip", { type: "button", text: t("style.gallery.take"), onclick: () => take().catch(complain) }),
    h("button.chip", { type: "button", text: t("ui.stop"), onclick: done }),
  );
  box.hidden = false;
}

function drawnOn(source, width, height) {
  const canvas = h("canvas", { width, height });
  canvas.getContext("2d").drawImage(source, 0, 0);
  return canvas;
}
