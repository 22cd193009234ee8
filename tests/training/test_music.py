"""The music models' data, baseline, measures and export at toy size: nothing is downloaded."""

from __future__ import annotations

import json
import zipfile
from contextlib import suppress
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from aigc_demo.tasks.music import chorale_tokens, tokens
from aigc_demo.tasks.music.composer import check_words, from_folder, tiny
from aigc_demo.tasks.music.score import Note
from aigc_demo.tasks.music.tokens import Header, NotSayableError
from aigc_demo.tasks.music.tune import Event, Section, Tune
from aigc_demo.training import (
    chorale_data,
    chorale_eval,
    chorale_rows,
    choralegpt,
    folk_data,
    folkgpt,
    music_export,
    music_measures,
)
from aigc_demo.training.abc_tunes import NotUnderstoodError, read_tune, tunes_in
from aigc_demo.training.ngram import Ngram

JIG = """X:1
T:The Test Jig
R:jig
M:6/8
L:1/8
K:D
A|"D"dAF DFA|{c}ded cBA|dAF ~D3|ABc d2:|
|:f|(3fga f edc|d2-d d>cB|!trill!dfa afd|edc d2:|
"""


def read(text: str, **headers: str) -> Tune:
    found, body = next(tunes_in(text))
    return folk_data.relative(read_tune({**found, **headers}, body))


def test_a_tune_is_read_with_its_repeats_and_each_section_has_full_bars() -> None:
    tune = read(JIG)
    assert [len(section.bars) for section in tune.sections] == [4, 4]
    assert all(section.repeated for section in tune.sections)
    assert all(sum(e.ticks for e in bar) == 72 for section in tune.sections for bar in section.bars)
    assert [event.pitch for event in tune.pickup] == [7]
    assert [event.pitch for event in tune.sections[0].bars[0]] == [12, 7, 4, 0, 4, 7]
    # the pickup is heard again where the section is repeated
    assert tune.sections[0].bars[-1][-1].pitch == 7


def test_of_two_endings_the_second_is_kept() -> None:
    tune = read("X:1\nT:x\nM:2/4\nL:1/8\nK:C\n|:CDEF|GABc|1 cBAG:|2 c4||\n")
    assert [len(section.bars) for section in tune.sections] == [3]
    assert tune.sections[0].repeated
    assert tune.sections[0].bars[-1] == (Event(12, 48),) or tune.sections[0].bars[-1] == (Event(0, 48),)


def test_a_key_by_its_signature_is_found_by_the_final() -> None:
    tune = read("X:1\nT:x\nM:2/4\nL:1/8\nK:G\nABcd|edcB|ABcB|A4||\n")
    assert tune.mode == "dorian"
    assert tune.sections[-1].bars[-1][0].pitch in (0, 12)


def test_what_is_tied_within_a_bar_is_one_note_and_over_a_bar_line_it_is_held() -> None:
    tune = read("X:1\nT:x\nM:2/4\nL:1/8\nK:C\nC-|C2-CD-|DEFC||\n")
    assert tune.pickup == (Event(0, 12),)
    assert tune.sections[0].bars[0] == (Event(0, 36, held=True), Event(2, 12))
    assert tune.sections[0].bars[1][0] == Event(2, 12, held=True)


@pytest.mark.parametrize("body", ["CDE|CDEF|", "CDEF|[M:3/4]CDEF|", "C&E DEF|", "(5CDEFG A|"])
def test_what_is_not_understood_wholly_is_refused(body: str) -> None:
    with pytest.raises(NotUnderstoodError):
        read(f"X:1\nT:x\nM:4/4\nL:1/4\nK:C\nCDEF|{body}\n")


@pytest.mark.skipif(find_spec("music21") is None, reason="its corpus is not here")
def test_every_tune_of_a_real_collection_that_can_be_said_is_read_back_as_it_was() -> None:
    said = 0
    for file in (folk_data.corpus_folder() / "ryansMammoth").glob("*.abc"):
        for headers, body in tunes_in(file.read_text("utf-8", "replace")):
            with suppress(NotUnderstoodError, NotSayableError):
                tune = folk_data.relative(read_tune(headers, body))
                assert tokens.decode(tokens.encode(tune), tune.metre, tune.mode) == tune
                said += 1
    assert said > 900


def test_tunes_of_one_name_or_one_beginning_are_on_one_side() -> None:
    same = tokens.encode(read(JIG))
    rows = [("The Test Jig", same), ("Test, The", same[::-1]), ("Quite Another", same)]
    assert len(set(folk_data._sides(rows))) == 1


