"""A score comes back from every file it is written to, and other programs read those files."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings

from aigc_demo.tasks.music import abc, midi, musicxml
from aigc_demo.tasks.music import score as score_values
from aigc_demo.tasks.music.import_file import read_bytes
from aigc_demo.tasks.music.score import Score
from tests.tasks.music.pieces import PIECES, jig, scores, song

music21 = pytest.importorskip("music21")

WRITERS: dict[str, Callable[[Score], bytes]] = {
    "midi": midi.write,
    "abc": abc.write,
    "musicxml": musicxml.write,
}


def expected(score: Score, kind: str) -> Score:
    """What a format can say of a score: MIDI holds what is heard, repeats written out."""
    return score.unfolded() if kind == "midi" else score


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", PIECES)
def test_a_piece_comes_back_as_it_was(kind: str, name: str) -> None:
    assert read_bytes(WRITERS[kind](PIECES[name])) == expected(PIECES[name], kind)


@settings(max_examples=60, deadline=None)
@given(scores())
@pytest.mark.parametrize("kind", WRITERS)
def test_any_piece_comes_back_as_it_was(kind: str, score: Score) -> None:
    back, wanted = read_bytes(WRITERS[kind](score)), expected(score, kind)
    assert back.metre == wanted.metre and back.pickup == wanted.pickup and back.repeats == wanted.repeats
    assert (back.tonic, back.mode) == (wanted.tonic, wanted.mode)
    assert back.chords == wanted.chords
    assert abs(back.tempo - wanted.tempo) < 0.01
    for mine, theirs in zip(back.parts, wanted.parts, strict=True):
        assert mine.program == theirs.program
        assert sorted(mine.notes, key=str) == sorted(theirs.notes, key=str)


@settings(max_examples=25, deadline=None)
@given(scores(parts=2))
def test_every_bar_sums_to_its_metre_for_another_program(score: Score) -> None:
    parsed = music21.converter.parseData(musicxml.write(score).decode(), format="musicxml")
    for part in parsed.parts:
        measures = list(part.getElementsByClass("Measure"))
        if score.pickup:
            assert Fraction(measures[0].duration.quarterLength).limit_denominator(96) == score.pickup
            measures = measures[1:]
        assert len(measures) == score.bars
        for measure in measures:
            for voice in measure.voices or [measure]:
                lengths = [
                    Fraction(n.duration.quarterLength).limit_denominator(96) for n in voice.notesAndRests
                ]
                assert sum(lengths) == score.bar


def test_another_program_reads_the_midi_file_as_long_as_it_sounds() -> None:
    parsed = music21.converter.parseData(midi.write(jig()))
    assert float(parsed.highestTime) == float(jig().unfolded().end)


def test_another_program_reads_the_abc_text() -> None:
    parsed = music21.converter.parseData(abc.write(jig()).decode(), format="abc")
    pitches = [note.pitch.midi for note in parsed.recurse().getElementsByClass("Note")]
    assert pitches == [note.pitch for note in jig().parts[0].notes]


def test_pitches_are_spelt_as_the_key_has_them() -> None:
    flat = jig().transposed(-4)  # E flat
    text = musicxml.write(flat).decode()
    assert "<fifths>-3</fifths>" in text
    assert "<alter>1</alter>" not in text and "<accidental>" not in text
    assert "^" not in abc.write(flat).decode() and "=" not in abc.write(flat).decode().split("K:")[1]


def test_words_and_titles_are_escaped() -> None:
    data = musicxml.write(song())
    assert b"<script" not in data and b"&lt;script&gt;" in data
    assert abc.write(song()).count(b"\nT:") == 1


def test_a_title_cannot_add_fields_to_the_text() -> None:
    sly = Score("one\nK:Zebra % hidden", "C", "major", (4, 4), 100.0, jig().parts)
    assert abc.write(sly).decode().split("\n")[2] == "T:one K:Zebra \\% hidden"
    assert read_bytes(abc.write(sly)).tonic == "C"


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_piece_is_the_same_bytes(kind: str) -> None:
    assert WRITERS[kind](song()) == WRITERS[kind](song())


def test_a_score_of_our_own_comes_back() -> None:
    import json

    for piece in PIECES.values():
        assert read_bytes(json.dumps(score_values.to_json(piece)).encode()) == piece
