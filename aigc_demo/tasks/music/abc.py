"""A score as ABC text, the notation in which folk tunes are passed on.

Knows ABC 2.1 as its standard page describes it. What a bar looks like is :mod:`notation`'s business; reading
foreign files is :mod:`abc_reader`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from aigc_demo.tasks.music.musicxml import clef_for, fifths_of, signed
from aigc_demo.tasks.music.notation import Bar, Piece, Voice, bars_of, beamed, beat_of, tuplets
from aigc_demo.tasks.music.score import Mode, Part, Score, chords_between, spell

UNIT = Fraction(1, 2)
"""The length of a letter without a number, in quarter notes: an eighth (``L:1/8``)."""
BARS_A_LINE = 4
KEY_COMMENT = "%studio-key "
"""Opens the line that names the Chinese modes, of which ABC has none."""

MODES: dict[Mode, str] = {
    "major": "", "minor": "m", "dorian": "dor", "mixolydian": "mix",
    "gong": "", "shang": "dor", "jue": "phr", "zhi": "mix", "yu": "m",
}  # fmt: skip
_CHINESE = frozenset({"gong", "shang", "jue", "zhi", "yu"})
_ACCIDENTALS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_SPECIAL = str.maketrans({" ": "~", "-": "\\-", "*": "", "|": "", "_": "", "%": "", "\\": "", "~": ""})


def write(score: Score) -> bytes:
    """The score as an ABC file in UTF-8; the same bytes for the same score."""
    lines = ["%abc-2.1", "X:1", f"T:{_field(score.title)}", f"M:{score.metre[0]}/{score.metre[1]}", "L:1/8"]
    beat = beat_of(score.metre)
    lines.append(f"Q:{_number(beat / 4)}={score.tempo / float(beat):g}")
    if score.mode in _CHINESE:
        lines.append(f"{KEY_COMMENT}{score.tonic} {score.mode}")
    lines += [_voice_field(number, part) for number, part in enumerate(score.parts, 1)]
    lines.append(f"K:{_key(score)}")
    for number, part in enumerate(score.parts, 1):
        lines.append(f"[V:{number}]")
        lines += ["%%MIDI channel 10"] if part.percussion else [f"%%MIDI program {part.program}"]
        lines += _Writer(part, score, first=number == 1).lines()
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _key(score: Score) -> str:
    if fifths_of(score) == score.fifths:
        return score.tonic + MODES[score.mode]
    # more sharps or flats than there are: the major key of the other name has the same notes
    return "Cb Gb Db Ab Eb Bb F C G D A E B F# C#".split()[fifths_of(score) + 7]  # noqa: SIM905


def _voice_field(number: int, part: Part) -> str:
    # not treble-8: programs differ in whether it moves the sound
    clef = "perc" if part.percussion else {"G": "treble", "F": "bass"}[clef_for(part)[0]]
    name = _field(part.name).replace('"', "'")
    return f'V:{number} clef={clef} name="{name}"'


def _field(text: str) -> str:
    """Text that stays within its line and begins no comment."""
    return " ".join(text.split()).replace("\\", "").replace("%", "\\%")


class _Writer:
    """Writes one part; keeps which letters have had an accidental in the bar.

    Programs differ in whether one holds for other octaves, for the rest of the bar or for tied notes: so
    every note whose letter has had one says its own.
    """

    def __init__(self, part: Part, score: Score, *, first: bool) -> None:
        self._part, self._score, self._first = part, score, first
        self._fifths = fifths_of(score)
        self._chords = sorted(score.chords, key=lambda chord: chord[0])
        self._touched: set[str] = set()

    def lines(self) -> Iterator[str]:
        """Lines of music, each followed by its line of words if it has any."""
        bars = bars_of(self._part, self._score)
        head = 1 if self._score.pickup else 0
        starts = [0, *range(head + BARS_A_LINE, len(bars), BARS_A_LINE)]
        for start, stop in zip(starts, [*starts[1:], len(bars)], strict=True):
            row = bars[start:stop]
            yield " ".join(self._bar(bar, last=bar is bars[-1]) for bar in row).replace(" | |:", " |:")
            yield from _words(row)

    def _bar(self, bar: Bar, *, last: bool) -> str:
        score = self._score
        opens = next((r for r in score.repeats if r.first == bar.number), None)
        closes = next((r for r in score.repeats if r.last == bar.number), None)
        left = "|" + ":" * (opens.times - 1) + " " if opens else ""
        right = ":" * (closes.times - 1) + "|" if closes else "|]" if last else "|"
        voices = []
        self._touched = set()
        for number, voice in enumerate(bar.voices):
            voices.append(self._voice(bar, voice, symbols=self._first and number == 0))
        return left + " & ".join(voices) + " " + right

    def _voice(self, bar: Bar, voice: Voice, *, symbols: bool) -> str:
        together = {index for run in beamed(voice, self._score) for index in run[1:]}
        opens = {first: last - first + 1 for first, last in tuplets(voice)}
        text = ""
        for index, piece in enumerate(voice):
            if index and index not in together:
                text += " "
            if symbols:
                begin = bar.start + piece.start
                named = chords_between(self._chords, begin, begin + piece.length)
                text += "".join(f'"{name}"' for _, name in named)
            if index in opens:
                text += f"(3:2:{opens[index]}"
            text += self._piece(piece)
        return text

    def _piece(self, piece: Piece) -> str:
        length = _multiple(piece.sign / UNIT)
        if not piece.pitches:
            return "z" + length
        letters = [self._letter(pitch) for pitch in piece.pitches]
        chord = letters[0] if len(letters) == 1 else f"[{''.join(letters)}]"
        return chord + length + ("-" if piece.tied_to else "")

    def _letter(self, pitch: int) -> str:
        name = spell(pitch, self._fifths)
        says = name.alter != signed(name.step, self._fifths) or name.step in self._touched
        if says:
            self._touched.add(name.step)
        letter = name.step if name.octave < 5 else name.step.lower()
        octave = "," * (4 - name.octave) if name.octave < 5 else "'" * (name.octave - 5)
        return (_ACCIDENTALS[name.alter] if says else "") + letter + octave


def _words(bars: Sequence[Bar]) -> Iterator[str]:
    """A ``w:`` line for each verse: a syllable for each note of the first voice, ``*`` for none."""
    pieces = [piece for bar in bars for piece in bar.voices[0] if piece.pitches]
    sung = [(piece.lyric, *piece.verses) for piece in pieces]
    for verse in range(max(map(len, sung), default=0)):
        words = [one[verse] if verse < len(one) else "" for one in sung]
        if any(any(one[verse:]) for one in sung):
            said = [
                "_" if p.tied_from else w.translate(_SPECIAL) or "*"
                for p, w in zip(pieces, words, strict=True)
            ]
            yield "w: " + " ".join(said)


def _multiple(value: Fraction) -> str:
    """A length as ABC writes it after a letter: nothing, ``3``, ``/2`` or ``3/2``."""
    if value == 1:
        return ""
    return f"{value.numerator if value.numerator != 1 else ''}" + (
        f"/{value.denominator}" if value.denominator != 1 else ""
    )


def _number(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"
