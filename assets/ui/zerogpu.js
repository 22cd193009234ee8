// The visitor's ZeroGPU token: asked of the Hub's page around ours, as Gradio's own client does, and renewed while
// jobs wait. Knows the handshake. A token stays in memory, for the one request that it goes with.
import * as api from "./api.js";
import { emit, following, model, on } from "./state.js";

/** What both sides say in the handshake. */
const SUPPORTS = "supports-zerogpu-headers";
const HEADERS = "zerogpu-headers";
const HEADER = "x-ip-token";
/** Milliseconds: for the frame's answer, before a token's end, and between two of which no end is known. */
const PATIENCE = 4000;
const AHEAD = 30_000;
const INTERVAL = 120_000;

/** Whose page around ours hands out tokens; null where none does. Nobody else is asked or heard. */
let origin = null;
let supported = false;

/**
 * Begins the handshake with the page around ours, if that is the one the server names.
 * @param {string | null} named
 */
export function askFrame(named) {
  if (!named || window.parent === window) return;
  origin = named;
  window.addEventListener("message", (event) => {
    if (event.origin !== origin || event.source !== window.parent || event.data !== SUPPORTS || supported) return;
    supported = true;
    emit("quota");
  });
  window.parent.postMessage(SUPPORTS, origin);
}

/** Whether a call would count on the visitor's own quota. */
export const ownQuota = () => supported;

/** @returns {Promise<string | null>} a fresh token; null where there is none to be had. */
function token() {
  if (!supported) return Promise.resolve(null);
  return new Promise((settle) => {
    const { port1, port2 } = new MessageChannel();
    const end = (headers) => {
      clearTimeout(timer);
      port1.close();
      settle(tokenIn(headers));
    };
    const timer = setTimeout(end, PATIENCE, null);
    port1.onmessage = ({ data }) => end(data);
    window.parent.postMessage(HEADERS, origin, [port2]);
  });
}

function tokenIn(headers) {
  const found = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === HEADER);
  return typeof found?.[1] === "string" ? found[1] : null;
}

/** When a token ends, in milliseconds since 1970; null where it does not say. */
function endOf(text) {
  try {
    const told = text.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const { exp } = JSON.parse(atob(told));
    return Number.isFinite(exp) ? exp * 1000 : null;
  } catch {
    return null;
  }
}

/**
 * The token that a request for this model travels with; null where it needs none, or there is none.
 * @param {string} taskId
 * @param {string} modelId
 */
export const tokenFor = async (taskId, modelId) => (model(taskId, modelId)?.gpu ? token() : null);

/**
 * Brings the server a fresh token whenever a waiting job's is about to end.
 * @param {string} id
 * @param {string} text the token that it has.
 */
export function renewWhileWaiting(id, text) {
  const end = endOf(text);
  const wait = end === null ? INTERVAL : Math.max(1000, end - Date.now() - AHEAD);
  setTimeout(() => renew(id), wait);
}

async function renew(id) {
  if (!["queued", "loading"].includes(following(id)?.item.status)) return;
  const text = await token();
  if (!text) return;
  try {
    await api.renewGpuToken(id, text);
  } catch {
    return; // the job has ended, or is told of when its turn comes
  }
  renewWhileWaiting(id, text);
}

/** Jobs taken up again after a reload, or a restart of the server, wait without a token of this page. */
export function renewTakenUp() {
  on("taken up", (item) => {
    if (model(item.task, item.model)?.gpu) renew(item.id);
  });
}
