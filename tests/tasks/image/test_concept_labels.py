"""The names of the things of EmojiFlow's prior, and what a painted picture says of its words."""

from __future__ import annotations

import json
from pathlib import Path

from aigc_demo.settings import ASSETS
from aigc_demo.tasks.image.concept_labels import Concept, read_concepts
from aigc_demo.tasks.image.debug import TinyEnlarger, tiny_pipeline
from aigc_demo.tasks.image.emoji import EmojiFlow
from aigc_demo.tasks.image.params import ImageParams


def test_no_names_beside_the_weights_mean_no_names_to_tell(tmp_path: Path) -> None:
    assert read_concepts(tmp_path / "known.json") == ()


def test_the_shipped_names_are_as_many_as_the_things_the_shipped_memory_has() -> None:
    model = ASSETS / "models" / "emojiflow"
    things = json.loads((model / "prior" / "config.json").read_text())["things"]
    assert len(read_concepts(model / "known.json")) == things


def test_a_painted_picture_says_what_became_of_its_words() -> None:
    names = tuple(Concept(f"thing {n}", f"东西{n}") for n in range(8))
    painter = EmojiFlow(tiny_pipeline(), TinyEnlarger(), names)
    params = ImageParams(prompt="cat", seed=1, num_inference_steps=2)
    first, again = (painter(params, lambda _: None)[0].meta["request"] for _ in range(2))
    assert first["kept"][0]["names"]["en"].startswith("thing ") and first == again


def test_a_painter_reads_a_prompt_before_it_paints() -> None:
    painter = EmojiFlow(tiny_pipeline(), TinyEnlarger(), (Concept("thing", "东西"),) * 8, least_energy=0.0)
    assert (reading := painter.read({"prompt": "cat"})) is not None and reading.kept
    assert painter.read({"prompt": ""}) is None
