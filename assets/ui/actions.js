// What a visitor can do with a finished item, as buttons; used beside the result and in the history.
import * as api from "./api.js";
import { readAloud } from "./aloud.js";
import { h } from "./dom.js";
import { setValues, values } from "./form.js";
import { again, retry, reuse, send } from "./requests.js";
import { openTab } from "./tabs.js";
import { icon } from "./icons.js";
import { later } from "./later.js";
import { copyText, save, textOf } from "./output.js";
import { openShareSheet } from "./share-sheet.js";
import { allTasks, emit, fileField, model, takes } from "./state.js";
import { complain, toast } from "./toast.js";
import { has, t } from "./words.js";

/** A button with an icon and a word; the word hides where space is short, its name stays. */
export function button(name, key, act, { pressed = null } = {}) {
  return h(
    "button.action",
    {
      type: "button",
      onclick: act,
      title: t(has(`${key}.title`) ? `${key}.title` : key),
      "data-action": name,
      "aria-pressed": pressed === null ? null : String(pressed),
    },
    icon(name),
    h("span.word", { text: t(key) }),
  );
}

/** Buttons for an item, in the order of use. */
export function actions(item) {
  const failed = item.status === "failed" || item.status === "refused";
  const words = textOf(item);
  const voice = words ? h("div.aloud", { role: "status", hidden: true }) : null;
  return [
    failed
      ? button("again", "ui.action.retry", () => retry(item))
      : button("again", "ui.action.again", () => again(item)),
    words && model(item.task, item.model)?.continues && button("continue", "ui.action.continue", () => carryOn(item)),
    item.id && item.outputs?.length ? starButton(item) : null,
    words &&
      button("copy", "ui.action.copy", () => copyText(words).then(() => toast(t("ui.copied"), null, { stay: 2500 }))),
    voice && button("aloud", "ui.action.aloud", () => readAloud(item, words, voice)),
    item.outputs?.length ? button("save", "ui.action.save", () => save(item)) : null,
    item.id && item.outputs?.length ? button("share", "ui.action.share", () => openShareSheet(item)) : null,
    ...sendings(item),
    item.id && item.status === "done" && model(item.task, item.model)?.explains
      ? button("inside", "ui.look_inside", () => lookInside(item))
      : null,
    button("reuse", "ui.action.reuse", () => reuse(item)),
    voice,
  ].filter(Boolean);
}

/**
 * A picture may go on into every task that makes pictures from a file, a text into every one that sets words, a sound
 * into every one whose films are heard.
 */
function sendings(item) {
  const picture = item.id && item.outputs?.find((output) => output.kind === "image");
  const sound = item.id && item.outputs?.find((output) => output.kind === "audio");
  const words = textOf(item);
  return allTasks().flatMap((one) => {
    const file = picture && one.produces === "image" && fileField(one, "picture");
    const song = words && one.fields.find((field) => field.sets_text);
    const heard = sound && one.produces === "video" && withSound(one, item, sound);
    if (file) return [sending(one, { [file.name]: `${item.id}/${picture.name}` })];
    if (heard) return [sending(one, heard)];
    return song ? [sending(one, { [song.name]: words.slice(0, song.max_length ?? undefined) })] : [];
  });
}

/** A sound in the place that is called as its file is (a tune in "tune"), with a model that takes it; null for none. */
function withSound(one, item, sound) {
  const places = one.fields.filter((field) => field.takes?.includes("sound"));
  const place = places.find((field) => sound.name?.startsWith(field.name)) ?? places[0];
  const debug = !!model(item.task, item.model)?.debug;
  const able = [model(one.id, values(one.id).model), ...one.models.filter((each) => each.debug === debug)];
  const hearing = place && able.find((each) => each && !each.unfit && takes(each, place.name));
  return hearing ? { model: hearing.id, [place.name]: `${item.id}/${sound.name}` } : null;
}

function sending(one, wanted) {
  const node = button("send", "ui.action.send", () => {
    setValues(one.id, wanted);
    openTab(one.id);
  });
  node.querySelector(".word").textContent = t("ui.action.send", { name: t(one.tab) });
  node.title = node.textContent;
  node.dataset.to = one.id;
  return node;
}

/** Goes on where a text ended: the same wish, with what is there as the beginning of the answer. */
function carryOn(item) {
  return send({
    task: item.task,
    model: item.model,
    params: { ...item.params, [model(item.task, item.model).continues]: textOf(item) },
    parent: item.id,
  });
}

/** What draws the inside is fetched when somebody looks. */
const lookInside = (item) =>
  Promise.all([import("./inside/inside.js"), later()]).then(([module]) => module.lookInside(item), complain);

function starButton(item) {
  const node = button(
    "star",
    item.starred ? "ui.action.unstar" : "ui.action.star",
    async () => {
      const starred = !item.starred;
      try {
        await api.change(item.id, { starred });
        item.starred = starred;
        node.setAttribute("aria-pressed", String(starred));
        node.title = t(starred ? "ui.action.unstar" : "ui.action.star");
        emit("changed", item);
      } catch (error) {
        complain(error);
      }
    },
    { pressed: !!item.starred },
  );
  return node;
}

/** Deletes at once and offers to take it back. */
export async function remove(item) {
  try {
    await api.remove(item.id);
  } catch (error) {
    complain(error);
    return;
  }
  emit("removed", item);
  toast(t("ui.deleted"), { label: t("ui.undo"), act: () => bringBack(item) });
}

async function bringBack(item) {
  try {
    await api.restore(item.id);
    emit("restored", item);
  } catch (error) {
    complain(error);
  }
}
