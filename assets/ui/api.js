// The HTTP contract as functions. Knows routes and errors; knows nothing of elements.
import { serverIsBack, standsIn } from "./away.js";
import { language, t } from "./words.js";

const BASE = new URL("../../", import.meta.url);

/** An answer that is not a success, with a whole sentence for the visitor. */
export class Refused extends Error {
  constructor(status, error, away = false) {
    super(error?.message || t("ui.error.unreachable"));
    this.status = status;
    this.away = away;
    this.code = error?.code ?? "unreachable";
    this.field = error?.field ?? null;
    this.reference = error?.reference ?? null;
  }
}

export const address = (path) => new URL(path.replace(/^\//, ""), BASE).href;

/** What only reads waits for a server that does not answer; what changes something says so, unless it never arrived. */
async function request(method, path, ...rest) {
  for (;;) {
    try {
      return await once(method, path, ...rest);
    } catch (error) {
      if (!error.away) throw error;
      const back = serverIsBack();
      if (method !== "GET" && !error.status) throw error;
      await back;
    }
  }
}

async function once(method, path, body, read = (response) => response.json(), more = {}) {
  const headers = { "Accept-Language": language === "zh" ? "zh-CN" : "en", ...more };
  if (body !== undefined && !(body instanceof FormData)) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(address(path), {
      method,
      headers,
      credentials: "same-origin",
      body: body === undefined || body instanceof FormData ? body : JSON.stringify(body),
    });
  } catch {
    throw new Refused(0, null, true);
  }
  const answer =
    response.status === 204 ? null : await (response.ok ? read(response) : response.json()).catch(() => null);
  if (!response.ok) throw new Refused(response.status, answer?.error, standsIn(response, answer));
  return answer;
}

/** A drawing as an address that an image shows; refused as any other answer. */
async function picture(path) {
  const drawn = await request("GET", path, undefined, (response) => response.text());
  return `data:image/svg+xml,${encodeURIComponent(drawn)}`;
}

const query = (values) => {
  const several = Object.entries(values).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  const kept = several.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return kept.length ? `?${new URLSearchParams(kept)}` : "";
};

/** Lessons, and words that the page does not carry: a file by its content, named by the document. */
export const later = () => request("GET", `assets/ui/${document.documentElement.dataset.later}`);
/** A hint that a task's model will soon be asked for. */
export const warm = (task) => request("POST", `api/tasks/${encodeURIComponent(task)}/warm`);
/** Asks for a job; on ZeroGPU with the token that says on whose quota. */
export const submit = (wish, gpuToken = null) =>
  request("POST", "api/jobs", wish, undefined, gpuToken ? { "X-IP-Token": gpuToken } : {});
export const renewGpuToken = (id, token) => request("PUT", `api/jobs/${encodeURIComponent(id)}/gpu-token`, { token });
export const active = () => request("GET", "api/jobs");
export const models = (task) => request("GET", `api/models${query({ task })}`);
export const ownModels = (task) => request("GET", `api/models${query({ task, mine: true })}`);
export const job = (id) => request("GET", `api/jobs/${encodeURIComponent(id)}`);
/** Tells a training something: pause, continue, finish, adjust. */
export const control = (id, told) => request("POST", `api/jobs/${encodeURIComponent(id)}/control`, told);
export const cancel = (id) => request("DELETE", `api/jobs/${encodeURIComponent(id)}`);
export const history = (filters) => request("GET", `api/history${query(filters)}`);
export const usage = () => request("GET", "api/history/usage");
export const item = (id) => request("GET", `api/history/${encodeURIComponent(id)}`);
/** Looks inside an item: what was seen is ready, or a job is to be followed first. */
export const look = (id) => request("POST", `api/history/${encodeURIComponent(id)}/explain`);
export const explanation = (id) => request("GET", `api/history/${encodeURIComponent(id)}/explain`);
export const change = (id, values) => request("PATCH", `api/history/${encodeURIComponent(id)}`, values);
export const remove = (id) => request("DELETE", `api/history/${encodeURIComponent(id)}`);
export const restore = (id) => request("POST", `api/history/${encodeURIComponent(id)}/restore`);
export const star = (ids, starred) => request("PATCH", "api/history", { ids, starred });
export const removeSeveral = (ids) => request("DELETE", "api/history", { ids });
export const restoreSeveral = (ids) => request("POST", "api/history/restore", { ids });
export const exportItems = (ids) => request("POST", "api/exports", ids ? { ids } : {});
export const importItems = (file) => sendFile("api/history/import", file);

const projectAt = (id, more = "") => `api/projects/${encodeURIComponent(id)}${more}`;
export const projects = () => request("GET", "api/projects");
export const project = (id) => request("GET", projectAt(id));
export const makeProject = (name, ids) => request("POST", "api/projects", { name, ids });
export const changeProject = (id, values) => request("PATCH", projectAt(id), values);
export const removeProject = (id) => request("DELETE", projectAt(id));
export const shareProject = (id, wanted) => request("POST", projectAt(id, "/share"), wanted);
export const unshareProject = (id) => request("DELETE", projectAt(id, "/share"));
export const projectCode = (id) => picture(projectAt(id, "/qr"));

export const share = (id, wanted) => request("POST", `api/history/${encodeURIComponent(id)}/share`, wanted);
export const changeShare = (id, values) => request("PATCH", `api/history/${encodeURIComponent(id)}/share`, values);
export const shareCode = (id) => address(`api/history/${encodeURIComponent(id)}/share/qr`);
export const links = (filters) => request("GET", `api/links${query(filters)}`);
export const unshare = (id) => request("DELETE", `api/history/${encodeURIComponent(id)}/share`);
export const claimSignIn = (code) => request("POST", "api/login/claim", { code });
export const signOut = () => request("POST", "api/logout");
export const forgetMe = () => request("DELETE", "api/me");
export const parsePrompt = (task, text) => request("POST", `api/tasks/${encodeURIComponent(task)}/parse`, { text });
export const readRequest = (task, model, params) =>
  request("POST", `api/tasks/${encodeURIComponent(task)}/read`, { model, params });
export const expandPrompt = (task, model, text) =>
  request("POST", `api/tasks/${encodeURIComponent(task)}/expand`, { model, text });
export const choices = (task, field) =>
  request("GET", `api/tasks/${encodeURIComponent(task)}/choices/${encodeURIComponent(field)}`);
export const translate = (text, model) => request("POST", "api/translate", { text, model });
export const vocabulary = (model) => request("GET", `api/models/${encodeURIComponent(model)}/vocabulary`);
/** The address of a settings link's QR code; refused where the link is too long for one. */
export const setupCode = (search) => picture(`api/setup/qr${search}`);
export const setup = (search) => request("GET", `api/setup${search}`);
/** Makes a shared, trained model this visitor's own as well. */
export const adopt = (token) => request("POST", `api/shared/${encodeURIComponent(token)}/adopt`);
export const shared = (token) => request("GET", `api/shared/${encodeURIComponent(token)}`);
/** Brings a file in: for ``field`` of ``task``, which says what it takes, or for any. */
export const upload = (file, task = "", field = "") => sendFile(`api/uploads${query({ task, field })}`, file);
export const inspect = (file) => sendFile("api/inspect", file);

function sendFile(path, file) {
  const form = new FormData();
  form.append("file", file);
  return request("POST", path, form);
}

export const FINAL = new Set(["done", "failed", "cancelled"]);
const NAMES = ["queued", "loading", "running", "progress", "partial", "training", "paused", ...["finished", ...FINAL]];

/**
 * Watches a job until it ends: tell(name, data) for every event. Survives lost connections and
 * restarts of the server, rests while the page is hidden (a browser allows only six connections to
 * one server), and asks for the job itself whenever it comes back. Returns a function that stops it.
 */
export function watch(id, tell) {
  let source = null;
  let timer = 0;
  let over = false;
  let wait = 500;

  const end = () => {
    over = true;
    rest();
    document.removeEventListener("visibilitychange", onVisibility);
  };
  const rest = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
  const soon = () => {
    rest();
    timer = setTimeout(resume, wait);
    wait = Math.min(wait * 2, 8000);
  };

  function open() {
    source = new EventSource(address(`api/jobs/${encodeURIComponent(id)}/events`));
    for (const name of NAMES) {
      source.addEventListener(name, (event) => {
        if (over || !event.data) return;
        wait = 500;
        const data = JSON.parse(event.data);
        if (name === "finished" || FINAL.has(name)) end();
        tell(name, data);
      });
    }
    source.onerror = () => {
      if (!over) {
        tell("waiting", null);
        soon();
      }
    };
  }

  async function resume() {
    if (over || document.hidden) return;
    rest();
    try {
      const found = await job(id);
      if (over) return;
      if (FINAL.has(found.status)) {
        end();
        tell(found.status === "done" ? "finished" : found.status, found);
        return;
      }
      tell("item", found);
      open();
    } catch (error) {
      if (over) return;
      if (error.status === 404) {
        end();
        tell("gone", error);
        return;
      }
      tell("waiting", error);
      soon();
    }
  }

  function onVisibility() {
    if (document.hidden) rest();
    else if (!source) resume();
  }

  document.addEventListener("visibilitychange", onVisibility);
  if (!document.hidden) open();
  return end;
}
