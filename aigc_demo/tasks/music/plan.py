"""From what was asked for to what will be made: every setting that was left open gets a value.

A setting that was chosen stays; the description fills what was left as it comes; the style brings what suits
it; the rest is drawn by the seed. Knows no model.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, get_args

from aigc_demo.tasks.music import tokens
from aigc_demo.tasks.music.describe import PLAIN_TEMPO, describe
from aigc_demo.tasks.music.params import ScoreParams, Tonic
from aigc_demo.tasks.music.score import SCALES, Mode, pitch_class

_METRE_OF = {
    "reel": "4/4", "jig": "6/8", "slip_jig": "9/8", "hornpipe": "4/4", "strathspey": "4/4", "polka": "2/4",
    "march": "4/4", "waltz": "3/4", "minuet": "3/4",
}  # fmt: skip
_STYLES_OF = {
    "4/4": ("reel", "reel", "hornpipe", "air"), "6/8": ("jig",), "9/8": ("slip_jig",),
    "2/4": ("polka", "march"), "3/4": ("waltz", "air"), "3/8": ("waltz",),
}  # fmt: skip
_ANY_STYLE = ("jig", "reel", "hornpipe", "air", "waltz", "march", "slip_jig")
_AIR_METRES = ("3/4", "4/4", "6/8")
_MODES: tuple[Mode, ...] = ("major", "major", "major", "minor", "dorian", "mixolydian")
_TONICS = {"major": "DGACF", "minor": "EADB", "dorian": "EAD", "mixolydian": "DAG"}
_CHORALE_TONICS = {
    "major": ("C", "D", "Eb", "F", "G", "A", "Bb"), "minor": ("C", "D", "E", "G", "A", "B"),
}  # fmt: skip
_NEAREST: dict[str, Mode] = {
    "gong": "major", "shang": "dorian", "jue": "minor", "zhi": "major", "yu": "minor",
}  # fmt: skip
"""The mode of the model that a pentatonic mode is a part of."""
_INSTRUMENT_OF = {
    "reel": "fiddle", "jig": "fiddle", "slip_jig": "flute", "hornpipe": "accordion", "strathspey": "fiddle",
    "polka": "accordion", "march": "whistle", "waltz": "fiddle", "minuet": "flute", "air": "flute",
}  # fmt: skip
_NAMES = {"slip_jig": "Slip jig"}
_ZH = {
    "reel": "里尔舞曲", "jig": "吉格舞曲", "slip_jig": "滑步吉格", "hornpipe": "角笛舞曲",
    "strathspey": "斯特拉斯佩", "polka": "波尔卡", "march": "进行曲", "waltz": "圆舞曲",
    "minuet": "小步舞曲", "air": "歌谣", "chorale": "众赞歌",
}  # fmt: skip
_ZH_MODES = {
    "major": "大调", "minor": "小调", "dorian": "多利亚调", "mixolydian": "混合利底亚调",
    "gong": "宫调", "shang": "商调", "jue": "角调", "zhi": "徵调", "yu": "羽调",
}  # fmt: skip


KEYS = frozenset(get_args(Tonic))
"""The tonics that may be asked for."""


@dataclass(frozen=True)
class Plan:
    """What will be made. ``mode`` is what the score says, ``heard_as`` what the model is told."""

    style: str
    tonic: str
    mode: Mode
    heard_as: Mode
    metre: str
    bars: int
    sections: int
    tempo: float
    instrument: str
    ornaments: str
    collection: str | None
    chords: bool
    bass: bool
    drums: bool
    title: str

    @property
    def scale(self) -> tuple[int, ...] | None:
        """Semitones above the tonic to keep to; None for all."""
        return SCALES[self.mode] if self.mode in _NEAREST else None

    @property
    def header(self) -> tokens.Header:
        """What the folk model is told."""
        style = self.style if self.style in tokens.STYLES else None
        return tokens.Header(self.metre, self.heard_as, style, self.collection, self.bars, self.sections)


def described(params: ScoreParams) -> ScoreParams:
    """The parameters with what the description names, where they were left as they come."""
    if not params.prompt:
        return params
    plain = {name: field.default for name, field in ScoreParams.model_fields.items()}
    said: dict[str, Any] = {
        name: value for name, value in describe(params.prompt).items() if getattr(params, name) == plain[name]
    }
    if params.key != "auto" and params.mode == "auto":
        said.pop("scale", None)
    return params.model_copy(update=said)


def make(params: ScoreParams) -> Plan:
    """The plan for a tune. The same parameters and seed make the same plan."""
    params = described(params)
    rng = random.Random(params.seed or 0)
    style, metre = _style_and_metre(params, rng)
    mode, heard_as = _mode(params, rng)
    tonic = params.key if params.key != "auto" else rng.choice(_TONICS[heard_as])
    tempo = float(params.tempo) if params.tempo else tempo_of(style, metre)
    return Plan(
        style=style,
        tonic=tonic,
        mode=mode,
        heard_as=heard_as,
        metre=metre,
        bars=params.bars,
        sections=min(params.sections, max(1, params.bars // 2)),
        tempo=tempo,
        instrument=params.instrument if params.instrument != "auto" else _INSTRUMENT_OF[style],
        ornaments=params.ornaments,
        collection=None if params.collection == "auto" else params.collection,
        chords=params.chords,
        bass=params.bass,
        drums=params.drums,
        title=params.title or title(style, tonic, mode, chinese=is_chinese(params.prompt or params.lyrics)),
    )


def chorale_key(params: ScoreParams) -> tuple[str, Mode]:
    """The tonic and the mode of a chorale: as chosen, else drawn by the seed."""
    rng = random.Random(params.seed or 0)
    mode: Mode = params.mode if params.mode != "auto" else rng.choice(("major", "major", "minor"))
    tonics = _CHORALE_TONICS["major" if mode in ("major", "mixolydian") else "minor"]
    return params.key if params.key != "auto" else rng.choice(tonics), mode


def _style_and_metre(params: ScoreParams, rng: random.Random) -> tuple[str, str]:
    style: str = params.style
    if style == "auto" and params.lyrics.strip():
        style = "air"
    if params.metre != "auto":
        return style if style != "auto" else rng.choice(_STYLES_OF[params.metre]), params.metre
    if style == "auto":
        style = rng.choice(_ANY_STYLE)
    metre = _METRE_OF.get(style)
    if metre is None:
        metre = "4/4" if params.lyrics.strip() or params.scale != "off" else rng.choice(_AIR_METRES)
    return style, metre


def _mode(params: ScoreParams, rng: random.Random) -> tuple[Mode, Mode]:
    if params.scale != "off":
        return params.scale, _NEAREST[params.scale]
    mode: Mode = params.mode if params.mode != "auto" else rng.choice(_MODES)
    return mode, mode


def tempo_of(style: str, metre: str) -> float:
    """Quarter notes a minute that suit; dances in 2/4 are written in sixteenths, at half the pace."""
    if metre == "2/4" and style in ("reel", "hornpipe"):
        return PLAIN_TEMPO[style] / 2
    return float(PLAIN_TEMPO[style])


def is_chinese(text: str) -> bool:
    """Whether there is Chinese in it."""
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def title(style: str, tonic: str, mode: Mode, *, chinese: bool = False) -> str:
    """``Jig in D``, ``Waltz in A minor``, ``D 大调吉格舞曲``."""
    pitch_class(tonic)
    if chinese:
        return f"{tonic} {_ZH_MODES[mode]}{_ZH[style]}"
    name = _NAMES.get(style, style.capitalize())
    return f"{name} in {tonic}" + ("" if mode == "major" else f" {mode}")