def test_the_corpus_becomes_examples_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "corpus" / "ryansMammoth"
    folder.mkdir(parents=True)
    (folder / "jig.abc").write_text(JIG)
    (folder / "same.abc").write_text(JIG.replace("The Test Jig", "Another"))
    monkeypatch.setattr(folk_data, "corpus_folder", lambda: tmp_path / "corpus")
    examples = folk_data.load(tmp_path / "kept")
    assert [example.header for example in examples] == [Header("6/8", "major", "jig", "ryan", 8, 2)]
    assert folk_data.load(tmp_path / "kept") == examples


def test_two_steps_of_training_make_a_model_that_is_judged_and_shipped(tmp_path: Path) -> None:
    tune = read(JIG)
    header = Header("6/8", "major", "jig", "ryan", 8, 2)
    rows = [
        ["Tune", "ryan", vars(header), tokens.encode(tune), side] for side in ("train", "validation", "test")
    ]
    (tmp_path / "tunes.json").write_text(json.dumps(rows))
    folkgpt.main(["--smoke", "--folder", str(tmp_path)])
    model = from_folder(tmp_path / "model")
    assert folkgpt.bits_per_note(model, folk_data.load(tmp_path)) > 0
    music_export.export("folkgpt", tmp_path, tmp_path / "out")
    check_words(tmp_path / "out", tokens.WORDS)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())["files"]
    assert set(manifest) == {"config.json", "format.json", "model.safetensors", "tokens.json"}
    assert manifest["model.safetensors"]["size"] < 12_000_000
    shipped = from_folder(tmp_path / "out")
    assert all(
        torch.allclose(a, b, atol=1e-2) for a, b in zip(model.parameters(), shipped.parameters(), strict=True)
    )


def test_weights_for_private_use_cannot_be_exported(tmp_path: Path) -> None:
    (tmp_path / "tunes-han.json").write_text("[]")
    with pytest.raises(SystemExit):
        music_export.main(["folkgpt", "--folder", str(tmp_path), "--out", str(tmp_path / "out")])


def test_n_grams_give_probabilities_and_know_what_they_have_seen() -> None:
    ngram = Ngram([[1, 2, 3, 1, 2, 3, 4]] * 3, 6, order=3)
    assert sum(ngram.probability([1, 2], token) for token in range(6)) == pytest.approx(1.0)
    assert ngram.bits([1, 2, 3, 1, 2, 3, 4]) < ngram.bits([4, 3, 2, 1, 3, 2, 1])
    assert ngram.bits([5, 5, 5, 5, 5, 5]) < ngram.bits([5, 5, 5, 5, 5, 5], memory=0)
    assert ngram.bits([1, 2, 3], given=2) < ngram.bits([1, 2, 3])


def test_n_grams_count_below_the_longest_context_in_how_many_contexts_a_token_was_met() -> None:
    often_after_one, after_many = [1, 2] * 9, [0, 5, 3, 5, 4, 5, 1, 5]
    ngram = Ngram([often_after_one, after_many], 6, order=1)
    assert ngram.probability([5], 5) > ngram.probability([5], 2)


def test_a_divergence_is_zero_for_the_same_and_positive_for_another() -> None:
    tunes = [read(JIG)]
    classes = music_measures.pitch_classes(tunes)
    assert music_measures.divergence(classes, classes) == pytest.approx(0.0)
    other = Tune((6, 8), "major", (Section(((Event(1, 72),),)),))
    assert music_measures.divergence(music_measures.pitch_classes([other]), classes) > 0.1


def test_what_was_learnt_by_heart_is_found() -> None:
    steps = tuple(range(-10, 20))
    memory = music_measures.Memory([steps])
    assert memory.longest_known(steps) == 30
    assert memory.longest_known((9, 9, *steps[3:12], 9, 9)) == 9
    assert memory.longest_known((50, 60, 70, 80, 90)) == 0


def test_parallel_fifths_and_octaves_are_counted_as_a_teacher_would() -> None:
    def voice(*pitches: int) -> list[Note]:
        return [Note(Fraction(i), Fraction(1), pitch) for i, pitch in enumerate(pitches)]

    assert music_measures.parallels([voice(67, 69), voice(60, 62)]) == (1, 0)
    assert music_measures.parallels([voice(72, 74), voice(60, 62)]) == (0, 1)
    assert music_measures.parallels([voice(67, 65), voice(60, 62)]) == (0, 0)
    assert music_measures.parallels([voice(67, 67), voice(60, 60)]) == (0, 0)
    assert music_measures.crossings([voice(60, 62), voice(64, 57)]) == 1


CHORALE = """<?xml version="1.0"?><score-partwise><part-list/>{parts}</score-partwise>"""
PART = """<part><measure number="0"><attributes><divisions>2</divisions><key><fifths>0</fifths></key>
<time><beats>4</beats><beat-type>4</beat-type></time></attributes>{first}</measure>{rest}</part>"""
NOTE = (
    "<note><pitch><step>{step}</step><octave>{octave}</octave></pitch>"
    "<duration>{length}</duration>{more}</note>"
)


