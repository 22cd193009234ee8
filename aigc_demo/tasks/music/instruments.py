"""The instruments that may be asked for, by name, and where on the keyboard each is at home.

Knows General MIDI programs and ranges only; how they sound is the SoundFont's business. What visitors read
is ``music.instrument.<name>`` in strings.json.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Instrument:
    """``program`` is General MIDI's, 0..127; ``low`` and ``high`` are MIDI pitches."""

    program: int
    low: int
    high: int


INSTRUMENTS = {
    "fiddle": Instrument(110, 55, 93),
    "violin": Instrument(40, 55, 93),
    "flute": Instrument(73, 60, 96),
    "whistle": Instrument(78, 62, 96),
    "recorder": Instrument(74, 60, 91),
    "clarinet": Instrument(71, 50, 88),
    "oboe": Instrument(68, 58, 88),
    "cello": Instrument(42, 36, 76),
    "piano": Instrument(0, 36, 96),
    "harp": Instrument(46, 36, 96),
    "guitar": Instrument(24, 40, 83),
    "banjo": Instrument(105, 48, 84),
    "accordion": Instrument(21, 53, 91),
    "organ": Instrument(19, 36, 96),
    "choir": Instrument(52, 41, 81),
    "music_box": Instrument(10, 60, 96),
    "dulcimer": Instrument(15, 48, 88),
    "dizi": Instrument(75, 62, 96),
    "xiao": Instrument(77, 55, 86),
    "guzheng": Instrument(107, 43, 91),
    "pipa": Instrument(106, 45, 88),
    "erhu": Instrument(40, 62, 93),
}
"""The last five stand for Chinese instruments with the nearest that General MIDI has: pan flute for dizi,
shakuhachi for xiao, koto for guzheng, shamisen for pipa, violin for erhu."""

AUTO = "auto"
"""Chooses by style."""
