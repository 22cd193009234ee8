"""A description becomes settings: what it says, nothing it does not say, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_demo import i18n
from aigc_demo.tasks.music import plan
from aigc_demo.tasks.music.describe import describe, understood
from aigc_demo.tasks.music.params import ScoreParams
from aigc_demo.types import Language

SAID: list[tuple[str, dict[str, Any]]] = [
    ("a sad waltz in A minor", {"style": "waltz", "key": "A", "mode": "minor"}),
    (
        "a lively jig in D for the fiddle",
        {"style": "jig", "key": "D", "instrument": "fiddle", "mode": "major"},
    ),
    ("F sharp minor reel at 200 bpm, 24 bars", {"key": "F#", "mode": "minor", "tempo": 200, "bars": 24}),
    ("E flat major march", {"key": "Eb", "mode": "major", "style": "march"}),
    ("D dorian air", {"key": "D", "mode": "dorian", "style": "air"}),
    ("an Irish hornpipe in G with chords", {"style": "hornpipe", "key": "G", "chords": True}),
    ("欢快的江南小调", {"style": "air", "scale": "zhi", "instrument": "dizi"}),
    ("A小调的慢圆舞曲", {"key": "A", "mode": "minor", "style": "waltz"}),
    ("降B大调进行曲，三十二小节，带鼓", {"key": "Bb", "mode": "major", "bars": 32, "drums": True}),
    ("四三拍的摇篮曲", {"metre": "3/4", "style": "air"}),
    ("用二胡演奏的悲伤曲子", {"instrument": "erhu", "scale": "yu"}),
]


@pytest.mark.parametrize(("text", "wanted"), SAID, ids=[text for text, _ in SAID])
def test_a_description_names_its_settings(text: str, wanted: dict[str, Any]) -> None:
    found = describe(text)
    assert {name: found.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_words_for_a_tune_to_a_scene_say_how_it_goes(language: Language) -> None:
    for mood in ("rain", "snow", "night", "sunset", "morning", "going", "day"):
        found = describe(i18n.t(f"image.tune.{mood}", language))
        assert {"style", "key", "mode", "tempo"} <= set(found), mood


@pytest.mark.parametrize("text", ["", "a", "hello world", "你好", "seven green bottles"])
def test_words_that_say_nothing_of_music_set_nothing(text: str) -> None:
    assert describe(text) == {}


def test_a_popular_song_is_no_minor_mode_and_a_key_after_a_letter_is() -> None:
    assert "mode" not in describe("江南小调")
    assert describe("一首E小调的曲子")["mode"] == "minor"


def test_slow_and_fast_change_the_pace_of_the_style() -> None:
    slow, fast = (describe(f"a {pace} waltz")["tempo"] for pace in ("slow", "fast"))
    assert slow < fast


@given(st.text(max_size=60))
def test_whatever_is_said_becomes_settings_that_the_form_accepts(text: str) -> None:
    assert ScoreParams.model_validate(describe(text))


@given(st.sampled_from([text for text, _ in SAID]))
def test_what_was_understood_is_told_with_its_words(text: str) -> None:
    for found in understood(text):
        assert found.words.lower() in text.lower()


def test_a_chosen_setting_is_stronger_than_the_description() -> None:
    params = ScoreParams(prompt="a sad waltz in A minor", key="D", tempo=120, seed=1)
    result = plan.make(params)
    assert (result.tonic, result.mode, result.style, result.tempo) == ("D", "minor", "waltz", 120)
