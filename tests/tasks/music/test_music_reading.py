"""What is understood of a description of music, and what of it is in the piece."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aigc_demo.api.request_line import lines
from aigc_demo.tasks.music.params import ChoraleParams, ScoreParams
from aigc_demo.tasks.music.reading import account, read
from aigc_demo.types import Job, Output, Reading, StoredOutput
from tests.declared import CATALOG

FOLK, CHORALE = CATALOG.model("folkgpt"), CATALOG.model("choralegpt")
MADE = (Output("audio", "tune.wav", "audio/wav", meta={"key": "D major", "metre": "6/8"}),)


def settings(reading: Reading) -> dict[str, object]:
    return {term.setting: term.value for term in reading.kept if term.setting}


def test_settings_that_words_name_are_kept_and_the_rest_is_not_known() -> None:
    reading = read({"prompt": "a spooky waltz in A minor for the piano"}, FOLK, ())
    assert settings(reading) == {"style": "waltz", "key": "A", "mode": "minor", "instrument": "piano"}
    assert [term.words for term in reading.unknown] == ["spooky"]
    assert reading.sure


@pytest.mark.parametrize("prompt", ["asdfghjkl", "周杰伦", "birthday"])
def test_a_description_of_which_nothing_is_known_is_told_of_first(prompt: str) -> None:
    reading = read({"prompt": prompt}, FOLK, ())
    assert not reading.sure and not reading.kept and [term.words for term in reading.unknown] == [prompt]


def test_a_second_instrument_waits_for_a_press() -> None:
    reading = read({"prompt": "a waltz for piano and violin"}, FOLK, ())
    (left_out,) = reading.left_out
    assert (left_out.words, left_out.sets) == ("piano", {"instrument": "piano"})


def test_what_a_model_does_not_take_is_left_out() -> None:
    reading = read({"prompt": "a jig in D"}, CHORALE, ())
    assert settings(reading) == {"key": "D"}
    assert [term.words for term in reading.left_out] == ["jig"]


def test_a_setting_chosen_in_the_form_overrules_words() -> None:
    asked = ScoreParams(prompt="a waltz in D", style="jig")
    reading = account(asked, MADE, FOLK)
    assert settings(reading) == {"key": "D"}
    assert [term.words for term in reading.left_out] == ["waltz"]


def test_where_words_name_nothing_it_is_told_what_was_drawn() -> None:
    reading = account(ScoreParams(prompt="周杰伦"), MADE, FOLK)
    result = StoredOutput("audio", "tune.wav", "audio/wav", 1, meta={"request": reading.plain()})
    job = Job("1", "me", "music", "folkgpt", "done", {}, "en", datetime.now(UTC), outputs=(result,))
    assert lines(job, "en") == ["I composed: a tune of my own choice, D major, 6/8", "Unknown to me: 周杰伦"]
    assert lines(job, "zh")[1] == "我不认识：周杰伦"
    assert reading.kept[0].values == {"scale": "D major", "metre": "6/8"}
    assert [term.words for term in reading.unknown] == ["周杰伦"]
    assert account(ChoraleParams(prompt=""), MADE, CHORALE).kept[0].key == "music.request.drawn"
