// What can be done with a finished picture: enlarge it, vary it, start from it, paint a part of it anew, restyle it.
// Knows the image task's parameters and which models can do what; sends wishes, draws nothing.
import { setValues, values } from "../form.js";
import { reuse, send } from "../requests.js";
import { openTab } from "../tabs.js";
import { allTasks, fileField, model, promptField, takes, task } from "../state.js";
import { t } from "../words.js";
import { referenceTo } from "./image-items.js";

const TASK = "image";
const VARIANTS = 4;
const GENTLE = 0.4;
const PLAIN = {
  action: "generate",
  image: "",
  mask: "",
  x_axis: "",
  x_values: "",
  y_axis: "",
  y_values: "",
  prompt2: "",
  seed2: null,
  batch: 1,
};

/** Whether a model enlarges and does nothing else. */
export const enlarges = (one) => !!one?.traits.includes("enlarges");

const fitting = (modelId) => {
  const test = !!model(TASK, modelId)?.debug;
  return task(TASK).models.filter((one) => !one.unfit && one.debug === test);
};

/** The model to enlarge with. */
const enlarger = (modelId) =>
  fitting(modelId).find((one) => one.id === modelId && enlarges(one)) ?? fitting(modelId).find(enlarges) ?? null;

/** The model to paint with: the picture's own, the form's, else one that is here; nothing is fetched unasked. */
function painter(modelId, ...needs) {
  const able = (one) => one && !one.unfit && needs.every((name) => takes(one, name));
  const wanted = [
    model(TASK, modelId),
    model(TASK, values(TASK).model),
    ...fitting(modelId).filter((one) => one.tier === "embedded"),
  ];
  return wanted.find(able) ?? null;
}

/** Names of what can be done with this picture, in the order of use. */
export function possible(picture) {
  const { model: modelId } = picture.item;
  const scene = picture.facts.scene && picture.reference && painter(modelId, "scene");
  return [
    scene ? "arrange" : null,
    scene && filmer() ? "film" : null,
    scene && composer() ? "tune" : null,
    enlarger(modelId) && !enlarges(model(TASK, modelId)) ? "enlarge" : null,
    painter(modelId, "image", "batch") ? "vary" : null,
    painter(modelId, "image", "prompt") ? "start" : null,
    painter(modelId, "image", "mask") ? "inpaint" : null,
    restyler() ? "restyle" : null,
  ].filter(Boolean);
}

const restyler = () =>
  allTasks().find((one) => one.id !== TASK && one.produces === "image" && fileField(one, "picture")) ?? null;

const filmer = () => allTasks().find((one) => one.produces === "video" && fileField(one, "image/png")) ?? null;

/** What makes tunes of words: the task that also sets words to music. */
const composer = () =>
  allTasks().find((one) => one.produces === "audio" && one.fields.some((field) => field.sets_text)) ?? null;

/**
 * What a scene sounds like: by what falls, by its hour, by whether somebody goes somewhere.
 * @param {{ weather?: string, time?: string, things?: { relation?: { kind: string } }[] }} facts
 */
export function moodOf({ weather, time, things = [] }) {
  if (weather) return weather;
  if (time && time !== "day") return time;
  return things.some((one) => one.relation?.kind === "riding") ? "going" : "day";
}

/** Words for a tune that fits the scene, into the form that composes: they may be changed before it plays. */
export function tune(picture) {
  const one = composer();
  setValues(one.id, { [promptField(one.id).name]: t(`image.tune.${moodOf(picture.facts)}`) });
  openTab(one.id);
}

/** The scene with its things as they stand now, and of its words what was changed. */
export async function rearrange(picture, { scene, prompt }) {
  const one = painter(picture.item.model, "scene");
  return sent(picture, one, { ...settings(picture, one), prompt, scene });
}

/** The scene into the form of the tab that sets it in motion: of several places there the first that is empty. */
export async function film(picture) {
  const one = filmer();
  const form = values(one.id);
  const taken = one.fields.filter(
    (field) => field.takes?.includes("image/png") && takes(model(one.id, form.model), field.name),
  );
  const place = taken.find((field) => !form[field.name]) ?? taken[0] ?? fileField(one, "image/png");
  setValues(one.id, { [place.name]: await referenceTo(picture), sample: "" });
  openTab(one.id);
}

/** The picture's own settings for the same model; for another one only what was asked for in words. */
function settings(picture, one) {
  const { seed, ...params } = picture.item.params ?? {};
  const own = one.id === picture.item.model ? params : { prompt: params.prompt ?? "" };
  const { batch, ...alone } = picture.values;
  return { ...own, ...(one.id === picture.item.model ? alone : {}), ...PLAIN };
}

const sent = (picture, one, params) => send({ task: TASK, model: one.id, params, parent: picture.item.id });

export async function enlarge(picture) {
  const one = enlarger(picture.item.model);
  return sent(picture, one, { image: await referenceTo(picture), scale: 4 });
}

/** A model that has worlds to walk in varies the noise that the picture came from; others start from the picture. */
export async function vary(picture) {
  const one = painter(picture.item.model, "image", "batch");
  const { facts, item } = picture;
  const noise =
    takes(one, "prompt2") &&
    one.id === item.model &&
    !item.params?.image &&
    facts.seed != null &&
    !facts.variation &&
    !facts.place;
  const from = noise ? { seed: facts.seed } : { image: await referenceTo(picture) };
  const wish = { ...settings(picture, one), action: "vary", batch: VARIANTS, strength: GENTLE, ...from };
  if (!noise) delete wish.seed;
  return sent(picture, one, wish);
}

/** Into the form, where words and strength are chosen. */
export async function start(picture) {
  const one = painter(picture.item.model, "image", "prompt");
  const prompt = values(TASK).prompt || picture.item.params?.prompt || "";
  setValues(TASK, { model: one.id, image: await referenceTo(picture), mask: "", action: "generate", prompt });
}

export async function inpaint(picture, mask, prompt) {
  const one = painter(picture.item.model, "image", "mask");
  const wish = {
    ...settings(picture, one),
    action: "inpaint",
    image: await referenceTo(picture),
    mask,
    prompt,
    strength: 1,
  };
  if (prompt !== picture.item.params?.prompt) wish.prompt_en = "";
  delete wish.seed;
  return sent(picture, one, wish);
}

export async function restyle(picture) {
  const one = restyler();
  setValues(one.id, { [fileField(one, "picture").name]: await referenceTo(picture) });
  openTab(one.id);
}

/** The settings of this picture alone go into the form. */
export function again(picture) {
  const { item } = picture;
  const alone = Object.fromEntries(Object.entries(picture.values).filter(([, value]) => value !== undefined));
  reuse({ ...item, seed: alone.seed ?? item.seed, params: { ...item.params, ...alone } });
}
