// Notes and scores as plain values: names of pitches, the notes that were played, a piece as it is heard.
// Knows the formats of ``start_notes`` and score.json; touches no document and makes no sound.

const NAMES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
const STEPS = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };

/** "C4" for 60. */
export const noteName = (pitch) => `${NAMES[((pitch % 12) + 12) % 12]}${Math.floor(pitch / 12) - 1}`;

/** The same as it is read: "C♯4". */
export const spoken = (pitch) => noteName(pitch).replace("#", "♯");

export const isBlack = (pitch) => NAMES[pitch % 12].length > 1;

/** A number from "3/2", "1.5" or 2. */
export function fraction(text) {
  const [above, below] = String(text).split("/").map(Number);
  return below ? above / below : above;
}

// -- what was played ------------------------------------------------------------------------------

/** [{pitch, length}] of "D4:0.5 R:1"; a rest has the pitch null. What cannot be read is left out. */
export function readNotes(text) {
  return (text ?? "").split(/\s+/).flatMap((piece) => {
    const [name, length] = piece.split(":");
    const beats = fraction(length);
    const found = /^(?:([A-G])(#|b)?(-?\d)|([Rr])|(\d{1,3}))$/.exec(name ?? "");
    if (!found || !(beats > 0)) return [];
    if (found[4]) return [{ pitch: null, length: beats }];
    const pitch = found[5]
      ? Number(found[5])
      : STEPS[found[1]] + ({ "#": 1, b: -1 }[found[2]] ?? 0) + 12 * (Number(found[3]) + 1);
    return [{ pitch, length: beats }];
  });
}

export const writeNotes = (notes) =>
  notes.map(({ pitch, length }) => `${pitch === null ? "R" : noteName(pitch)}:${Number(length.toFixed(4))}`).join(" ");

/** A time in quarter notes on the grid of sixteenths, between a sixteenth and a whole bar of four. */
export const quantised = (beats) => Math.min(4, Math.max(0.25, Math.round(beats * 4) / 4));

/** "1/4" for a quarter note, "1½" where no name is shorter. */
export function lengthWord(beats) {
  const known = { 0.25: "1/16", 0.5: "1/8", 0.75: "3/16", 1: "1/4", 1.5: "3/8", 2: "1/2", 3: "3/4", 4: "1" };
  return known[beats] ?? `${Math.round(beats * 4)}/16`;
}

// -- scores ---------------------------------------------------------------------------------------

/**
 * A score from its JSON text as it is heard, repeats written out: {title, tonic, mode, metre, tempo, bars,
 * end, lines, parts: [{name, percussion, notes: [{start, length, pitch}]}]}, times in quarter notes; null
 * where it is no score. ``bars`` are those on paper, ``lines`` the times at which a bar begins.
 */
export function heard(text) {
  let raw;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(raw?.parts) || !Array.isArray(raw.metre)) return null;
  const bar = (4 * raw.metre[0]) / raw.metre[1];
  const pickup = fraction(raw.pickup ?? 0);
  const parts = raw.parts.map((part) => ({
    name: part.name,
    program: part.program,
    percussion: !!part.percussion,
    notes: part.notes.map(([start, length, pitch]) => ({ start: fraction(start), length: fraction(length), pitch })),
  }));
  const written = Math.max(0, ...parts.flatMap((part) => part.notes.map((note) => note.start + note.length)));
  const bars = Math.max(0, Math.ceil((written - pickup) / bar - 1e-9));
  const stretches = unfolded(raw.repeats ?? [], bars, bar, pickup);
  const end = stretches.reduce((sum, [first, last]) => sum + last - first, 0);
  const lines = [];
  for (let at = pickup; at < end - 1e-9; at += bar) lines.push(at);
  return {
    title: raw.title ?? "",
    tonic: raw.tonic,
    mode: raw.mode,
    metre: raw.metre,
    tempo: raw.tempo,
    bars,
    end,
    lines,
    parts: parts.map((part) => ({ ...part, notes: played(part.notes, stretches) })),
  };
}

/** The written stretches [from, to] in the order they are heard. */
function unfolded(repeats, bars, bar, pickup) {
  const from = (number) => pickup + number * bar;
  const found = pickup ? [[0, pickup]] : [];
  let at = 0;
  for (const [first, last, times] of [...repeats].sort((a, b) => a[0] - b[0])) {
    if (first > at) found.push([from(at), from(first)]);
    for (let turn = 0; turn < times; turn += 1) found.push([from(first), from(last + 1)]);
    at = last + 1;
  }
  if (at < bars) found.push([from(at), from(bars)]);
  return found;
}

function played(notes, stretches) {
  const all = [];
  let now = 0;
  for (const [first, last] of stretches) {
    for (const note of notes)
      if (note.start >= first - 1e-9 && note.start < last - 1e-9)
        all.push({ ...note, start: note.start - first + now });
    now += last - first;
  }
  return all;
}

export const seconds = (beats, tempo) => (beats * 60) / tempo;

/** Semitones from one tonic to another, the nearer way: -5 to 6. */
export function between(from, to) {
  const class_ = (name) => STEPS[name[0]] + ({ "#": 1, b: -1 }[name[1]] ?? 0);
  const up = (((class_(to) - class_(from)) % 12) + 12) % 12;
  return up <= 6 ? up : up - 12;
}