def bach(folder: Path) -> Path:
    """A file of four bars and an upbeat, with a fermata on each of the last three."""

    def part(step: str, octave: int) -> str:
        note = NOTE.format(step=step, octave=octave, length=2, more="")
        fermata = NOTE.format(step=step, octave=octave, length=8, more="<notations><fermata/></notations>")
        whole = f'<measure number="1">{note * 4}</measure>' + f'<measure number="2">{fermata}</measure>' * 3
        return PART.format(first=note, rest=whole)

    parts = [part("C", 5), part("G", 4), part("E", 4), part("C", 3)]
    file = folder / "bwv0.mxl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("bwv0.xml", CHORALE.format(parts="".join(parts)))
    return file


def test_a_chorale_is_cut_where_any_voice_begins_a_note(tmp_path: Path) -> None:
    chorale, tonic, soprano = chorale_data.read(bach(tmp_path))
    assert set(soprano) == {72}
    assert tonic == 60
    assert (chorale.mode, chorale.metre, len(chorale.bars)) == ("major", (4, 4), 4)
    assert len(chorale.pickup) == 1
    assert [len(bar) for bar in chorale.bars] == [4, 1, 1, 1]
    assert chorale.bars[1][0].fermata
    ids = chorale_tokens.encode(chorale)
    assert chorale_tokens.decode(ids, (4, 4), "major") == chorale
    assert chorale_tokens.is_whole(ids, (4, 4), 4)
    assert [example.bars for example in chorale_data.make(tmp_path)] == [4]


def test_what_is_left_from_a_later_line_is_a_chorale_of_its_own() -> None:
    words = "@72 S7 A3 T0 B-12 bar:3 S12 @48 fermata S10 A2 @60 T3 @72 S12 B-9 bar:2 S8 bar:1 S7 B-12 <eos>"
    chorale = chorale_tokens.decode([chorale_tokens.ID[word] for word in words.split()], (4, 4), "minor")
    (later,) = chorale_rows.later_lines(chorale)
    said = [chorale_tokens.WORDS[token] for token in chorale_tokens.encode(later)]
    assert " ".join(said) == "@72 S12 A2 T3 B-9 bar:2 S8 bar:1 S7 B-12 <eos>"


def test_the_beginning_of_a_longer_chorale_counts_more_bars_and_has_no_end() -> None:
    words = "bar:2 S7 A3 T0 B-12 bar:1 S8 <eos>"
    said = chorale_rows.longer([chorale_tokens.ID[word] for word in words.split()], 3)
    assert " ".join(chorale_tokens.WORDS[token] for token in said) == "bar:5 S7 A3 T0 B-12 bar:4 S8"


def test_a_chorale_in_another_key_sounds_the_same_and_its_voices_stay_in_range(tmp_path: Path) -> None:
    chorale, tonic, _ = chorale_data.read(bach(tmp_path))
    for step in chorale_rows.steps(chorale, tonic):
        moved, now = chorale_rows.transposed(chorale, tonic, step)
        assert now in chorale_tokens.TONICS
        for before, after in zip(
            chorale_tokens.voice_notes(chorale, tonic), chorale_tokens.voice_notes(moved, now), strict=True
        ):
            assert [note.pitch + step for note in before] == [note.pitch for note in after]
    assert {-1, 0, 1} <= set(chorale_rows.steps(chorale, tonic))


def test_a_choir_is_trained_for_two_steps_judged_and_shipped(tmp_path: Path) -> None:
    bach(tmp_path)
    rows = [
        [*list(vars(example).values())[:-1], side]
        for example in chorale_data.make(tmp_path)
        for side in ("train", "validation", "test")
    ]
    (tmp_path / "chorales.json").write_text(json.dumps(rows))
    choralegpt.main(["--smoke", "--folder", str(tmp_path)])
    chorale_eval.main(["--folder", str(tmp_path), "--chorales", "1"])
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["valid"]["bach"] == figures["valid"]["ruled"] == figures["valid"]["harmonised"] == 1
    music_export.export("choralegpt", tmp_path, tmp_path / "out")
    check_words(tmp_path / "out", chorale_tokens.WORDS)
    assert "valid" in (tmp_path / "out" / "card.md").read_text()


def test_notes_of_one_voice_and_degree_share_what_they_learn() -> None:
    low, high, other = (set(choralegpt.parts_of(word)) for word in ("S0", "S12", "A0"))
    assert len(low & high) > len(low & other) > 0


def test_a_tiny_model_is_the_same_every_time() -> None:
    first, second = (tiny(tokens.WORDS, end=2, begin=1, pad=0) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
