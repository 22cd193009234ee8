// Words, numbers and times in the page's language. Reads the same tables that Gradio was given.

export const language = window.aigc?.language ?? "en";
const locale = language === "zh" ? "zh-CN" : "en";

/** Words that came after the page. */
const later = {};

/** @param {Record<string, string>} words by key; they are known from now on. */
export const addWords = (words) => void Object.assign(later, words);

function table() {
  const all = window.gradio_config?.i18n_translations ?? {};
  return all[locale] ?? all.en ?? {};
}

/**
 * The string under ``key`` with {name} filled in; the key itself where it is missing.
 * @param {string} key
 * @param {Record<string, any>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const text = table()[key] ?? later[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export const has = (key) => key in table() || key in later;

/** "8 s", "1 min 20 s": a length of time from measured seconds, rounded as one would say it. */
export function seconds(value) {
  if (value < 10) return t("ui.time.seconds", { n: number(Math.max(0.1, Math.round(value * 10) / 10)) });
  if (value < 90) return t("ui.time.seconds", { n: Math.round(value) });
  const minutes = Math.round(value / 60);
  return minutes < 90 ? t("ui.time.minutes", { n: minutes }) : t("ui.time.hours", { n: number(value / 3600, 1) });
}

/** Seconds still to go: whole, at least 1, coarser as they grow, so that the figure does not flicker. */
export function remaining(value) {
  if (value < 20) return t("ui.time.seconds", { n: Math.max(1, Math.ceil(value)) });
  if (value < 90) return t("ui.time.seconds", { n: Math.ceil(value / 5) * 5 });
  return t("ui.time.minutes", { n: Math.ceil(value / 60) });
}

export function number(value, digits = 2) {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
}

export function megabytes(bytes) {
  const mb = bytes / 1e6;
  return mb >= 1000 ? `${number(mb / 1000, 1)} GB` : `${number(mb, mb < 10 ? 1 : 0)} MB`;
}

/** "just now", "5 minutes ago", "yesterday", then the date. */
export function ago(iso) {
  const then = new Date(iso);
  const past = (Date.now() - then.getTime()) / 1000;
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  if (past < 45) return t("ui.time.now");
  if (past < 3600) return relative.format(-Math.max(1, Math.round(past / 60)), "minute");
  if (past < 86400) return relative.format(-Math.round(past / 3600), "hour");
  if (past < 6 * 86400) return relative.format(-Math.round(past / 86400), "day");
  return then.toLocaleDateString(locale, { year: "numeric", month: "short", day: "numeric" });
}

export function moment(iso) {
  return new Date(iso).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
}

/** Whether a text is written in Chinese characters, at least in part. */
export const isChinese = (text) => /[\u3400-\u9fff\uf900-\ufaff]/.test(text ?? "");

/** A script of neither language of ours: Greek, Cyrillic, Arabic, Indian, Thai, kana, hangul and the like. */
const isOther = (text) => /[\u0370-\u1dff\u3041-\u30ff\uac00-\ud7af\ufb1d-\ufdff\ufe70-\ufeff]/.test(text ?? "");

/** What a text is written in: another script where there is any, else Chinese, else English for any letter. */
export const languageOf = (text) =>
  isOther(text) ? "other" : isChinese(text) ? "zh" : /\p{L}/u.test(text ?? "") ? "en" : null;
