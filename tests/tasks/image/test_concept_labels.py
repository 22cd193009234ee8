"""What the prior of EmojiFlow thought of is told in the language of the wish."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from aigc_demo.settings import ASSETS
from aigc_demo.tasks.image.concept_labels import Concept, describe, read_concepts
from aigc_demo.tasks.image.debug import TinyEnlarger, tiny_pipeline
from aigc_demo.tasks.image.emoji import EmojiFlow
from aigc_demo.tasks.image.params import ImageParams

NAMES = (Concept("cat", "猫"), Concept("tiger", "老虎"), Concept("lion", "狮子"), Concept("fire", "火"))


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [("a stripy pet", "tiger 60%, cat 30%, fire 7%"), ("有条纹的宠物", "老虎 60%，猫 30%，火 7%")],
)
def test_the_three_likeliest_things_are_told_in_the_language_of_the_prompt(
    prompt: str, sentence: str
) -> None:
    assert describe(torch.tensor([0.30, 0.60, 0.03, 0.07]), 1, NAMES, prompt) == sentence


def test_what_was_painted_is_told_first_however_unlikely_it_was() -> None:
    assert describe(torch.tensor([0.30, 0.60, 0.03, 0.07]), 2, NAMES, "pet") == "lion 3%, tiger 60%, cat 30%"


def test_what_was_drawn_by_a_small_chance_was_not_impossible() -> None:
    assert describe(torch.tensor([0.004, 0.996, 0.0, 0.0]), 0, NAMES, "pet") == "cat <1%, tiger 100%"


def test_a_passing_thought_is_not_told() -> None:
    assert describe(torch.tensor([0.97, 0.01, 0.01, 0.01]), 0, NAMES, "cat") == "cat 97%"


def test_no_names_beside_the_weights_mean_no_names_to_tell(tmp_path: Path) -> None:
    assert read_concepts(tmp_path / "known.json") == ()


def test_the_shipped_names_are_as_many_as_the_things_the_shipped_memory_has() -> None:
    model = ASSETS / "models" / "emojiflow"
    things = json.loads((model / "prior" / "config.json").read_text())["things"]
    assert len(read_concepts(model / "known.json")) == things


def test_a_painted_picture_says_what_its_words_brought_to_mind() -> None:
    names = tuple(Concept(f"thing {n}", f"东西{n}") for n in range(8))
    painter = EmojiFlow(tiny_pipeline(), TinyEnlarger(), names)
    params = ImageParams(prompt="cat", seed=1, num_inference_steps=2)
    first, again = (painter(params, lambda _: None)[0].meta["thoughts"] for _ in range(2))
    assert first.startswith("thing ") and first.endswith("%") and first == again
