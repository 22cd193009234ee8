"""What a piece of music is asked for with, by kinds of models.

Knows names, defaults and limits; imports no torch. Composers take a family of parameters for scores, models
of sound one for sounds; what families have in common is in their parts.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, ClassVar, Literal

from pydantic import field_validator, model_validator
from pydantic_core import PydanticCustomError

from aigc_demo.tasks.music.score import Note
from aigc_demo.types import Params, param

Action = Literal["compose", "continue", "vary", "harmonise", "arrange"]
Style = Literal[
    "auto", "reel", "jig", "slip_jig", "hornpipe", "strathspey", "polka", "march", "waltz", "minuet", "air"
]
Tonic = Literal["auto", "C", "C#", "Db", "D", "Eb", "E", "F", "F#", "Gb", "G", "Ab", "A", "Bb", "B"]
ModeChoice = Literal["auto", "major", "minor", "dorian", "mixolydian"]
Metre = Literal["auto", "2/4", "3/4", "4/4", "3/8", "6/8", "9/8"]
Scale = Literal["off", "gong", "shang", "jue", "zhi", "yu"]
Collection = Literal["auto", "oneill", "ryan", "aird", "northumbrian"]
Ornaments = Literal["none", "few", "many"]
Instrument = Literal[
    "auto", "fiddle", "violin", "flute", "whistle", "recorder", "clarinet", "oboe", "cello", "piano", "harp",
    "guitar", "banjo", "accordion", "organ", "choir", "music_box", "dulcimer", "dizi", "xiao", "guzheng",
    "pipa", "erhu",
]  # fmt: skip

MAX_NOTES = 400
"""So many notes can be given from the on-screen piano."""

_KEY = re.compile(r"([A-Ga-g])([#b♯♭]?)\s*((?i:major|maj|minor|min|m|dorian|dor|mixolydian|mix)?)", re.ASCII)
_MODE_OF = {
    "major": "major", "maj": "major", "minor": "minor", "min": "minor", "m": "minor",
    "dorian": "dorian", "dor": "dorian", "mixolydian": "mixolydian", "mix": "mixolydian",
}  # fmt: skip
_NOTE = re.compile(r"([A-G](?:#|b)?-?\d|[Rr]|\d{1,3}):(\d{1,3}(?:\.\d{1,4})?|\d{1,3}/\d{1,3})", re.ASCII)
_OVER_ZERO = re.compile(r"\d++/0++")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


# -- parts ----------------------------------------------------------------------------------------


class Asked(Params):
    """A piece in the visitor's own words, which do not name it: a tune is called after its kind and key."""

    prompt: str = param("", max_length=2_000, widget="prompt", folded=False, lines=2, names=False)


class Keyed(Params):
    """Key, metre and pace. ``tempo`` counts quarter notes a minute, 0 leaves it open."""

    key: Tonic = param("auto", folded=False)
    mode: ModeChoice = param("auto", folded=False)
    metre: Metre = param("auto", folded=False)
    tempo: int = param(0, ge=0, le=400, widget="slider", step=1, folded=False)

    @model_validator(mode="before")
    @classmethod
    def _a_key_may_bring_its_mode(cls, values: Any) -> Any:
        """``"Am"``, ``"e minor"`` and ``"D dorian"`` are a tonic and a mode in one."""
        if not isinstance(values, dict) or not isinstance(values.get("key"), str):
            return values
        found = _KEY.fullmatch(values["key"].strip())
        if found is None:
            return values
        tonic = found[1].upper() + found[2].replace("♯", "#").replace("♭", "b")
        rest = {**values, "key": _EVERYDAY.get(tonic, tonic)}
        if found[3] and rest.get("mode", "auto") == "auto":
            rest["mode"] = _MODE_OF["maj" if found[3] == "M" else found[3].lower()]
        return rest

    @field_validator("tempo")
    @classmethod
    def _tempo_is_playable(cls, value: int) -> int:
        if 0 < value < 20:
            raise PydanticCustomError("tempo_too_slow", "music.error.tempo")
        return value


class Sung(Params):
    """Words that are set to the tune syllable by syllable."""

    lyrics: str = param("", max_length=4_000, widget="textarea", lines=3, words=True, sets_text=True)


class Recorded(Params):
    """Sound without a score: how long, and how closely the words are followed."""

    seconds: int = param(15, ge=1, le=240, widget="slider", step=1, folded=False)
    guidance_scale: float = param(3.0, ge=1.0, le=15.0, widget="slider", step=0.1, alias="guidance")


class Translated(Params):
    """What models that read English only are given in place of ``prompt``."""

    prompt_en: str = param("", max_length=2_000, widget="textarea", lines=2)


class Diffused(Recorded):
    """Sound that comes out of noise in steps."""

    num_inference_steps: int = param(8, ge=1, le=200, widget="slider", step=1, alias="steps")


# -- families -------------------------------------------------------------------------------------


