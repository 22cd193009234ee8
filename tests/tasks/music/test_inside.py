"""Looking inside music: note by note, bar by bar, word by word, of pieces that come out as they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aigc_demo import decoding
from aigc_demo.explain import Bytes, words
from aigc_demo.tasks.music import chorale_tokens, inside, inside_bars, tokens
from aigc_demo.tasks.music import score as scores
from aigc_demo.tasks.music.chorale import ChoralePipeline
from aigc_demo.tasks.music.composer import Composer, tiny
from aigc_demo.tasks.music.folk import FolkPipeline
from aigc_demo.tasks.music.inside_words import ChoraleWords, FolkWords, bars_of, degree
from aigc_demo.tasks.music.params import ChoraleParams, ScoreParams
from aigc_demo.tasks.music.pipeline import ScorePipeline
from aigc_demo.types import Progress, StoredItem, UserError

Look = Callable[..., dict[str, dict[str, Any]]]


def composer(words_: Any) -> Composer:
    end, begin, pad = (words_.ID[word] for word in (words_.EOS, words_.BOS, words_.PAD))
    return Composer(decoding.decoder(tiny(words_.WORDS, end=end, begin=begin, pad=pad).eval()), end)


@pytest.fixture(scope="module")
def folk() -> FolkPipeline:
    return FolkPipeline(composer(tokens), "debug-music")


@pytest.fixture
def look(tmp_path: Path) -> Look:
    def look_into(pipeline: ScorePipeline, params: ChoraleParams) -> dict[str, dict[str, Any]]:
        plain = inside.explain(
            pipeline, params, stored(pipeline, params, tmp_path), lambda event: None
        ).plain()
        for language in ("en", "zh"):
            assert len(words.told(plain, language)) == len(plain["sections"])
        return {section["kind"]: section for section in plain["sections"]}

    return look_into


def stored(pipeline: ScorePipeline, params: ChoraleParams, folder: Path) -> StoredItem:
    score, _ = pipeline.score(params, lambda event: None)
    path = folder / inside.SCORE
    path.write_text(json.dumps(scores.to_json(score)), "utf-8")
    return StoredItem((), {path.name: path})


def test_each_note_has_the_pitches_that_might_have_come(folk: FolkPipeline, look: Look) -> None:
    params = ScoreParams(bars=8, seed=3)
    (score, _) = folk.score(params, lambda event: None)
    seen = look(folk, params)["notes"]["data"]
    melody = list(score.parts[0].notes)
    assert [(note["start"], note["pitch"]) for note in seen["notes"]][:1] == [
        (float(melody[0].start), melody[0].pitch)
    ]
    assert {note["pitch"] for note in seen["notes"]} == {note.pitch for note in melody}
    assert all(0 < one["p"] <= 1 for note in seen["notes"] for one in note["others"])
    assert any(note["forbidden"] > 0 for note in seen["notes"])


def test_notes_of_a_repeated_section_are_heard_twice(folk: FolkPipeline, look: Look) -> None:
    for seed in range(20):
        params = ScoreParams(bars=8, seed=seed)
        score, _ = folk.score(params, lambda event: None)
        if score.repeats:
            notes = look(folk, params)["notes"]["data"]["notes"]
            times = {len(note["heard"]) for note in notes}
            assert 2 in times
            assert max(max(note["heard"]) for note in notes) < score.seconds
            return
    pytest.fail("no seed repeats a section")


def test_the_metre_rule_says_what_it_took_away(folk: FolkPipeline, look: Look) -> None:
    seen = look(folk, ScoreParams(bars=4, seed=3))["tokens"]["data"]
    steps = [step for one in seen["tokens"] for step in one["steps"]]
    assert all(step["drawn"] for step in steps)
    assert {step["rule"] for step in steps} == {"metre", "form"}
    assert any("wanted" in step for step in steps)


def test_bars_are_compared_by_their_words() -> None:
    said = [tokens.ID[word] for word in ("bar:2", "0@48", "4@96", "bar:1", "0@48", "7@96")]
    section = inside_bars.section(FolkWords(), [], said, None)
    packed = section.data["likeness"]
    alike = Bytes(tuple(packed["shape"]), packed["data"]).numbers()
    assert alike == pytest.approx(np.array([[1, 0.5], [0.5, 1]]), abs=0.01)


def test_attention_is_summed_by_bars_and_the_plan() -> None:
    prompt = [tokens.ID[tokens.BOS]]
    said = [tokens.ID[word] for word in ("bar:2", "0@96", "bar:1", "0@96")]
    looks = np.zeros((1, 1, 4, 4), np.float32)
    for row in range(4):
        looks[..., row, : row + 1] = 1 / (row + 1)
    section = inside_bars.section(FolkWords(), prompt, said, looks)
    packed = section.data["looks"]
    seen = Bytes(tuple(packed["shape"]), packed["data"]).numbers()
    assert seen == pytest.approx(np.array([[0.75, 0.25, 0], [0.29, 0.58, 0.125]]), abs=0.01)


def test_words_read_as_a_musician_would() -> None:
    header = [tokens.ID[word] for word in (tokens.BOS, "<4/4>", "<major>")]
    read = FolkWords(lambda: header)
    before = [tokens.ID["bar:4"], tokens.ID["7@24"]]
    assert read.after(before)(tokens.ID["12@48"]).decode() == "1'·1/4"
    assert read.after([tokens.ID["pickup:24"]])(tokens.ID["-5@96"]).decode() == "5,·1/4"
    assert read.after(before)(tokens.ID["bar:3"]).decode() == "│3"
    assert [degree(pitch) for pitch in (0, 3, 11, -1, 24)] == ["1", "♭3", "7", "7,", "1''"]
    assert bars_of(read, [*header, *before, tokens.ID["bar:3"]]) == [-1, -1, -1, 0, 0, 1]


def test_a_chorale_is_told_by_bars_and_words(look: Look) -> None:
    pipeline = ChoralePipeline(composer(chorale_tokens), "debug-chorale")
    seen = look(pipeline, ChoraleParams(bars=4, seed=3))
    assert list(seen) == ["bars", "tokens"]
    assert seen["bars"]["data"]["bars"] == 4
    assert ChoraleWords().after([])(chorale_tokens.ID["S7"]).decode() == "S 5"


def test_what_was_only_arranged_was_made_by_no_model(folk: FolkPipeline, tmp_path: Path) -> None:
    start = tmp_path / "start.abc"
    start.write_text("X:1\nT:t\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n", "utf-8")
    params = ScoreParams(action="arrange", start=str(start), seed=1)
    with pytest.raises(UserError) as refused:
        inside.explain(folk, params, StoredItem(()), lambda event: None)
    assert refused.value.problem.code == "no_model_composed"


def test_a_piece_that_comes_out_otherwise_says_so(folk: FolkPipeline, tmp_path: Path) -> None:
    item = stored(folk, ScoreParams(bars=4, seed=3), tmp_path)
    with pytest.raises(UserError) as refused:
        inside.explain(folk, ScoreParams(bars=4, seed=4), item, lambda event: None)
    assert refused.value.problem.code == "not_retraced"


def test_a_look_shows_no_half_made_piece(folk: FolkPipeline, tmp_path: Path) -> None:
    seen: list[Any] = []
    params = ScoreParams(bars=4, seed=3)
    inside.explain(folk, params, stored(folk, params, tmp_path), seen.append)
    assert seen
    assert {type(event) for event in seen} == {Progress}
