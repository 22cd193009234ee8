// A room that is followed to its end: connected again whenever the connection is lost, silent or refused. Knows the
// stream of events and time; nothing of what a page shows of it.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 5000;
/** Milliseconds without a word: the server says that it is there every 15 s, so this connection is dead. */
export const SILENCE = 40_000;

/**
 * All that is known after a message: it tells what has changed, the first one of a connection everything.
 * @param {Record<string, any>} known
 * @param {Record<string, any>} told null for what is gone
 * @param {boolean} first
 */
export function after(known, told, first) {
  const all = first ? told : { ...known, ...told };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

/**
 * Follows the stream at ``path``.
 * @param {string} path
 * @param {object} to
 * @param {(known: Record<string, any>) => void} to.changed is told all that is known whenever some of it has changed
 * @param {(whether: boolean) => void} to.lost
 * @param {() => void} to.ended
 * @param {() => Promise<boolean>} to.isOver asked where the server refuses the stream: whether for good
 */
export function follow(path, { changed, lost, ended, isOver }) {
  let known = {};
  let source = null;
  let wait = FIRST_WAIT;
  let timer = 0;
  const later = (todo, milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(todo, milliseconds);
  };
  const end = () => {
    source?.close();
    clearTimeout(timer);
    globalThis.removeEventListener("online", atOnce);
    document.removeEventListener("visibilitychange", atOnce);
    ended();
  };
  const again = () => {
    source?.close();
    source = null;
    lost(true);
    later(connect, wait + Math.random() * FIRST_WAIT);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  };
  const connect = () => {
    const here = new EventSource(path);
    let first = true;
    source = here;
    later(again, SILENCE);
    here.onmessage = (event) => {
      known = after(known, JSON.parse(event.data), first);
      first = false;
      wait = FIRST_WAIT;
      later(again, SILENCE);
      lost(false);
      changed(known);
    };
    here.addEventListener("here", () => later(again, SILENCE));
    here.addEventListener("ended", end);
    here.onerror = async () => {
      const refused = here.readyState === EventSource.CLOSED;
      again();
      if (refused && (await isOver())) end();
    };
  };
  /** The network is back, or the phone was unlocked: there is nothing to wait for. */
  const atOnce = () => {
    if (!source && !document.hidden) connect();
  };
  globalThis.addEventListener("online", atOnce);
  document.addEventListener("visibilitychange", atOnce);
  connect();
}
