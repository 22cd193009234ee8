// What of the timeline and the shelf is wanted, and where a stop leads. Knows entries as the file has them; no page.

export const KINDS = ["field", "text", "picture", "sound", "film"];
export const SHELVES = ["book", "course", "paper", "tool"];

/** Letters as they are compared: without case, accents and width. */
export const folded = (text) => String(text).normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** What a search looks through, of an entry of the shelf. */
const words = (one) => folded([one.title, one.by, one.year, ...Object.values(one.for)].join(" "));

/**
 * The entries that have every word of a request, of one shelf where one is chosen, in a language where one is.
 * @template {{ kind: string, in: string[], title: string, by: string, year: number, for: Record<string, string> }} One
 * @param {One[]} shelf
 * @param {{ query?: string, kind?: string, language?: string }} wanted
 */
export function found(shelf, { query = "", kind = "", language = "" }) {
  const asked = folded(query).split(/\s+/).filter(Boolean);
  return shelf.filter(
    (one) =>
      (!kind || one.kind === kind) &&
      (!language || one.in.includes(language)) &&
      asked.every((word) => words(one).includes(word)),
  );
}

/** Where something to try lies, as the search of an address: a tab with settings, or a lesson. */
export function addressOf(link, language) {
  const search = link.lesson
    ? new URLSearchParams({ tab: "learn", lesson: link.lesson })
    : new URLSearchParams({ task: link.task });
  for (const [name, value] of Object.entries(link.values ?? {})) {
    search.set(name, typeof value === "string" ? value : value[language]);
  }
  return `?${search}`;
}
