"""The instruments that may be asked for, by name, and where on the keyboard each is at home.

Knows General MIDI programs and ranges only; how they sound is the SoundFont's business. What visitors read
is ``music.instrument.<name>`` in strings.json.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Instrument:
    """``program`` is General MIDI's, 0..127; pitches are MIDI's, ``middle`` is where tunes lie best."""

    program: int
    low: int
    middle: int
    high: int


INSTRUMENTS = {
    "fiddle": Instrument(110, 55, 71, 93),
    "violin": Instrument(40, 55, 73, 93),
    "flute": Instrument(73, 60, 76, 96),
    "whistle": Instrument(78, 62, 78, 96),
    "recorder": Instrument(74, 60, 76, 91),
    "clarinet": Instrument(71, 50, 68, 88),
    "oboe": Instrument(68, 58, 72, 88),
    "cello": Instrument(42, 36, 54, 76),
    "piano": Instrument(0, 36, 70, 96),
    "harp": Instrument(46, 36, 68, 96),
    "guitar": Instrument(24, 40, 62, 83),
    "banjo": Instrument(105, 48, 65, 84),
    "accordion": Instrument(21, 53, 71, 91),
    "organ": Instrument(19, 36, 69, 96),
    "choir": Instrument(52, 41, 69, 81),
    "music_box": Instrument(10, 60, 80, 96),
    "dulcimer": Instrument(15, 48, 69, 88),
    "dizi": Instrument(75, 62, 77, 96),
    "xiao": Instrument(77, 55, 70, 86),
    "guzheng": Instrument(107, 43, 66, 91),
    "pipa": Instrument(106, 45, 66, 88),
    "erhu": Instrument(40, 62, 73, 93),
}
"""The last five stand for Chinese instruments with the nearest that General MIDI has: pan flute for dizi,
shakuhachi for xiao, koto for guzheng, shamisen for pipa, violin for erhu."""

AUTO = "auto"
"""Chooses by style."""
