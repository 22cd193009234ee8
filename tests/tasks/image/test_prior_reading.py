"""The painter says what it will paint, what it leaves out and what it does not know, before and after."""

from __future__ import annotations

import random
import string

import pytest
import torch

from aigc_demo.settings import ASSETS
from aigc_demo.tasks.image.concept_labels import read_concepts
from aigc_demo.tasks.image.flow import EmojiFlowPipeline
from aigc_demo.tasks.image.prior_reading import KEPT, PriorReader
from aigc_demo.tasks.image.quantize import quantize_
from aigc_demo.types import Reading

FOLDER = ASSETS / "models" / "emojiflow"


@pytest.fixture(scope="module")
def reader() -> PriorReader:
    """The prior that ships."""
    pipe = EmojiFlowPipeline.from_pretrained(FOLDER, torch.float32, quantize_)
    return PriorReader(pipe, read_concepts(FOLDER / "known.json"))


def read(reader: PriorReader, prompt: str) -> Reading:
    reading = reader.before({"prompt": prompt})
    assert reading is not None
    return reading


def words(terms: tuple[object, ...]) -> list[str]:
    return [term.words for term in terms]  # type: ignore[attr-defined]


def test_of_several_things_one_is_painted_and_the_others_are_left_out(reader: PriorReader) -> None:
    reading = read(reader, "a cat riding a bicycle under the moon")
    assert reading.kept[0].names["en"] == "bicycle" and reading.kept[0].words == "bicycle"
    assert {"cat", "moon"} <= set(words(reading.left_out))
    assert all(term.sets == {"prompt": term.words} for term in reading.left_out)
    assert reading.also and all(0.05 <= (term.share or 0) <= 1 for term in reading.also)
    assert reading.sure


def test_what_was_painted_counts_however_unlikely_it_was(reader: PriorReader) -> None:
    prompt = "a cat riding a bicycle under the moon"
    names = [name.en for name in reader._names]
    read(reader, prompt)
    probabilities = reader._seen[prompt].probabilities
    reading = reader.after(prompt, probabilities, names.index("woman mountain biking"))
    assert reading.kept[0].names["zh"] and "bicycle" in reading.kept[0].words
    assert {"cat", "moon"} <= set(words(reading.left_out)) and "bicycle" not in words(reading.left_out)
    assert "bicycle" in [term.names["en"] for term in reading.also]


@pytest.mark.parametrize("gibberish", ["asdfghjkl", "xkqvbn wqeoiu", "🐱"])
def test_what_means_nothing_is_not_painted_boldly(reader: PriorReader, gibberish: str) -> None:
    reading = read(reader, gibberish)
    assert not reading.sure and reading.unknown and reading.kept


@pytest.mark.parametrize("prompt", ["a blue cat", "一只蓝色的猫"])
def test_a_colour_is_kept_and_no_thing(reader: PriorReader, prompt: str) -> None:
    reading = read(reader, prompt)
    assert reading.kept[0].names["en"] == "cat" and "blue" in [term.names["en"] for term in reading.kept[1:]]
    assert not reading.left_out and not reading.unknown


def test_a_chinese_prompt_is_told_in_its_own_words(reader: PriorReader) -> None:
    reading = read(reader, "一只猫在月亮下骑自行车")
    assert reading.kept[0].words == "猫" and "月亮" in words(reading.left_out)
    assert reading.kept[0].sets == {"prompt": reading.kept[0].names["zh"]}


def test_nearly_every_name_is_known_and_hardly_any_string_of_letters(reader: PriorReader) -> None:
    rng = random.Random(3)
    names = [name.en for name in reader._names if name.en.isalpha()]
    known = rng.sample(names, 60)
    letters = ["".join(rng.choices(string.ascii_lowercase, k=rng.randint(5, 10))) for _ in range(60)]
    reader._look([*known, *letters])
    energies = {text: reader._seen[text].energy >= reader._least for text in (*known, *letters)}
    assert sum(energies[name] for name in known) >= 56
    assert sum(energies[text] for text in letters) <= 4


def test_nothing_is_said_of_no_words_or_of_a_picture_to_begin_with(reader: PriorReader) -> None:
    assert reader.before({"prompt": "  "}) is None
    assert reader.before({"prompt": "a cat", "image": "01ABC"}) is None


def test_readings_are_the_same_again_and_not_kept_without_end(reader: PriorReader) -> None:
    first = read(reader, "a castle")
    for number in range(KEPT + 10):
        reader._look([f"thing {number}"])
    assert len(reader._seen) <= KEPT
    assert read(reader, "a castle") == first
