"""A score as a value: spelt, moved, unfolded and written down without loss."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_demo.tasks.music import score as scores
from aigc_demo.tasks.music.score import Note, Part, Repeat, Score, pitch_class, spell


def line(*pitches: int) -> tuple[Note, ...]:
    return tuple(Note(Fraction(i), Fraction(1), pitch) for i, pitch in enumerate(pitches))


def tune(**changes: object) -> Score:
    values: dict[str, object] = {
        "title": "Test", "tonic": "D", "mode": "major", "metre": (4, 4), "tempo": 120.0,
        "parts": (Part("Flute", 73, line(62, 64, 66, 67, 69, 71, 73, 74)),),
    }  # fmt: skip
    return Score(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tonic", "mode", "fifths"),
    [("C", "major", 0), ("A", "minor", 0), ("D", "major", 2), ("E", "dorian", 2), ("G", "mixolydian", 0),
     ("Eb", "major", -3), ("F#", "minor", 3), ("G", "zhi", 0), ("A", "yu", 0), ("D", "shang", 0)],
)  # fmt: skip
def test_a_key_has_its_signature(tonic: str, mode: scores.Mode, fifths: int) -> None:
    assert scores.signature(tonic, mode) == fifths


@given(st.integers(0, 127), st.integers(-6, 6))
def test_a_pitch_is_spelt_so_that_it_sounds_the_same(pitch: int, fifths: int) -> None:
    spelt = spell(pitch, fifths)
    step = "C D EF G A B".index(spelt.step)
    assert 12 * (spelt.octave + 1) + step + spelt.alter == pitch


def test_the_notes_of_a_key_need_no_accidental() -> None:
    spelt = [spell(p, 2) for p in (62, 64, 66, 67, 69, 71, 73)]
    assert "".join(s.step for s in spelt) == "DEFGABC"
    assert [s.alter for s in spelt] == [0, 0, 1, 0, 0, 0, 1]


@given(st.integers(-24, 24))
def test_moving_a_piece_and_moving_it_back_leaves_its_pitches(semitones: int) -> None:
    piece = tune(chords=((Fraction(0), "D"), (Fraction(4), "A7")))
    there = piece.transposed(semitones)
    assert pitch_class(there.tonic) == (2 + semitones) % 12
    assert there.transposed(-semitones).parts == piece.parts
    assert there.chords[0][1][0] == there.tonic[0]


def test_a_repeat_is_written_once_and_heard_twice() -> None:
    piece = tune(repeats=(Repeat(0, 0),))
    heard = piece.unfolded()
    assert [n.pitch for n in heard.parts[0].notes] == [62, 64, 66, 67] * 2 + [69, 71, 73, 74]
    assert heard.bars == 3
    assert piece.seconds == heard.seconds == 6.0


def test_a_pickup_is_heard_once_and_is_no_bar() -> None:
    piece = tune(
        pickup=Fraction(1), parts=(Part("Flute", 73, line(*range(60, 69))),), repeats=(Repeat(0, 1),)
    )
    assert piece.bars == 2
    heard = piece.unfolded()
    assert len(heard.parts[0].notes) == 17
    assert heard.parts[0].notes[9].start == 9


def test_a_score_survives_being_written_down() -> None:
    piece = tune(repeats=(Repeat(0, 1),), pickup=Fraction(1, 2), chords=((Fraction(1, 2), "Bm"),))
    assert scores.from_json(scores.to_json(piece)) == piece


@pytest.mark.parametrize("broken", [{}, {"mode": "x"}, {"parts": 3}])
def test_what_is_no_score_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        scores.from_json(broken)
