"""A text becomes sound; what the voice cannot read is said, and the same text and seed are the same bytes."""

from __future__ import annotations

import io
import wave
from types import SimpleNamespace
from typing import Any, cast

import pytest

from aigc_demo.tasks.speech import SpeechParams
from aigc_demo.tasks.speech.pipeline import LONGEST, RATE, Speaker, load, pieces, readable
from aigc_demo.types import Output, UserError


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    return load(cast(Any, SimpleNamespace()))


def spoken(speaker: Speaker, text: str, **values: Any) -> Output:
    (output,) = speaker(SpeechParams(text=text, seed=3, **values), lambda _: None)
    return output


def test_a_text_is_read_aloud_the_same_twice(speaker: Speaker) -> None:
    first = spoken(speaker, "Hello there. How are you?")
    with wave.open(io.BytesIO(first.data or b"")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        assert file.getnframes() / RATE == pytest.approx(first.meta["seconds"], abs=0.01)
    assert 1 < first.meta["seconds"] < 6
    assert max(first.meta["peaks"]) > 10
    assert spoken(speaker, "Hello there. How are you?").data == first.data


def test_a_faster_pace_is_shorter(speaker: Speaker) -> None:
    slow, fast = (
        spoken(speaker, "A quiet evening by the sea.", speed=speed).meta["seconds"] for speed in (0.7, 1.6)
    )
    assert fast < 0.7 * slow


def test_what_cannot_be_read_is_said(speaker: Speaker) -> None:
    assert spoken(speaker, "Hello 世界, and 🙂 goodbye").meta["left_out"] == ["世界", "🙂"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("你好", "english_only"),
        ("🙂", "english_only"),
        ("  ", "nothing"),
        ("... !", "nothing"),
        ("", "nothing"),
    ],
)
def test_a_text_without_english_is_refused_in_words(text: str, key: str) -> None:
    with pytest.raises(UserError) as refusal:
        readable(text)
    assert refusal.value.problem.key == f"speech.error.{key}"


def test_long_sentences_are_parted_and_nothing_is_lost() -> None:
    text = "word " * 200 + ". Then " + "x" * 900 + "! The end"
    parts = list(pieces(text))
    assert max(map(len, parts)) <= LONGEST
    assert "".join("".join(parts).split()).replace("!", "") == "".join(text.split()).replace("!", "")
