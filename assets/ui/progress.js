// How far a job is, in one line and as a share of one. Knows the events of a job, nothing of elements.
import { modelName, task } from "./state.js";
import { has, megabytes, remaining, t } from "./words.js";

/** One line on how far it is; empty once it has ended. */
export function progressLine(item, live) {
  if (live && !live.connected) return t("ui.reconnecting");
  if (item.paused) return "";
  if (item.status === "sending") return t("ui.sending");
  if (item.status === "queued") return queued(item);
  if (item.status === "loading") return loading(item);
  if (item.status === "running") return running(item);
  return "";
}

/** Between 0 and 1; null where nobody knows. */
export function progressShare(item) {
  const [done, total] =
    item.status === "loading"
      ? [item.loading?.done_bytes, item.loading?.total_bytes]
      : item.status === "running"
        ? [item.progress?.done, item.progress?.total]
        : [];
  return total ? Math.min(1, done / total) : null;
}

/** How many stand before it, and for how long. */
export function queued(item) {
  const place = item.place ?? 0;
  const eta = item.eta_seconds;
  if (!place) return eta == null ? t("ui.queued.next") : t("ui.queued.soon", { time: remaining(eta) });
  return eta == null ? t("ui.queued.place", { n: place }) : t("ui.queued.eta", { n: place, time: remaining(eta) });
}

function loading(item) {
  const { done_bytes: done, total_bytes: total } = item.loading ?? {};
  const name = modelName(item);
  if (!done) return t("ui.loading", { name });
  return total
    ? t("ui.loading.of", { name, done: megabytes(done), total: megabytes(total) })
    : t("ui.loading.some", { name, done: megabytes(done) });
}

function running(item) {
  const { done, total, eta_seconds: eta } = item.progress ?? {};
  if (!total) return t("ui.running");
  const usual = task(item.task)?.produces === "text" ? "ui.progress.words" : "ui.progress.steps";
  const key = has(`${item.task}.progress`) ? `${item.task}.progress` : usual;
  const step = t(key, { done, total });
  return eta == null ? step : `${step} · ${t("ui.progress.left", { time: remaining(eta) })}`;
}
