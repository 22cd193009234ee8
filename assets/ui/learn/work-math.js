// Placements on the map of error tolerance by automation, and which role suits whom, as numbers. Knows no page and no
// words: scenarios and roles are known by id.

/** How many steps each axis has, from 0 on. */
export const STEPS = 5;

export const SCENARIOS = [
  "lyrics",
  "product",
  "service",
  "sports",
  "leaflet",
  "xray",
  "credit",
  "code",
  "exam",
  "subtitles",
  "contract",
  "alarm",
];

/** "23.--.04" as places by scenario: tolerance, then automation, each 0 to 4; null where nothing was placed yet. */
export function readPlaces(text) {
  const parts = String(text).split(".");
  return Object.fromEntries(
    SCENARIOS.map((id, at) => {
      const found = /^([0-4])([0-4])$/.exec(parts[at] ?? "");
      return [id, found ? { tolerance: Number(found[1]), automation: Number(found[2]) } : null];
    }),
  );
}

/** Places as they stand in an address; empty where nothing is placed. */
export function writePlaces(places) {
  const parts = SCENARIOS.map((id) => (places[id] ? `${places[id].tolerance}${places[id].automation}` : "-"));
  return parts.every((part) => part === "-") ? "" : parts.join(".");
}

/** Which question a placement raises. It says nothing about whether it is right. */
export function questionOf({ tolerance, automation }) {
  const half = (STEPS - 1) / 2;
  if (tolerance < half && automation > half) return "unwatched"; // little may go wrong, and little is looked at
  if (tolerance > half && automation < half) return "by_hand"; // much may go wrong, and people do it still
  if (tolerance < half) return "checked";
  if (automation > half) return "runs";
  return "between";
}

/**
 * Roles as three numbers from 0 to 4: how much error their results may have, how much of the work is checking what
 * others or machines made, how much is dealing with people.
 */
export const ROLES = [
  { id: "editor", error: 1, checking: 4, people: 2 },
  { id: "writer", error: 3, checking: 1, people: 1 },
  { id: "teacher", error: 2, checking: 2, people: 4 },
  { id: "evaluator", error: 1, checking: 4, people: 0 },
  { id: "data", error: 1, checking: 3, people: 1 },
  { id: "engineer", error: 2, checking: 2, people: 1 },
  { id: "safety", error: 0, checking: 4, people: 2 },
  { id: "designer", error: 4, checking: 1, people: 2 },
  { id: "game", error: 4, checking: 1, people: 1 },
  { id: "nurse", error: 0, checking: 2, people: 4 },
  { id: "trainer", error: 3, checking: 2, people: 4 },
  { id: "lawyer", error: 0, checking: 3, people: 3 },
];

/** Roles, nearest first, each with how far it is on every axis. `wanted` has the same three numbers. */
export function fitting(wanted) {
  const axes = ["error", "checking", "people"];
  const found = ROLES.map((role) => {
    const apart = Object.fromEntries(axes.map((axis) => [axis, role[axis] - wanted[axis]]));
    return { ...role, apart, distance: axes.reduce((total, axis) => total + apart[axis] ** 2, 0) };
  });
  return found.sort((one, other) => one.distance - other.distance);
}
