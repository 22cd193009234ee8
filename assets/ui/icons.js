// Our own line icons on a 24 px grid, drawn as paths. Decorative: names belong to the buttons.
import { svg } from "./dom.js";

/** Each icon as the path that is drawn. */
export const PATHS = {
  again: "M20 12a8 8 0 1 1-2.5-5.8M20 3.5V8h-4.5",
  continue: "M4 7h10M4 12h7M4 17h5M15 13l4 4-4 4M19 17h-7",
  star: "M12 4l2.4 5 5.4.7-4 3.8 1 5.5-4.8-2.7L7.2 19l1-5.5-4-3.8 5.4-.7z",
  copy: "M9 9h10v11H9zM5 15V4h10",
  save: "M12 4v11M7.5 11L12 15.5 16.5 11M5 20h14",
  reuse: "M5 7h8M17 7h2M5 12h2M11 12h8M5 17h8M17 17h2M15 5v4M9 10v4M15 15v4",
  inside: "M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6zM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z",
  send: "M5 12h13M12.5 6.5L18 12l-5.5 5.5",
  share: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.2 11v5M13.8 11v5",
  stop: "M7 7h10v10H7z",
  pause: "M9 6.5v11M15 6.5v11",
  die: "M5 5h14v14H5zM9 9h.01M15 9h.01M12 12h.01M9 15h.01M15 15h.01",
  search: "M10.5 17a6.5 6.5 0 1 1 0-13 6.5 6.5 0 0 1 0 13zM15.5 15.5L20 20",
  sun:
    "M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2" +
    "M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  text: "M5 6.5h14M5 11h14M5 15.5h9",
  image: "M4.5 5.5h15v13h-15zM8.5 10.2h.01M5 17l4.5-4.5 3 3 3-3 4 4",
  style: "M14.5 4.5l5 5-8.5 8.5H6v-5zM5 20.5h14",
  music:
    "M9 18V6l10-2v11.5M9 18a2.5 2.5 0 1 1-2.5-2.5A2.5 2.5 0 0 1 9 18z" +
    "M19 15.5a2.5 2.5 0 1 1-2.5-2.5 2.5 2.5 0 0 1 2.5 2.5z",
  apps: "M5 5h6v6H5zM13 5h6v6h-6zM5 13h6v6H5zM13 16h6M16 13v6",
  other: "M12 3.5l2.2 6.3 6.3 2.2-6.3 2.2-2.2 6.3-2.2-6.3L3.5 12l6.3-2.2z",
  chevron: "M8 10l4 4 4-4",
  close: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  alert: "M12 4l8.5 15h-17zM12 10v4M12 16.5h.01",
  brush: "M20 4c-5 2-9 6-11 10l2 2c4-2 8-6 9-12zM8 15c-2 0-3 1.5-3 3 0 1-.5 1.5-1.5 2 3.5 1 7-.5 7-3",
  back: "M11 5.5L4.5 12l6.5 6.5M5 12h14.5",
  present: "M4 5h16v10.5H4zM12 15.5V20M8.5 20h7M10.5 7.8l4 2.5-4 2.5z",
  before: "M14 6.5L8.5 12l5.5 5.5",
  after: "M10 6.5l5.5 5.5-5.5 5.5",
  check: "M4.5 4.5h15v15h-15zM8 12l3 3 5-6",
  folder: "M3.5 6.5h6l2 2.5h9v10h-17z",
  aloud: "M4.5 9.5h3.5L13 5.5v13L8 14.5H4.5zM16 9.2a4 4 0 0 1 0 5.6M18.6 6.6a7.6 7.6 0 0 1 0 10.8",
  lock: "M7.5 11V8a4.5 4.5 0 0 1 9 0v3M5.5 11h13v9h-13z",
  upload: "M12 16V5M7.5 9.5L12 5l4.5 4.5M5 20h14",
};

export function icon(name) {
  const frame = { viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true" };
  return svg("svg", frame, svg("path", { d: PATHS[name] ?? PATHS.other }));
}
