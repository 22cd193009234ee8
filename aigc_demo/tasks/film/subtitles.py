"""Words as a track of a film's file, which players show or hide: mov_text in MP4, WebVTT in WebM.

Knows when words are said and how PyAV (FFmpeg in a wheel) writes them. Knows no pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from av.subtitles.subtitle import SubtitleSet

CODECS = {"mp4": "mov_text", "webm": "webvtt"}
_HEADER = b"""[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,2,10,10,10,0
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
"""FFmpeg's subtitle encoders take their words as lines of such a script."""
_PLAIN = str.maketrans({"{": "(", "}": ")", "\\": "/", "\n": " ", "\r": " "})
"""What would be an instruction in such a script."""


@dataclass(frozen=True)
class Cue:
    """Words that stand from ``start`` to ``end``, in seconds."""

    start: float
    end: float
    words: str


def cues(captions: Sequence[str], each: float, step: float) -> tuple[Cue, ...]:
    """The words of shots of ``each`` seconds that begin ``step`` seconds apart; none for a shot without."""
    last = len(captions) - 1
    return tuple(
        Cue(at * step, at * step + (each if at == last else step), words)
        for at, words in enumerate(captions)
        if words
    )


class SubtitleTrack:
    """The words beside the frames of a file, written as far as these have come."""

    def __init__(self, out: Any, form: str, said: Sequence[Cue]) -> None:
        self._out, self._left = out, list(said)
        self._stream = out.add_stream(CODECS[form])
        self._stream.codec_context.subtitle_header = _HEADER

    def until(self, seconds: float) -> None:
        """Write the words that have begun by then."""
        while self._left and self._left[0].start < seconds:
            self._write(self._left.pop(0))

    def end(self) -> None:
        """Write the rest."""
        self.until(float("inf"))

    def _write(self, cue: Cue) -> None:
        start, lasts = round(cue.start * 1000), max(1, round((cue.end - cue.start) * 1000))
        line = f"0,0,Default,,0,0,0,,{cue.words.translate(_PLAIN)}".encode()
        packet = self._stream.codec_context.encode_subtitle(
            SubtitleSet.create(text=line, start=0, end=lasts, pts=start * 1000)
        )
        packet.stream, packet.time_base = self._stream, Fraction(1, 1000)
        packet.pts = packet.dts = start
        packet.duration = lasts
        self._out.mux(packet)
