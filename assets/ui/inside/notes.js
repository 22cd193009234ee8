// A tune on a staff with what else might have come, and followed while it plays.
import { h, svg } from "../dom.js";
import { number, t } from "../words.js";
import { heatOf, pieces } from "./pieces.js";

const QUARTER = 54; // pixels
const STEP = 6;
const LINES = [30, 32, 34, 36, 38]; // E4, G4, B4, D5, F5 in steps from C0
const DARKEST = 12; // bits
const percent = (share) => `${number(100 * share, share < 0.1 ? 1 : 0)} %`;

/**
 * @param {Record<string, any>} data
 * @param {{ audio?: string | null }} [context] where the piece can be heard
 */
export function notes(data, context = {}) {
  return new Tune(data, context.audio ?? null).nodes;
}

class Tune {
  constructor(data, audio) {
    this.data = data;
    const steps = [...LINES, ...data.notes.flatMap((note) => [note.step, ...note.others.map((one) => one.step)])];
    this.high = Math.max(...steps) + 2;
    this.low = Math.min(...steps) - 2;
    this.width = 40 + QUARTER * Math.max(1, ...data.notes.map((note) => note.start + note.length));
    this.marks = [];
    this.staff = this.drawn();
    this.panel = h("div.alternatives", { "aria-live": "polite" });
    this.row = pieces(
      data.notes.map((note) => ({
        text: note.name,
        heat: Math.min(88, (88 * note.bits) / DARKEST),
        label: t("inside.notes.of", { name: note.name, bar: note.bar + 1, bits: number(note.bits, 1) }),
      })),
      (at) => this.choose(at),
      t("inside.notes.title"),
    );
    this.scroll = h("div.staff-scroll", { tabindex: "0", role: "group", "aria-label": t("inside.notes.staff") });
    this.scroll.append(this.staff);
    this.player = audio && this.follow(audio);
    if (data.notes.length) this.row.press(0);
  }

  get nodes() {
    return [this.player, this.scroll, this.row.node, this.panel].filter(Boolean);
  }

  x = (at) => 20 + QUARTER * at;
  y = (step) => (this.high - step) * STEP;

  drawn() {
    const { data } = this;
    const height = this.y(this.low) + 4;
    const node = svg("svg", { class: "staff", width: this.width, height, viewBox: `0 0 ${this.width} ${height}` });
    node.setAttribute("aria-hidden", "true");
    for (const line of LINES) node.append(svg("path", { class: "staff-line", d: `M0 ${this.y(line)}H${this.width}` }));
    const bars = 1 + Math.max(0, ...data.notes.map((note) => note.bar));
    for (let bar = 0; bar <= bars; bar++) {
      const at = this.x(data.pickup + bar * data.bar) - 6;
      if (at < this.width)
        node.append(svg("path", { class: "staff-bar", d: `M${at} ${this.y(LINES[4])}V${this.y(LINES[0])}` }));
    }
    for (const [at, note] of data.notes.entries()) node.append(this.mark(note, at));
    return node;
  }

  /** A note with the pitches that might have come at its place. */
  mark(note, at) {
    const wide = Math.max(8, QUARTER * note.length - 6);
    const group = svg("g", { class: "staff-note", "data-at": at });
    for (const one of note.others) {
      const box = { x: this.x(note.start), y: this.y(one.step) - STEP + 1, width: wide, height: 2 * STEP - 2, rx: 3 };
      const drawn = svg("rect", { ...box, class: "staff-other" });
      drawn.setAttribute("style", `opacity: ${(heatOf(one.p) / 100).toFixed(2)}`);
      group.append(drawn);
    }
    const head = { cx: this.x(note.start) + 7, cy: this.y(note.step), rx: 7, ry: STEP - 0.5 };
    group.append(svg("ellipse", { ...head, class: "staff-head" }));
    group.addEventListener("click", () => this.row.press(at));
    this.marks.push(group);
    return group;
  }

  choose(at) {
    const note = this.data.notes[at];
    for (const [other, mark] of this.marks.entries()) mark.toggleAttribute("data-chosen", other === at);
    this.show(at);
    const most = Math.max(...note.others.map((one) => one.p), 0.0001);
    const rows = note.others.map((one) =>
      h(
        "li.alternative",
        { "data-chosen": one.pitch === note.pitch || null, "data-why": one.q > 0 ? null : "rules" },
        h("span.alternative-text", { text: one.name }),
        h("span.alternative-bar", { "aria-hidden": "true" }, h("i", { style: `width: ${(100 * one.p) / most}%` })),
        h("span.alternative-share", { text: percent(one.p) }),
        h("span.alternative-fate", {
          text: one.q > 0 ? t("inside.tokens.drawn_with", { p: percent(one.q) }) : t("inside.tokens.by_rules"),
        }),
      ),
    );
    const told = { name: note.name, bar: note.bar + 1, bits: number(note.bits, 1) };
    const forbidden =
      note.forbidden >= 0.001 &&
      h("p.inside-note", { text: t("inside.notes.forbidden", { p: percent(note.forbidden) }) });
    this.panel.replaceChildren(
      h("div.alternatives-of", {}, h("h4", { text: t("inside.notes.of", told) }), forbidden, h("ol", {}, rows)),
    );
  }

  /** Brings a note into sight. */
  show(at) {
    const left = this.x(this.data.notes[at].start);
    const { scrollLeft, clientWidth } = this.scroll ?? {};
    if (clientWidth && (left < scrollLeft + 20 || left > scrollLeft + clientWidth - 80))
      this.scroll.scrollLeft = left - clientWidth / 3;
  }

  /** A player by which the notes are marked as they sound. */
  follow(src) {
    const player = h("audio.inside-player", { src, controls: true, preload: "metadata" });
    player.setAttribute("aria-label", t("ui.output.audio"));
    const begins = this.data.notes
      .flatMap((note, at) => note.heard.map((second) => [second, at]))
      .sort(([one], [other]) => one - other);
    let shown = -1;
    const mark = () => {
      if (!player.isConnected) return;
      const now = begins.findLast(([second]) => second <= player.currentTime)?.[1] ?? -1;
      if (now !== shown) {
        this.marks[shown]?.removeAttribute("data-sounds");
        this.marks[now]?.setAttribute("data-sounds", "");
        shown = now;
        if (now >= 0) this.show(now);
      }
      if (!player.paused) requestAnimationFrame(mark);
    };
    player.addEventListener("play", mark);
    player.addEventListener("seeked", mark);
    return player;
  }
}
