"""Chords and players fit the melody, and finishing keeps what it was given."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from aigc_demo.tasks.music import postprocess
from aigc_demo.tasks.music.harmony import accompanied, estimated_key, harmonised, with_chords
from aigc_demo.tasks.music.instruments import INSTRUMENTS
from aigc_demo.tasks.music.score import Note, Part, Score


def melody(*pitches: int, metre: tuple[int, int] = (4, 4), length: Fraction = Fraction(1)) -> Score:
    notes = tuple(Note(i * length, length, pitch) for i, pitch in enumerate(pitches))
    return Score("", "C", "major", metre, 100.0, (Part("Flute", 73, notes),))


SCALE = melody(60, 64, 67, 64, 65, 69, 72, 69, 67, 71, 74, 71, 72, 67, 64, 60)


def test_chords_hold_the_melody_and_come_home() -> None:
    named = [symbol for _, symbol in with_chords(SCALE).chords]
    assert named == ["C", "F", "G", "C"]


@pytest.mark.parametrize("metre", [(4, 4), (2, 4), (3, 4), (3, 8), (6, 8), (9, 8)])
def test_players_fill_the_bars_and_stay_inside_them(metre: tuple[int, int]) -> None:
    piece = melody(*[60, 62, 64, 65, 67, 69] * 6, metre=metre, length=Fraction(1, 2))
    piece = replace(piece, parts=(replace(piece.parts[0], notes=piece.parts[0].notes),))
    played = accompanied(piece, chords=True, bass=True, drums=True)
    assert [part.name for part in played.parts] == ["Flute", "Chords", "Bass", "Drums"]
    end = played.bar_start(played.bars)
    for part in played.parts[1:]:
        assert part.notes
        assert part.end <= end
        assert all(note.length > 0 for note in part.notes)
    bass = played.parts[2]
    assert sum((note.length for note in bass.notes), Fraction(0)) == end


def test_switching_players_off_leaves_the_melody_alone() -> None:
    played = accompanied(SCALE, chords=True, bass=True, drums=True)
    assert accompanied(played, chords=False, bass=False, drums=False) == SCALE


def test_no_chord_is_foreign_to_the_tonic_at_the_end() -> None:
    assert harmonised(SCALE)[-1].chord.root == 0


@pytest.mark.parametrize(("notes", "key"), [((62, 66, 69, 74, 73, 74), (2, "major")),
                                            ((69, 72, 76, 74, 72, 71, 69), (9, "minor"))])  # fmt: skip
def test_the_key_of_what_was_played_is_found(notes: tuple[int, ...], key: tuple[int, str]) -> None:
    assert estimated_key(melody(*notes).parts[0].notes) == key


@pytest.mark.parametrize("instrument", sorted(INSTRUMENTS))
def test_a_tune_is_brought_into_the_instruments_range(instrument: str) -> None:
    moved = postprocess.within(melody(84, 86, 88, 89, 91), instrument)
    wanted = INSTRUMENTS[instrument]
    assert all(wanted.low <= note.pitch <= wanted.high for note in moved.parts[0].notes)
    assert (moved.parts[0].notes[0].pitch - 84) % 12 == 0


@pytest.mark.parametrize("how", ["few", "many"])
def test_ornaments_take_their_time_from_the_note_they_adorn(how: str) -> None:
    plain = melody(60, 64, 67, 72, length=Fraction(2))
    adorned = postprocess.ornamented(plain, how, seed=1)
    notes = adorned.parts[0].notes
    assert len(notes) > 4
    assert sum((note.length for note in notes), Fraction(0)) == 8
    assert all(a.end == b.start for a, b in pairwise(notes))
    assert postprocess.ornamented(plain, how, seed=1) == adorned


def test_a_poem_is_sung_character_by_character_each_line_in_its_own_bars() -> None:
    words = postprocess.lines("床前明月光，疑是地上霜。\n举头望明月，低头思故乡。")
    assert [len(line) for line in words] == [5, 5, 5, 5]
    piece = melody(*[60, 62, 64, 67, 69, 67, 64, 62] * 4)
    sung = postprocess.sung(piece, words).parts[0].notes
    assert "".join(note.lyric for note in sung) == "床前明月光疑是地上霜举头望明月低头思故乡"
    assert [note.lyric for note in sung if note.start in (0, 8, 16, 24)] == ["床", "疑", "举", "低"]


def test_notes_are_divided_where_there_are_more_syllables_than_notes() -> None:
    sung = postprocess.sung(melody(60, 62, length=Fraction(2)), [list("床前明月光")]).parts[0].notes
    assert [note.lyric for note in sung] == list("床前明月光")
    assert sum((note.length for note in sung), Fraction(0)) == 4


def test_english_words_are_cut_into_syllables() -> None:
    assert postprocess.lines("Shall I compare thee") == (("Shall", "I", "com-", "pare", "thee"),)
