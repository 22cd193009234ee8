"""Foreign ABC files as scores: the first tune of a file, within fixed limits.

Knows the fields and the music code of ABC 2.1 that carry notes; ornaments, slurs, grace notes and layout are
passed over. A repeat with two endings is written out, a repeat that does not fall on bars is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice

from aigc_demo.tasks.music import abc_values as values
from aigc_demo.tasks.music import limits
from aigc_demo.tasks.music.abc import KEY_COMMENT
from aigc_demo.tasks.music.abc_voice import Voice
from aigc_demo.tasks.music.limits import refused
from aigc_demo.tasks.music.musicxml import signed
from aigc_demo.tasks.music.quantise import straightened
from aigc_demo.tasks.music.score import MODES, TONICS, Mode, Note, Part, Score, signature

_HEADER = re.compile(r"[A-Za-z]:")
_LENGTH = r"\d{0,3}+(?:/\d{0,3}+){0,8}+"
_TOKEN = re.compile(
    r"""(?P<inline>\[[A-Za-z]:[^\]\n]*+\])
      | (?P<bar>::++|:*+\|[\]|]?:*+|\[\||:\|)(?P<ending>\s*+\[?[1-9])?
      | \[(?P<only>[1-9])
      | "(?P<text>[^"\n]*+)"
      | (?P<skip>![^!\n]*+!|\+[^+\n]*+\+|\{[^}\n]*+\}|[~HLMOPSTuv.()`\\$]+(?!\d))
      | \((?P<tuplet>[2-9](?::\d{0,2}){0,2})
      | \[(?P<chord>(?:[\^_=]{0,2}+[A-Ga-g][,']{0,5}+LENGTH-?+)++)\]
        (?P<times>LENGTH)(?P<bind>-?)
      | (?P<note>[\^_=]{0,2}[A-Ga-g][,']{0,5})(?P<length>LENGTH)(?P<tie>-?)
      | (?P<rest>[xyz])(?P<pause>LENGTH)
      | (?P<bars>[XZ])(?P<count>\d{0,3})
      | (?P<broken><{1,3}|>{1,3})
      | (?P<overlay>&)""".replace("LENGTH", _LENGTH),
    re.VERBOSE,
)
_IN_CHORD = re.compile(rf"([\^_=]{{0,2}}[A-Ga-g][,']{{0,5}})({_LENGTH})(-?)")
_OPEN_FIELD = re.compile(r"\[(?=[A-Za-z]:)")
_COMMENT = re.compile(r"(?<!\\)%")
_KEY = re.compile(r"([A-G])([#b]?)\s*+([A-Za-z]*+)")
_NAME = re.compile(r'(?:name|nm)="([^"]*+)"')
_SYLLABLE = re.compile(r"(?:[^\s\-*_|\\]++|\\-?+)++|[*_|]")
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ALTERS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_CHORD = re.compile(r"[A-G][#b]?(?:m|min|maj|dim|aug|sus)?\d?(?:b5)?(?:/[A-G][#b]?)?")
_MODE_OF: dict[str, tuple[Mode, int]] = {
    "": ("major", 0), "maj": ("major", 0), "ion": ("major", 0), "m": ("minor", 0), "min": ("minor", 0),
    "aeo": ("minor", 0), "dor": ("dorian", 0), "mix": ("mixolydian", 0),
    "lyd": ("major", 1), "phr": ("minor", -1), "loc": ("minor", -2),
}  # fmt: skip
"""The mode of ours that is nearest, and the sharps beyond its signature."""


def read(data: bytes) -> Score:
    """The score of an ABC file: one part for each voice. Raises UserError with a sentence of its own."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    reader = _Reader()
    for line in _tune(text):
        reader.line(line)
    return reader.score()


def _tune(text: str) -> Iterator[str]:
    """The lines of the first tune: from its ``X:`` (or the first line) to an empty one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start = next((n for n, line in enumerate(lines) if line.startswith("X:")), 0)
    begun = False
    for line in lines[start:]:
        if not line.strip():
            if begun:
                return
            continue
        begun = True
        yield line


class _Reader:
    """Reads line by line; ``_voice`` is the voice that the music belongs to."""

    def __init__(self) -> None:
        self._title, self._tempo = "", 0.0
        self._metre: tuple[int, int] = (4, 4)
        self._unit: Fraction | None = None
        self._key: tuple[str, Mode] = ("C", "major")
        self._fifths = 0
        self._named_key: tuple[str, Mode] | None = None
        self._seen_key = False
        self._voices: dict[str, Voice] = {}
        self._voice = self._voices.setdefault("", Voice())
        self._tokens = 0

    # -- lines ------------------------------------------------------------------------------------

    def line(self, line: str) -> None:
        """One line: a directive, a field, words or music."""
        if line.startswith("%"):
            self._directive(line)
            return
        line = _COMMENT.split(line, maxsplit=1)[0]
        if line.startswith("w:"):
            self._words(line[2:])
        elif _HEADER.match(line):
            self._field(line[0], line[2:].strip())
        elif self._seen_key:
            self._music(line)

    def _directive(self, line: str) -> None:
        words = line.split()
        if line.startswith(KEY_COMMENT) and len(words) == 3 and words[1] in TONICS and words[2] in MODES:
            self._named_key = (words[1], words[2])
        elif words[:2] == ["%%MIDI", "program"] and len(words) > 2 and words[-1].isdecimal():
            self._voice.program = min(127, int(words[-1][:3]))
        elif words == ["%%MIDI", "channel", "10"]:
            self._voice.percussion = True

    def _field(self, name: str, value: str) -> None:
        if name == "T" and not self._title:
            self._title = limits.plain(value.replace("\\%", "%"))
        elif name == "M" and not self._seen_key:
            self._metre = values.metre(value)
        elif name == "L":
            self._unit = 4 * values.fraction(value, "1/8")
        elif name == "Q" and not self._tempo:
            self._tempo = limits.checked_tempo(values.tempo(value, self._unit_length()))
        elif name == "K":
            self._set_key(value)
        elif name == "V":
            self._set_voice(value)

    def _unit_length(self) -> Fraction:
        """``L:``, or a sixteenth in metres shorter than three quarters and an eighth in others."""
        if self._unit is not None:
            return self._unit
        return Fraction(1, 4) if Fraction(*self._metre) < Fraction(3, 4) else Fraction(1, 2)

    def _set_key(self, value: str) -> None:
        found = _KEY.match(value)
        if found is not None and not value.lower().startswith("clef"):
            mode, extra = _MODE_OF.get(
                found[3].lower()[:3], ("minor", 0) if found[3] == "m" else ("major", 0)
            )
            tonic = found[1] + found[2]
            self._fifths = max(-7, min(7, signature(tonic, mode) + extra))
            if not self._seen_key and tonic in TONICS:
                self._key = (tonic, mode)
        self._seen_key = True

    def _set_voice(self, value: str) -> None:
        name = value.split(maxsplit=1)[0] if value.split() else ""
        if not self._voices.get("", Voice()).notes:
            self._voices.pop("", None)
        if name not in self._voices and len(self._voices) >= limits.MAX_TRACKS:
            raise refused("file_too_many_tracks", limit=limits.MAX_TRACKS)
        self._voice = self._voices.setdefault(name, Voice())
        if (said := _NAME.search(value)) is not None:
            self._voice.name = limits.plain(said[1])
        if "clef=perc" in value:
            self._voice.percussion = True

    # -- music ------------------------------------------------------------------------------------

    def _music(self, line: str) -> None:
        self._voice.line = []
        line, at = _closed(line), 0
        while at < len(line):
            found = _TOKEN.match(line, at)
            if found is None or found.end() == at:
                at += 1
                continue
            at = found.end()
            self._tokens += 1
            limits.check_notes(self._tokens)
            self._token(found)

    def _token(self, found: re.Match[str]) -> None:  # noqa: PLR0912 - one branch for each kind of sign
        voice = self._voice
        if found["inline"]:
            self._field(found["inline"][1], found["inline"][3:-1].strip())
            if found["inline"][1] == "V":
                self._voice.line = []
        elif found["bar"]:
            voice.bar_line(found["bar"], (found["ending"] or "").strip(" [\t"))
        elif found["only"]:
            voice.begin_ending(found["only"])
        elif found["text"] is not None:
            if _CHORD.fullmatch(found["text"]):
                voice.chords.append((voice.now, found["text"]))
        elif found["tuplet"]:
            voice.tuplet = values.tuplet(found["tuplet"], self._metre)
        elif found["note"]:
            self._sound([(found["note"], found["tie"])], found["length"])
        elif found["chord"]:
            inside = _IN_CHORD.findall(found["chord"])
            each = values.multiple(inside[0][1]) * values.multiple(found["times"])
            self._sound([(note, tie or found["bind"]) for note, _, tie in inside], "", each)
        elif found["rest"]:
            if found["rest"] != "y":
                voice.now += self._take(values.multiple(found["pause"]))
        elif found["bars"]:
            count = min(int(found["count"] or 1), 999)
            voice.now += count * Fraction(4 * self._metre[0], self._metre[1])
        elif found["broken"]:
            voice.break_rhythm(found["broken"])
        elif found["overlay"]:
            voice.now, voice.accidentals = voice.bar_at, {}
        limits.check_length(float(voice.now) * 60 / limits.MAX_TEMPO)

    def _take(self, multiple: Fraction) -> Fraction:
        """The length of what comes next: its number, a triplet it is in, a dot before it."""
        voice = self._voice
        left, ratio = voice.tuplet
        length = limits.rounded(self._unit_length() * multiple * (ratio if left else 1) * voice.broken)
        voice.tuplet = (left - 1, ratio) if left > 1 else (0, Fraction(1))
        voice.broken = Fraction(1)
        return length

    def _sound(self, notes: list[tuple[str, str]], number: str, each: Fraction | None = None) -> None:
        voice = self._voice
        length = self._take(each if each is not None else values.multiple(number))
        if length <= 0:
            return
        tied, first = dict(voice.tied), len(voice.notes)
        voice.tied = {}
        joined = False
        for name, tie in notes:
            pitch = self._pitch(name)
            if pitch in tied and voice.notes[tied[pitch]].end == voice.now:
                index, joined = tied[pitch], True
                voice.notes[index] = replace(voice.notes[index], length=voice.notes[index].length + length)
            else:
                index = len(voice.notes)
                voice.notes.append(Note(voice.now, length, pitch))
            if tie:
                voice.tied[pitch] = index
        voice.line.append(-1 if joined or first >= len(voice.notes) else first)
        voice.last = (first, length) if not joined else None
        voice.now += length

    def _pitch(self, name: str) -> int:
        voice = self._voice
        mark = name.rstrip("ABCDEFGabcdefg,'")
        letter = name[len(mark)]
        step = letter.upper()
        octave = (5 if letter.islower() else 4) + name.count("'") - name.count(",")
        if mark in _ALTERS:
            voice.accidentals[(step, octave)] = _ALTERS[mark]
        alter = voice.accidentals.get((step, octave), signed(step, self._fifths))
        return max(0, min(127, 12 * (octave + 1) + _SEMITONES[step] + alter))

    def _words(self, text: str) -> None:
        """Syllables onto the notes of the line of music just read."""
        voice = self._voice
        places = iter(voice.line)
        for found in islice(_SYLLABLE.finditer(text), limits.MAX_EVENTS):
            if (word := found[0]) == "|":
                continue
            index = next(places, None)
            if index is None:
                return
            if word not in "*_" and index >= 0:
                syllable = limits.plain(word.replace("\\-", "-").replace("~", " "), limits.MAX_LYRIC)
                voice.notes[index] = replace(voice.notes[index], lyric=syllable)

    # -- the whole --------------------------------------------------------------------------------

    def score(self) -> Score:
        """Everything that was read."""
        voices = [voice for voice in self._voices.values() if voice.notes]
        if not voices:
            raise refused("file_no_notes")
        limits.check_notes(sum(len(voice.notes) for voice in voices))
        tonic, mode = self._named_key or self._key
        first = voices[0]
        bar = Fraction(4 * self._metre[0], self._metre[1])
        pickup = first.bars[0] if first.bars and 0 < first.bars[0] < bar else Fraction(0)
        parts = tuple(
            Part(
                voice.name or f"Part {number}",
                voice.program,
                tuple(sorted(voice.notes, key=lambda n: n.start)),
                voice.percussion,
            )
            for number, voice in enumerate(voices, 1)
        )
        score = Score(
            self._title,
            tonic,
            mode,
            self._metre,
            self._tempo or 120.0,
            parts,
            pickup,
            (),
            tuple(first.chords),
        )
        score = straightened(replace(score, repeats=first.repeats_on_bars(pickup, bar)))
        limits.check_length(score.seconds)
        return score


def _closed(line: str) -> str:
    """The line with blanks for the openings that nothing closes: nobody need look for their ends again."""
    graces, fields = line.rfind("}") + 1, line.rfind("]") + 1
    line = line[:graces] + line[graces:].replace("{", " ")
    return line[:fields] + _OPEN_FIELD.sub(" ", line[fields:])
