"""The notes of a tune with what else might have come at each place, for drawing on a staff.

Knows the folk model's words and how pitches are spelt. Pitches are those that are heard; times are quarter
notes as written, and seconds as they are heard, repeats included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from aigc_demo.explain import Section, rounded
from aigc_demo.explain.tokens import Position
from aigc_demo.tasks.music import tokens
from aigc_demo.tasks.music.inside_words import ticks_in
from aigc_demo.tasks.music.melody import melody
from aigc_demo.tasks.music.score import Note, Score
from aigc_demo.tasks.music.tune import TICKS

MOST = 6
"""Pitches that are told of each note."""
_STEPS = "CDEFGAB"


@dataclass(frozen=True)
class _Place:
    """A note's word: where it begins and ends in the piece, in ticks, and its pitch above the tonic."""

    number: int
    bar: int
    start: int
    end: int
    pitch: int


def section(found: Sequence[Position], prompt: Sequence[int], score: Score) -> Section:
    """Every note that was composed, in order."""
    places = list(_places(found, prompt))
    sounding = melody(score)
    base = _base(places, sounding)
    notes = [_told(place, found[place.number], base, score) for place in places]
    data = {
        "notes": notes,
        "metre": f"{score.metre[0]}/{score.metre[1]}",
        "bar": float(score.bar),
        "pickup": float(score.pickup),
        "tempo": score.tempo,
    }
    return Section("notes", data)


def _base(places: Sequence[_Place], sounding: Sequence[Note]) -> int:
    """The MIDI pitch of the tonic that pitches are counted from, transposed as the piece was."""
    heard = {note.start: note.pitch for note in sounding}
    return next(
        (pitch - one.pitch for one in places if (pitch := heard.get(Fraction(one.start, TICKS))) is not None),
        60,
    )


def _places(found: Sequence[Position], prompt: Sequence[int]) -> Iterator[_Place]:
    """Where each note stands; what was given before counts."""
    metre = next(word[1:-1] for word in map(tokens.WORDS.__getitem__, prompt) if word[1:-1] in tokens.METRES)
    full, bar, place, begun = ticks_in(metre), -1, 0, 0
    given = len(prompt)
    for number, token in enumerate([*prompt, *(one.token for one in found)]):
        word = tokens.WORDS[token]
        if word.startswith("pickup:"):
            begun = int(word[7:])
            place = full - begun
        elif word.startswith("bar:"):
            bar, place = bar + 1, 0
        elif "@" in word:
            end = int(word.partition("@")[2])
            offset = begun + bar * full if bar >= 0 else begun - full
            if token in tokens.PITCHES and number >= given:
                pitch = tokens.pitch_of(token)
                yield _Place(number - given, bar, offset + place, offset + end, pitch)
            place = end


def _told(place: _Place, one: Position, base: int, score: Score) -> dict[str, Any]:
    start, length = place.start / TICKS, (place.end - place.start) / TICKS
    return {
        "bar": place.bar,
        "start": rounded(start),
        "length": rounded(length),
        **_pitch(base + place.pitch, score),
        "bits": one.said["bits"],
        "forbidden": one.said["cut"]["rules"],
        "others": _others(one, base, score),
        "heard": _heard(start, score),
    }


def _others(one: Position, base: int, score: Score) -> list[dict[str, Any]]:
    """The likeliest pitches, whatever their length: by the model itself, and as they were drawn."""
    own: dict[int, float] = defaultdict(float)
    drawn: dict[int, float] = defaultdict(float)
    for token, p, q in one.ranked:
        if token in tokens.PITCHES:
            own[tokens.pitch_of(token)] += p
            drawn[tokens.pitch_of(token)] += q
    likely = sorted(own, key=lambda pitch: -own[pitch])[:MOST]
    return [
        {**_pitch(base + pitch, score), "p": rounded(own[pitch]), "q": rounded(drawn[pitch])}
        for pitch in likely
    ]


def _pitch(pitch: int, score: Score) -> dict[str, Any]:
    """A pitch with its name and its place on the staff, counted in steps from C0."""
    spelt = score.spell(pitch)
    sign = "♯" * spelt.alter if spelt.alter > 0 else "♭" * -spelt.alter
    return {
        "pitch": pitch,
        "name": f"{spelt.step}{sign}{spelt.octave}",
        "step": 7 * spelt.octave + _STEPS.index(spelt.step),
    }


def _heard(start: float, score: Score) -> list[float]:
    """The seconds at which a place of the page sounds."""
    spans = score.spans() if score.repeats else [(0, score.end, 0)]
    return [
        rounded((start - float(first) + float(where)) * 60 / score.tempo, 3)
        for first, last, where in spans
        if float(first) <= start < float(last)
    ]