class ChoraleParams(Asked, Keyed, Sung):
    """A score in four parts.

    ``action`` says what is done with the beginning: nothing is needed to ``compose``; ``continue`` goes on
    from it, ``vary`` writes another over its rhythm, ``harmonise`` sets it in four parts, ``arrange``
    changes key, pace, instruments and accompaniment and composes nothing. The beginning is a file
    (``start``, a recording of one voice too) or the notes played on the screen (``start_notes``).
    """

    reader: ClassVar[str] = "aigc_demo.tasks.music.reading:read"
    account: ClassVar[str] = "aigc_demo.tasks.music.reading:account"
    action: Action = param("compose", folded=False)
    start: str = param(
        "", max_length=400, widget="file", folded=False, takes=("score", "sound", "video/mp4", "video/webm")
    )
    start_notes: str = param("", max_length=16_000, widget="hidden")
    instrument: Instrument = param("auto", folded=False)
    bars: int = param(16, ge=4, le=64, widget="slider", step=1, folded=False)
    transpose: int = param(0, ge=-24, le=24, widget="slider", step=1)
    title: str = param("", max_length=120, names=True)
    temperature: float = param(0.95, ge=0.0, le=2.0, widget="slider", step=0.05)
    top_p: float = param(0.95, ge=0.01, le=1.0, widget="slider", step=0.01)

    @field_validator("start_notes")
    @classmethod
    def _notes_can_be_read(cls, value: str) -> str:
        read_notes(value)
        return value


class ScoreParams(ChoraleParams):
    """A tune with its accompaniment."""

    style: Style = param("auto", folded=False)
    scale: Scale = param("off", folded=False)
    sections: int = param(0, ge=0, le=8, widget="slider", step=1)
    ornaments: Ornaments = param("none")
    collection: Collection = param("auto")
    chords: bool = param(False, folded=False)
    bass: bool = param(False, folded=False)
    drums: bool = param(False, folded=False)

    @model_validator(mode="before")
    @classmethod
    def _a_style_may_be_two_words(cls, values: Any) -> Any:
        if isinstance(values, dict) and isinstance(values.get("style"), str):
            return {**values, "style": values["style"].strip().lower().replace(" ", "_")}
        return values


class SoundParams(Asked, Translated, Recorded):
    """A sound that a language model of sounds goes on with, from nothing."""

    temperature: float = param(0.95, ge=0.0, le=2.0, widget="slider", step=0.05)


class FollowParams(SoundParams):
    """The same along the melody of a recording."""

    melody: str = param("", max_length=400, widget="file", folded=False, takes=("sound",))


class DiffusionParams(Asked, Translated, Diffused):
    """A sound out of noise, from English words."""


class SongParams(Asked, Keyed, Sung, Diffused):
    """A song out of noise, with its words, in the key and at the pace that are asked for."""


class AnySoundParams(Keyed, Sung, Diffused, FollowParams):
    """Everything that sounds can be asked for with, as pipelines read it."""


FORM_ORDER = (
    "prompt", "action", "start", "style", "key", "mode", "metre", "scale", "instrument", "bars", "tempo",
    "sections", "ornaments", "collection", "chords", "bass", "drums", "transpose", "lyrics", "title",
    "temperature", "top_p", "prompt_en", "melody", "seconds", "guidance_scale", "num_inference_steps",
)  # fmt: skip
"""The parts' own order is that of their putting together."""


_EVERYDAY = {"A#": "Bb", "D#": "Eb", "G#": "Ab", "Cb": "B", "E#": "F", "B#": "C", "Fb": "E"}
"""Names that are no tonic of ours -> the same key on the piano."""


def read_notes(text: str) -> tuple[Note, ...]:
    """The notes that were played: ``"D4:0.5 F#4:1/2 R:1 69:1"`` in quarter notes, one after another.

    Raises PydanticCustomError with a sentence where it cannot be read.
    """
    notes: list[Note] = []
    now = Fraction(0)
    pieces = text.split()
    if len(pieces) > MAX_NOTES:
        raise PydanticCustomError("too_many_notes", "music.error.too_many_notes", {"limit": MAX_NOTES})
    for piece in pieces:
        found = _NOTE.fullmatch(piece)
        if found is None:
            raise PydanticCustomError("bad_notes", "music.error.bad_notes", {"note": piece[:20]})
        length = _length(found[2], piece)
        if found[1] not in ("R", "r"):
            notes.append(Note(now, length, _pitch(found[1], piece)))
        now += length
    return tuple(notes)


def _length(text: str, piece: str) -> Fraction:
    if text.endswith("/0") or _OVER_ZERO.fullmatch(text):
        raise PydanticCustomError("bad_notes", "music.error.bad_notes", {"note": piece[:20]})
    length = Fraction(text).limit_denominator(96)
    if not Fraction(1, 16) <= length <= 32:
        raise PydanticCustomError("bad_notes", "music.error.bad_notes", {"note": piece[:20]})
    return length


def _pitch(name: str, piece: str) -> int:
    """60 for ``"60"`` and for ``"C4"``."""
    if name.isdigit():
        pitch = int(name)
    else:
        alter = {"#": 1, "b": -1}.get(name[1], 0)
        octave = int(name[2:] if alter else name[1:])
        pitch = _LETTERS[name[0]] + alter + 12 * (octave + 1)
    if not 21 <= pitch <= 108:
        raise PydanticCustomError("bad_notes", "music.error.bad_notes", {"note": piece[:20]})
    return pitch
