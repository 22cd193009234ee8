// <studio-tune>: a piece of music in the result area: heard, seen as a roll and as sheet music, taken away, and
// made into another. While it is composed it shows the notes so far. Knows the names of the task's files.
import { download, h, say } from "../dom.js";
import { icon } from "../icons.js";
import { addressOf, saved, titleOf } from "../output.js";
import { number, t } from "../words.js";
import { Change } from "./change.js";
import { heard, seconds } from "./notes.js";
import { Player } from "./player.js";
import { Roll } from "./roll.js";

const SHEET = "score.svg";
const SCORE = "score.json";
const KINDS = [
  ["tune.wav", "WAV"],
  ["tune.ogg", "OGG"],
  ["tune.mp3", "MP3"],
  ["tune.mid", "MIDI"],
  ["tune.abc", "ABC"],
  ["tune.musicxml", "MusicXML"],
  [SHEET, "SVG"],
  ["score.pdf", "PDF"],
];

const named = (item, name) => (item.outputs ?? []).find((output) => output.name === name) ?? null;

export class StudioTune extends HTMLElement {
  connectedCallback() {
    this.roll?.watch();
  }

  disconnectedCallback() {
    // moving within the page disconnects too: only what is gone for good is stopped
    queueMicrotask(() => {
      if (!this.isConnected) {
        this.roll?.stop();
        this.player?.stop();
      }
    });
  }

  /** Draws an item, or the newest partial of it. What did not change stays as it is. */
  show(item, partial) {
    this.itemId = item.id ?? null;
    if (!this.roll) this.build();
    const text = partial?.text ?? named(item, SCORE)?.text ?? null;
    if (text && text !== this.text) this.sing(text, item, partial);
    if (!partial && item.outputs?.length && this.finished !== item.outputs) this.finish(item);
    return this;
  }

  build() {
    this.facts = h("p.tune-facts");
    this.top = h("div.tune-player");
    this.roll = new Roll((at) => this.player?.seek(at));
    this.roll.node.hidden = true; // a sound without a score has none
    this.rest = h("div.tune-rest");
    this.replaceChildren(h("div.tune", {}, this.top, this.facts, this.roll.node, this.rest));
    if (this.isConnected) this.roll.watch();
  }

  sing(text, item, partial) {
    const score = heard(text);
    if (!score) return;
    this.text = text;
    this.score = score;
    this.roll.node.hidden = false;
    this.roll.show(score, partial ? (item.params?.bars ?? 0) : 0);
    say(this.facts, factsOf(score));
  }

  finish(item) {
    this.finished = item.outputs;
    const sound = named(item, "tune.wav") ?? item.outputs.find((output) => output.kind === "audio");
    const sheet = named(item, SHEET);
    if (sound) {
      const small = named(item, "tune.ogg") ?? named(item, "tune.mp3");
      const sources = [...new Set([small, sound])].filter(Boolean).map((output) => ({
        url: addressOf(output),
        type: output.media_type === "audio/ogg" ? "audio/ogg; codecs=opus" : output.media_type,
      }));
      this.player = new Player(sources, {
        peaks: sound.meta?.peaks,
        seconds: sound.meta?.seconds ?? 0,
        name: titleOf(item),
        moved: (now) => this.roll.at(now),
      });
      this.top.replaceChildren(this.player.node);
    }
    this.rest.replaceChildren(
      ...[
        sheet ? this.sheet(item, sheet) : null,
        sound || sheet ? this.downloads(item) : null,
        item.id && named(item, SCORE) ? new Change(item, this.score).node : null,
      ].filter(Boolean),
    );
  }

  /** Sheet music is ink on paper in either theme; on a small screen it scrolls rather than shrinks. */
  sheet(item, output) {
    return h(
      "div.tune-sheet",
      { tabindex: "0", role: "group", "aria-label": t("music.sheet") },
      h("img", {
        src: addressOf(output),
        alt: this.score
          ? t("music.sheet.alt", { title: this.score.title || titleOf(item), facts: factsOf(this.score) })
          : t("music.sheet"),
        decoding: "async",
      }),
    );
  }

  downloads(item) {
    const found = KINDS.map(([name, label]) => [named(item, name), label]).filter(([output]) => output);
    const pages = (item.outputs ?? []).filter((output) => /^page-\d+\.svg$/.test(output.name));
    const title = fileName(this.score?.title || titleOf(item));
    return h(
      "div.tune-files",
      { role: "group", "aria-label": t("music.files") },
      h("span.tune-files-label", { text: t("music.files") }),
      found.map(([output, label]) =>
        h("a.chip", {
          href: saved(addressOf(output)),
          download: `${title}${/\.\w+$/.exec(output.name)[0]}`,
          text: label,
        }),
      ),
      pages.length
        ? h(
            "button.chip",
            { type: "button", "data-act": "print", onclick: () => print(pages, title) },
            icon("text"),
            t("music.print"),
          )
        : null,
    );
  }
}

/** "D major · 6/8 · 165 quarter notes a minute · 16 bars · 28 s". */
function factsOf(score) {
  return [
    `${score.tonic.replace("#", "♯").replace(/b$/, "♭")} ${t(`music.scale_name.${score.mode}`)}`,
    score.metre.join("/"),
    t("music.fact.tempo", { n: number(score.tempo, 0) }),
    t("music.fact.bars", { n: score.bars }),
    t("ui.time.seconds", { n: Math.round(seconds(score.end, score.tempo)) }),
  ].join(" · ");
}

const fileName = (title) =>
  title
    .trim()
    .replace(/[\\/:*?"<>|\s]+/g, "-")
    .slice(0, 60) || "tune";

/** The sound, under the title's name: of nine files the one that everybody can use. */
export function save(item) {
  const sound = named(item, "tune.wav") ?? item.outputs?.[0];
  if (sound) download(saved(addressOf(sound)), `${fileName(titleOf(item))}${/\.\w+$/.exec(sound.name)?.[0] ?? ""}`);
}

/** Prints the engraved pages, one to a sheet, from a frame that nobody sees. */
async function print(pages, title) {
  const frame = h("iframe.visually-hidden", { "aria-hidden": "true", tabindex: "-1" });
  document.body.append(frame);
  const inside = frame.contentDocument;
  inside.title = title;
  const style = inside.createElement("style");
  style.textContent =
    "@page { size: A4; margin: 0 } body { margin: 0 } img { display: block; width: 100%; break-after: page }" +
    "img:last-child { break-after: auto }";
  inside.head.append(style);
  const pictures = pages.map((page) => {
    const picture = inside.createElement("img");
    picture.src = addressOf(page);
    picture.alt = title;
    return picture;
  });
  inside.body.append(...pictures);
  await Promise.allSettled(pictures.map((picture) => picture.decode()));
  frame.contentWindow.addEventListener("afterprint", () => frame.remove());
  frame.contentWindow.print();
}
