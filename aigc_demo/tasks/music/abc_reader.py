"""Foreign ABC files as scores: the first tune of a file, within fixed limits.

Knows the fields and the music code of ABC 2.1 that carry notes, and where each field holds: for the file, for
the tune, for one voice. Ornaments, slurs and layout are passed over; what of the music is not kept is told.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import islice

from aigc_demo.tasks.music import abc_file, limits
from aigc_demo.tasks.music import abc_values as values
from aigc_demo.tasks.music.abc import KEY_COMMENT
from aigc_demo.tasks.music.abc_values import ALTERS, Key
from aigc_demo.tasks.music.abc_voice import Carried, Place, Voice
from aigc_demo.tasks.music.assembly import Frame, Opened, assembled
from aigc_demo.tasks.music.left_out import Notes
from aigc_demo.tasks.music.limits import refused
from aigc_demo.tasks.music.score import MODES, TONICS, Mode

_LENGTH = r"\d{0,3}+(?:/\d{0,3}+){0,8}+"
_MARK = r"(?:\^\^?|__?|=)?(?:(?<=[\^_])\d?/\d?)?"
_TOKEN = re.compile(
    r"""(?P<inline>\[[A-Za-z]:[^\]\n]*+\])
      | (?P<bar>\.?(?::*+\|[|\]:]*+|\[\|[|\]:]*+|::++)(?:\[\|[|\]:]*+)?)
        (?P<ending>[ \t]{0,3}+\[?[1-9][\d,-]{0,20})?
      | \[(?P<only>[1-9][\d,-]{0,20})
      | "(?P<text>[^"\n]*+)"
      | !(?P<sign>[^!|\s\]]{1,40}+)! | \+(?P<plus>[^+|\n]{1,60}+)\+
      | (?P<grace>\{[^}\n]*+\})
      | \((?P<tuplet>(?:[2-9]|[1-9]\d(?=:))(?::\d{0,2}){0,2})
      | \[(?P<chord>[^\]\[|\n:]{1,200}+)\](?P<times>LENGTH)(?P<bind>[ ]?-)?
      | (?P<note>MARK[A-Ga-g][,']{0,6})(?P<length>LENGTH)(?P<tie>[ ]?-)?
      | (?P<rest>[xyz])(?P<pause>LENGTH)
      | (?P<bars>[XZ])(?P<count>\d{0,3})
      | (?P<broken><{1,3}|>{1,3})
      | (?P<overlay>&) | (?P<dash>-) | (?P<letter>[H-WYh-w~.])""".replace("LENGTH", _LENGTH).replace(
        "MARK", _MARK
    ),
    re.VERBOSE,
)
_IN_CHORD = re.compile(rf'({_MARK}[A-Ga-g][,\']{{0,6}})({_LENGTH})(-?)|"[^"]*+"|![^!]*+!')
_OPEN_FIELD = re.compile(r"\[(?=[A-Za-z]:)")
_NAME = re.compile(r'(?:name|nm)="([^"]*+)"')
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_CHORD = re.compile(
    r"\(?([A-G][#b]?(?:maj|min|m|M|dim|aug|sus|add|\+|°|o|ø|-)?\d{0,2}(?:maj7|sus[24]?|add\d|[b#]\d{1,2}){0,2}"
    r"(?:/[A-G][#b]?)?)\)?"
)
_RULES = ("not", "octave", "pitch")
_BACK = {"D.C.": "start", "dacapo": "start", "D.S.": "segno", "dalsegno": "segno"}


def read(data: bytes) -> Opened:
    """The score of an ABC file: one part for each voice. Raises UserError with a sentence of its own."""
    file = abc_file.opened(data)
    reader = _Reader()
    for line in file.header:
        reader.line(line)
    for line in file.tune:
        reader.line(line)
    if file.tunes > 1:
        reader.left.add("tunes", count=file.tunes)
    return reader.opened()


class _Reader:
    """Reads line by line; ``_voice`` is the voice that the music belongs to.

    Before the body, fields hold for the tune; in it, for the voice that is being written.
    """

    def __init__(self) -> None:
        self.left = Notes()
        self._title, self._tempo, self._parts = "", 0.0, ""
        self._metre: tuple[int, int] | None = None
        self._unit: Fraction | None = None
        self._key: Key | None = None
        self._named_key: tuple[str, Mode] | None = None
        self._body = False
        self._program, self._shift, self._rule = 0, 0, "pitch"
        self._voices: dict[str, Voice] = {}
        self._voice: Voice | None = None
        self._tokens = 0

    # -- lines ------------------------------------------------------------------------------------

    def line(self, line: str) -> None:
        """One line: a directive, a field, words or music."""
        if line.startswith("%"):
            self._directive(line)
            return
        line = abc_file.without_comment(line)
        if abc_file.FIELD.match(line):
            self._field(line[0], line[2:].strip())
        elif self._body or abc_file.body_begins(line):
            self._music(line)

    def _directive(self, line: str) -> None:
        words = line.split()
        if line.startswith(KEY_COMMENT) and len(words) == 3 and words[1] in TONICS and words[2] in MODES:
            self._named_key = (words[1], words[2])
        elif words and words[0].startswith("%%"):
            self._instruction([words[0][2:], *words[1:]])

    def _instruction(self, words: list[str]) -> None:
        """``%%MIDI program 40``, or the same in an ``I:`` field."""
        number = int(words[-1][-3:]) if words and words[-1].lstrip("+-").isdecimal() else None
        if words[:1] == ["propagate-accidentals"] and words[1:2] and words[1] in _RULES:
            self._rule = words[1]
        elif words[:2] == ["MIDI", "program"] and number is not None:
            self._set_program(min(127, abs(number)))
        elif words[:2] == ["MIDI", "transpose"] and number is not None:
            self._shift = -abs(number) if words[-1].startswith("-") else number
        elif words[:3] == ["MIDI", "channel", "10"]:
            self._current().line.percussion = True

    def _set_program(self, program: int) -> None:
        if self._voice is None:
            self._program = program
        elif not self._voice.line.signs:
            self._voice.line.program = program
        elif self._voice.line.program != program:
            self.left.add("programs")

    def _field(self, name: str, value: str) -> None:
        if name == "T" and not self._title:
            self._title = limits.plain(value.replace("\\%", "%"))
        elif name == "M":
            self._set_metre(value)
        elif name == "L":
            unit = 4 * values.fraction(value, "1/8")
            if self._body:
                self._current().unit = unit
            else:
                self._unit = unit
        elif name == "Q":
            self._set_tempo(value)
        elif name == "P":
            self._set_part(value)
        elif name == "K":
            self._set_key(value)
        elif name == "V":
            self._set_voice(value)
        elif name == "I":
            self._instruction(value.split())
        elif name == "w" and self._body:
            found = abc_file.syllables(value)
            words = (limits.plain(word, limits.MAX_LYRIC) for word in islice(found, limits.MAX_EVENTS))
            self._current().words(words)
        elif name == "W":
            self.left.add("words")

    def _set_metre(self, value: str) -> None:
        metre = values.metre(value)
        if metre is None:
            self.left.add("free_metre")
        if not self._body:
            self._metre = metre or (4, 4)
        elif metre is not None:
            voice = self._current()
            voice.metre = metre
            voice.metres.append((len(voice.line.measures), metre))

    def _unit_length(self) -> Fraction:
        """``L:``, or a sixteenth in metres shorter than three quarters and an eighth in others."""
        if self._unit is not None:
            return self._unit
        return Fraction(1, 4) if Fraction(*(self._metre or (1, 1))) < Fraction(3, 4) else Fraction(1, 2)

    def _set_tempo(self, value: str) -> None:
        tempo = values.tempo(value, self._unit_length())
        if not any(voice.line.signs for voice in self._voices.values()):
            self._tempo = limits.checked_tempo(tempo)
        elif tempo != (self._tempo or 120.0):
            self.left.later_tempo(tempo, len(self._current().line.measures))

    def _set_part(self, value: str) -> None:
        if self._body:
            self._current().label(value[:1])
        elif any(letter.isupper() for letter in value):
            self._parts = value[:200]

    def _set_key(self, value: str) -> None:
        key, moved = values.key(value), values.moved(value)
        if not self._body:
            self._key = key or self._key or Key()
            self._shift += moved
            self._begin()
            return
        voice = self._current()
        voice.shift = moved or voice.shift
        if key is not None and key != voice.key:
            if voice.line.signs:
                self.left.add("key", bar=len(voice.line.measures))
            elif self._voices and voice is next(iter(self._voices.values())):
                self._key = key
            voice.key, voice.alters = key, {}

    # -- voices -----------------------------------------------------------------------------------

    def _begin(self) -> None:
        """The header is over: what it said holds for each voice until the voice says otherwise."""
        self._body = True
        for voice in self._voices.values():
            self._inherit(voice)
        if self._voices:
            self._voice = next(iter(self._voices.values()))

    def _inherit(self, voice: Voice) -> None:
        voice.unit, voice.metre = self._unit_length(), self._metre or (4, 4)
        voice.key = self._key or Key()

    def _current(self) -> Voice:
        if self._voice is None:
            self._voice = self._voices.setdefault("", self._new())
        return self._voice

    def _new(self) -> Voice:
        voice = Voice()
        voice.line.program = self._program
        self._inherit(voice)
        return voice

    def _set_voice(self, value: str) -> None:
        name = value.split(maxsplit=1)[0] if value.split() else ""
        if "" in self._voices and not self._voices[""].line.signs:
            self._voices.pop("")
        if name not in self._voices and len(self._voices) >= limits.MAX_TRACKS:
            raise refused("file_too_many_tracks", limit=limits.MAX_TRACKS)
        voice = self._voice = self._voices.setdefault(name, self._new())
        if (said := _NAME.search(value)) is not None:
            voice.line.name = limits.plain(said[1])
        voice.shift = values.moved(value) or voice.shift
        if "clef=perc" in value:
            voice.line.percussion = True

    # -- music ------------------------------------------------------------------------------------

    def _music(self, line: str) -> None:
        if not self._body:
            if self._key is None:
                self.left.add("no_key")
            self._begin()
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
        voice = self._current()
        if found["note"]:
            self._sound([(found["note"], bool(found["tie"]))], values.multiple(found["length"]))
        elif found["bar"]:
            voice.bar_line(found["bar"].lstrip("."), (found["ending"] or "").strip(" [\t"))
        elif found["inline"]:
            self._field(found["inline"][1], found["inline"][3:-1].strip())
        elif found["only"]:
            voice.begin_ending(found["only"])
        elif found["text"] is not None:
            if (chord := _CHORD.fullmatch(found["text"])) is not None:
                voice.line.chords.append((voice.now, chord[1]))
        elif found["sign"] or found["letter"]:
            self._road_sign(found["sign"] or {"S": "segno", "O": "coda"}.get(found["letter"], ""))
        elif found["tuplet"]:
            voice.tuplet = values.tuplet(found["tuplet"], voice.metre)
        elif found["chord"]:
            self._chord(found["chord"], found["times"], bool(found["bind"]))
        elif found["rest"]:
            if found["rest"] != "y":
                voice.rest(voice.take(values.multiple(found["pause"])))
        elif found["bars"]:
            voice.rest(min(int(found["count"] or 1), 999) * Fraction(4 * voice.metre[0], voice.metre[1]))
        elif found["broken"]:
            voice.break_rhythm(found["broken"])
        elif found["overlay"]:
            voice.overlay()
        elif found["dash"]:
            voice.hold()
        elif found["grace"]:
            self.left.add("grace")
        elif found["plus"] and not _IN_CHORD.sub("", found["plus"]).strip():
            self._chord(found["plus"], "", False)  # how chords were written before ABC 2
        limits.check_length(float(voice.now) * 60 / limits.MAX_TEMPO)

    def _road_sign(self, name: str) -> None:
        """A decoration that sends the player elsewhere; the others are ornaments."""
        bar = self._current().bar
        plain = name.split("al", 1)[0] if name.startswith(("D.C.al", "D.S.al")) else name
        if plain in _BACK:
            bar.back = "start" if _BACK[plain] == "start" else "segno"
        elif plain in ("segno", "fine", "coda"):
            setattr(bar, plain, True)
        elif plain == "dacoda":
            bar.to_coda = True

    def _chord(self, inside: str, times: str, bind: bool) -> None:
        notes = [found for found in _IN_CHORD.findall(inside) if found[0]]
        if notes:
            each = values.multiple(notes[0][1]) * values.multiple(times)
            self._sound([(note, bool(tie) or bind) for note, _, tie in notes], each)

    def _sound(self, notes: list[tuple[str, bool]], multiple: Fraction) -> None:
        voice = self._current()
        length = voice.take(multiple)
        if length <= 0:
            return
        carried, pitches = voice.carried, []
        voice.carried = {}
        for name, tie in notes:
            place, alter, held = self._alter(voice, name, carried)
            pitch = 12 * (place[1] + 1) + _SEMITONES[place[0]] + alter
            pitch += 0 if voice.line.percussion else voice.shift + self._shift
            pitches.append((max(0, min(127, pitch)), held, tie))
            if tie:
                voice.carried[place] = (*voice.carried.get(place, ()), alter)
        voice.sound(pitches, length)

    def _alter(self, voice: Voice, name: str, carried: Carried) -> tuple[Place, int, bool]:
        """The place of a note, what is done to it, and whether it may be tied to what was before."""
        mark = name.rstrip("ABCDEFGabcdefg,'")
        letter = name[len(mark)]
        step = letter.upper()
        place = (step, (5 if letter.islower() else 4) + name.count("'") - name.count(","))
        scope = place if self._rule == "octave" else (step, 0)
        if mark.rstrip("0123456789/") != mark:
            self.left.add("quarter_tones")
        said = ALTERS.get(mark.rstrip("0123456789/"))
        if said is not None:
            if self._rule != "not":
                voice.alters[scope] = said
            return place, said, said in carried.get(place, ())
        if place in carried:
            return place, carried[place][0], True
        return place, voice.alters.get(scope, voice.key.alters.get(step, 0)), False

    # -- the whole --------------------------------------------------------------------------------

    def opened(self) -> Opened:
        """Everything that was read."""
        voices = [voice for voice in self._voices.values() if voice.line.signs]
        if not voices:
            raise refused("file_no_notes")
        for voice in voices:
            voice.finish()
        key, metre, first = self._key or Key(), self._metre or (4, 4), voices[0]
        if key.near:
            self.left.add("mode", key=key.near)
        for bar, later in first.metres:
            if bar == 1:
                metre = later
            elif later != metre:
                self.left.later_metre(later, bar)
        measures = first.line.measures
        bar_length = Fraction(4 * metre[0], metre[1])
        pickup = measures[0].length if len(measures) > 1 and measures[0].length < bar_length else Fraction(0)
        tonic, mode = self._named_key or (key.tonic, key.mode)
        frame = Frame(self._title, tonic, mode, metre, self._tempo or 120.0, pickup, self._parts)
        score = assembled(frame, [voice.line for voice in voices])
        return Opened(score, self.left.terms())


def _closed(line: str) -> str:
    """The line with blanks for the openings that nothing closes: nobody need look for their ends again."""
    graces, fields = line.rfind("}") + 1, line.rfind("]") + 1
    line = line[:graces] + line[graces:].replace("{", " ")
    return line[:fields] + _OPEN_FIELD.sub(" ", line[fields:])
