"""The pipelines on tiny random models: every action gives whole music, the same for the same seed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aigc_demo import decoding
from aigc_demo.tasks.music import chorale_tokens, melody, tokens
from aigc_demo.tasks.music.chorale import ChoralePipeline
from aigc_demo.tasks.music.composer import Composer, check_words, tiny
from aigc_demo.tasks.music.folk import FolkPipeline
from aigc_demo.tasks.music.params import ScoreParams, read_notes
from aigc_demo.tasks.music.score import SCALES, Score, from_json, pitch_class, to_json
from aigc_demo.types import CancelledByVisitor, Partial, Progress, UserError

PLAYED = "D4:1 E4:0.5 F#4:0.5 G4:1 A4:1 B4:0.5 A4:0.5 G4:1 F#4:1 E4:1"


def composer(words: Any) -> Composer:
    end, begin, pad = (words.ID[word] for word in (words.EOS, words.BOS, words.PAD))
    return Composer(decoding.decoder(tiny(words.WORDS, end=end, begin=begin, pad=pad).eval()), end)


FOLK = FolkPipeline(composer(tokens), "debug-music")
CHORALE = ChoralePipeline(composer(chorale_tokens), "debug-chorale")


def compose(pipeline: FolkPipeline | ChoralePipeline = FOLK, **values: Any) -> Score:
    params = ScoreParams.model_validate({"seed": 3, **values})
    return pipeline.score(params, lambda _: None)[0]


def test_the_same_seed_gives_the_same_tune_and_another_seed_another() -> None:
    assert compose(seed=5) == compose(seed=5)
    assert compose(seed=5).parts != compose(seed=6).parts


@pytest.mark.parametrize(
    "style", ["reel", "jig", "slip jig", "hornpipe", "strathspey", "polka", "waltz", "air"]
)
def test_a_tune_has_the_bars_the_key_and_the_metre_that_were_asked_for(style: str) -> None:
    result = compose(style=style, key="Bb", mode="minor", bars=12)
    assert (result.bars, result.tonic, result.mode) == (12, "Bb", "minor")
    assert result.parts[0].end == result.bar_start(12)


def test_the_same_tokens_in_another_key_are_the_same_tune_transposed() -> None:
    low, high = (compose(style="jig", mode="major", key=key, instrument="piano") for key in ("D", "E"))
    steps = {b.pitch - a.pitch for a, b in zip(low.parts[0].notes, high.parts[0].notes, strict=True)}
    assert {step % 12 for step in steps} == {2}
    assert len(steps) == 1


@pytest.mark.parametrize("scale", ["gong", "shang", "jue", "zhi", "yu"])
def test_a_pentatonic_mode_has_five_notes(scale: str) -> None:
    result = compose(scale=scale, key="G", bars=8)
    classes = {(note.pitch - 7) % 12 for note in result.parts[0].notes}
    assert classes <= set(SCALES[scale])  # type: ignore[index]


def test_a_beginning_goes_on_for_as_many_bars_as_wanted() -> None:
    result = compose(action="continue", start_notes=PLAYED, key="D", bars=8)
    kept = list(zip(result.parts[0].notes, read_notes(PLAYED)[:-1], strict=False))
    assert [(new.start, new.length) for new, old in kept] == [(old.start, old.length) for new, old in kept]
    shifts = {new.pitch - old.pitch for new, old in kept}  # all as played, or by octaves to suit the player
    assert {shift % 12 for shift in shifts} == {0}
    assert len(shifts) == 1
    assert result.bars == 8


def test_a_beginning_that_fills_the_piece_is_told_so() -> None:
    with pytest.raises(UserError, match="start_too_long"):
        compose(action="continue", start_notes="C4:1 " * 20, bars=4)


def test_a_variation_keeps_the_rhythm_of_its_theme() -> None:
    result = compose(action="vary", start_notes=PLAYED, key="D")
    theme = read_notes(PLAYED)
    assert [n.start for n in result.parts[0].notes] == [n.start for n in theme]
    assert [n.pitch for n in result.parts[0].notes] != [n.pitch for n in theme]


def test_arranging_changes_key_pace_and_players_but_no_note() -> None:
    result = compose(action="arrange", start_notes=PLAYED, key="F", tempo=90, instrument="flute", drums=True)
    before, after = read_notes(PLAYED), result.parts[0].notes
    assert [b.start for b in before] == [a.start for a in after]
    assert len({(a.pitch - b.pitch) % 12 for a, b in zip(after, before, strict=True)}) == 1
    assert result.tempo == 90
    assert [part.name for part in result.parts] == ["Flute", "Drums"]


@pytest.mark.parametrize("action", ["continue", "vary", "arrange", "harmonise"])
def test_without_a_beginning_one_is_asked_for(action: str) -> None:
    with pytest.raises(UserError, match="needs_start"):
        compose(action=action)


def test_a_poem_becomes_a_song_without_repeats_two_bars_a_line() -> None:
    result = compose(lyrics="床前明月光，疑是地上霜。举头望明月，低头思故乡。", scale="yu", key="A")
    assert result.bars == 8
    assert not result.repeats
    assert "".join(n.lyric for n in result.parts[0].notes) == "床前明月光疑是地上霜举头望明月低头思故乡"


def test_progress_counts_bars_and_shows_the_score_so_far() -> None:
    seen: list[Progress | Partial] = []
    FOLK.score(ScoreParams(seed=1, bars=6), seen.append)
    done = [event.done for event in seen if isinstance(event, Progress)]
    assert done[0] == 0
    assert done[-1] == 6
    assert done == sorted(done)
    partial = [event.output for event in seen if isinstance(event, Partial)]
    assert [from_json(json.loads(output.text or "")).bars for output in partial] == [1, 2, 3, 4, 5, 6]


def test_a_visitor_can_stop_it_in_the_middle() -> None:
    def stop(event: Progress | Partial) -> None:
        if isinstance(event, Progress) and event.done == 2:
            raise CancelledByVisitor

    with pytest.raises(CancelledByVisitor):
        FOLK.score(ScoreParams(seed=1, bars=16), stop)


def test_a_chorale_has_four_voices_that_end_together() -> None:
    result = compose(CHORALE, bars=6, key="G", mode="major")
    assert [part.name for part in result.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert result.bars == 6
    assert {part.end for part in result.parts} == {result.bar_start(6)}


def test_a_melody_is_set_for_four_voices_and_sung_by_the_highest() -> None:
    result = compose(CHORALE, action="harmonise", start_notes=PLAYED, key="D")
    pitches = [note.pitch for note in result.parts[0].notes]
    assert len({(a - b.pitch) % 12 for a, b in zip(pitches, read_notes(PLAYED), strict=True)}) == 1
    assert len(result.parts) == 4


def test_the_choir_says_what_it_cannot_do() -> None:
    with pytest.raises(UserError, match="not_this_model"):
        compose(CHORALE, action="vary", start_notes=PLAYED)


def test_our_own_score_comes_back_as_a_beginning(tmp_path: Path) -> None:
    first = compose(style="reel", key="D", mode="major", bars=8)
    file = tmp_path / "score.json"
    file.write_text(json.dumps(to_json(first)))
    again = compose(action="arrange", start=str(file))
    assert melody.melody(again) == melody.melody(first)
    longer = compose(action="continue", start=str(file), bars=16)
    assert longer.bars == 16
    assert pitch_class(longer.tonic) == 2


def test_weights_with_another_vocabulary_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tokens.json").write_text(json.dumps(["a", "b"]))
    with pytest.raises(ValueError, match="vocabulary"):
        check_words(tmp_path, tokens.WORDS)


@pytest.mark.parametrize(
    ("given", "key", "mode"),
    [("Am", "A", "minor"), ("e minor", "E", "minor"), ("D dorian", "D", "dorian"), ("G", "G", "auto"),
     ("f# minor", "F#", "minor"), ("A#", "Bb", "auto"), ("CM", "C", "major")],
)  # fmt: skip
def test_a_key_may_bring_its_mode(given: str, key: str, mode: str) -> None:
    params = ScoreParams.model_validate({"key": given})
    assert (params.key, params.mode) == (key, mode)


@pytest.mark.parametrize("notes", ["X4:1", "C4", "C4:0", "C4:1/0", "C9:1", "C4:99", "C4:1 " * 401, "-:-"])
def test_notes_that_cannot_be_read_are_refused_with_a_sentence(notes: str) -> None:
    with pytest.raises(ValueError, match=r"music\.error\."):
        ScoreParams(start_notes=notes)


def test_a_tempo_that_nobody_can_play_is_refused() -> None:
    with pytest.raises(ValueError, match=r"music\.error\.tempo"):
        ScoreParams(tempo=10)
