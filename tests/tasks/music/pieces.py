"""Pieces written down by hand, all in the public domain, and pieces drawn by chance."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

from hypothesis import strategies as st

from aigc_demo.tasks.music.score import MODES, TONICS, Note, Part, Repeat, Score

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def notes(text: str) -> tuple[Note, ...]:
    """``"D5:.5 F#4:1 R:2 | ..."`` as notes one after another."""
    result, now = [], F(0)
    for word in text.replace("|", " ").split():
        name, length = word.split(":")
        if name != "R":
            pitch = _LETTERS[name[0]] + ("#" in name) - ("b" in name) + 12 * (int(name[-1]) + 1)
            result.append(Note(now, F(length), pitch))
        now += F(length)
    return tuple(result)


def jig() -> Score:
    """The Irish Washerwoman: 6/8, a pickup, two repeated strains, chord symbols."""
    first = (
        "D5:.5 C5:.5 | B4:.5 G4:.5 G4:.5 D4:.5 G4:.5 G4:.5 | B4:.5 G4:.5 B4:.5 D5:.5 C5:.5 B4:.5 |"
        "C5:.5 A4:.5 A4:.5 E4:.5 A4:.5 A4:.5 | C5:.5 A4:.5 C5:.5 E5:.5 D5:.5 C5:.5 |"
        "B4:.5 G4:.5 G4:.5 D4:.5 G4:.5 G4:.5 | B4:.5 G4:.5 B4:.5 D5:.5 C5:.5 B4:.5 |"
        "C5:.5 B4:.5 C5:.5 A4:.5 D5:.5 C5:.5 | B4:.5 G4:.5 G4:.5 G4:1.5 |"
    )
    second = (
        "G5:.5 D5:.5 G5:.5 G5:.5 D5:.5 G5:.5 | G5:.5 D5:.5 G5:.5 B5:.5 A5:.5 G5:.5 |"
        "F#5:.5 D5:.5 F#5:.5 F#5:.5 D5:.5 F#5:.5 | F#5:.5 D5:.5 F#5:.5 A5:.5 G5:.5 F#5:.5 |"
        "E5:.5 G5:.5 G5:.5 D5:.5 G5:.5 G5:.5 | C5:.5 G5:.5 G5:.5 B4:.5 G5:.5 G5:.5 |"
        "C5:.5 B4:.5 C5:.5 A4:.5 D5:.5 C5:.5 | B4:.5 G4:.5 G4:.5 G4:1.5"
    )
    return Score(
        "The Irish Washerwoman", "G", "major", (6, 8), 180.0, (Part("Fiddle", 110, notes(first + second)),),
        F(1), (Repeat(0, 7), Repeat(8, 15)), ((F(1), "G"), (F(7), "Am"), (F(19), "D7"), (F(22), "G")),
    )  # fmt: skip


def chorale() -> Score:
    """Four voices with a pickup and notes tied over the bar line."""
    lines = {
        "Soprano": "G4:1 | G4:1 D5:1 B4:1 G4:1 | A4:.5 B4:.5 C5:1 B4:2 | F#4:1 E4:.5 F#4:.5 G4:3",
        "Alto": "D4:1 | D4:1 F#4:1 G4:1 E4:1 | F#4:1 A4:1 G4:2 | D4:1 C4:1 D4:3",
        "Tenor": "B3:1 | B3:1 A3:1 D4:1 B3:1 | D4:1 E4:.5 D4:.5 D4:2 | A3:1 G3:.5 A3:.5 B3:3",
        "Bass": "G3:1 | G3:1 D3:1 G3:1 E3:1 | D3:1 A2:.5 F#2:.5 G2:2 | D3:1 C3:1 G2:3",
    }
    parts = tuple(Part(name, 52, notes(line)) for name, line in lines.items())
    return Score("Chorale", "G", "major", (4, 4), 72.0, parts, F(1))


def song() -> Score:
    """Chinese words, a mode that no format knows, chords, drums, and a title that is an attack."""
    line = notes("D5:1 D5:.5 E5:.5 G5:1 E5:1 | D5:2 B4:2 | A4:1 B4:1/3 D5:1/3 B4:1/3 A4:1 G4:1 | E4:4")
    words = "床前明月光疑是地上霜"
    sung = tuple(replace(note, lyric=words[n : n + 1]) for n, note in enumerate(line))
    guitar = tuple(Note(F(beat), F(1), pitch) for beat in range(16) for pitch in (55, 59, 62))
    drums = tuple(Note(F(n, 2), F(1, 2), 42 if n % 2 else 36) for n in range(32))
    parts = (Part("Dizi", 75, sung), Part("Guitar", 24, guitar), Part("Drums", 0, drums, percussion=True))
    return Score("静夜思 <script>alert(1)</script>", "G", "gong", (4, 4), 80.0, parts)


PIECES = {"jig": jig(), "chorale": chorale(), "song": song()}


@st.composite
def scores(draw: st.DrawFn, parts: int = 3) -> Score:
    """Any score that we may compose: on the grid, one note at a time or in chords, with repeats."""
    metre = draw(st.sampled_from([(2, 4), (3, 4), (4, 4), (3, 8), (6, 8), (9, 8), (12, 8), (3, 2)]))
    bar = F(4 * metre[0], metre[1])
    pickup = draw(st.sampled_from([F(0), F(1, 2), F(1), F(1, 4)]))
    bars = draw(st.integers(1, 6))
    count = draw(st.integers(1, parts))
    repeats = _repeats(draw, bars)
    # what is repeated ends with its bar: a note held over its end would sound twice at once
    borders = [pickup + n * bar for n in range(bars + 1)] if repeats else [pickup + bars * bar]
    result = [_part(draw, number, borders) for number in range(count)]
    chords = draw(
        st.lists(st.tuples(st.integers(0, bars - 1), st.sampled_from(["C", "F#m7", "Bb"])), max_size=3)
    )
    named = {pickup + n * bar: symbol for n, symbol in chords}
    return Score(
        draw(st.text(st.characters(categories=["L", "N"]), max_size=12)),
        draw(st.sampled_from([t for t in TONICS if t not in ("C#", "Db", "Gb", "Ab")])),
        draw(st.sampled_from([m for m in MODES if m != "jue"])),
        metre,
        float(draw(st.integers(40, 240))),
        tuple(result),
        pickup,
        repeats,
        tuple(sorted(named.items())),
    )


def _part(draw: st.DrawFn, number: int, borders: list[F]) -> Part:
    end = borders[-1]
    lengths = st.sampled_from([F(1, 4), F(1, 2), F(3, 4), F(1), F(3, 2), F(2), F(3)])
    now, line = F(0), []
    while now < end:
        if draw(st.booleans()) and now.denominator == 1 and all(not now < b < now + 1 for b in borders):
            pieces = [F(1, 3)] * 3
        else:
            pieces = [draw(lengths)]
        for length in pieces:
            length = min(length, next(border for border in borders if border > now) - now)  # noqa: PLW2901
            stop = now + length
            sounds = draw(st.integers(0, 4)) > 0 or (number == 0 and stop == end)
            pitches = draw(st.sets(st.integers(48, 84), min_size=1, max_size=2)) if sounds else set()
            line += [Note(now, length, pitch) for pitch in sorted(pitches)]
            now = stop
    if not line:
        line = [Note(F(0), next(border for border in borders if border), 60)]
    if draw(st.booleans()):
        line[0] = replace(line[0], lyric=draw(st.sampled_from(["la", "月", "<b>&amp;"])))
    return Part(f"Part {number + 1}", draw(st.integers(0, 127)), tuple(line))


def _repeats(draw: st.DrawFn, bars: int) -> tuple[Repeat, ...]:
    if bars < 2 or not draw(st.booleans()):
        return ()
    cut = draw(st.integers(1, bars - 1))
    first = Repeat(0, cut - 1)
    return (first, Repeat(cut, bars - 1)) if draw(st.booleans()) else (first,)
