"""Each picture of a batch says how it is made alone, and is made so again to the pixel."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diffusers import DiffusionPipeline
from PIL import Image

from aigc_demo import provenance
from aigc_demo.history.bundles import prepare_outputs
from aigc_demo.tasks.image.debug import TinyEnlarger, tiny_pipeline
from aigc_demo.tasks.image.emoji import EmojiFlow
from aigc_demo.tasks.image.hub import HubPainter
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.types import Job, ModelSpec, Output, Pipeline
from tests.tasks.image import tiny

PAINTER = EmojiFlow(tiny_pipeline(), TinyEnlarger())


def result(painter: Pipeline, params: ImageParams) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the stored files of a wish say of themselves, and their bytes, by name."""
    outputs: tuple[Output, ...] = painter(params, lambda event: None)
    job = Job("job1", "me", "image", "debug-image", "running", params.model_dump(), "en", datetime.now(UTC))
    bundle = prepare_outputs(job, outputs)
    files = {name: data for name, data in bundle.files.items() if name.startswith("picture")}
    return {name: provenance.read_parameters(data) for name, data in files.items()}, files


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "photo.png"
    Image.linear_gradient("L").resize((80, 64)).convert("RGB").save(path)
    return str(path)


@pytest.mark.parametrize(
    "asked",
    [
        {"num_inference_steps": 4},
        {"num_inference_steps": 6, "guidance_scale": 3.0, "negative_prompt": "red"},
        {"prompt": "a {red|blue|green} cat"},
        {"strength": 0.5, "image": "photo"},
        {"action": "vary", "image": "photo"},
    ],
    ids=["few steps", "many steps", "a choice", "from a picture", "variants of a picture"],
)
def test_a_picture_of_a_batch_is_made_again_alone_to_the_pixel(asked: dict[str, Any], photo: str) -> None:
    values = {"prompt": "a cat", "seed": 40, "batch": 3, **asked}
    if "image" in values:
        values["image"] = photo
    metrics, files = result(PAINTER, ImageParams(**values))
    assert [one["seed"] for name, one in metrics.items() if name.endswith(".png")] == [40, 41, 42]
    name = "picture-03.png"
    assert metrics[name]["params"]["batch"] == 1
    assert metrics["picture-03.png.thumb.webp"]["seed"] == 42
    again, alone = result(PAINTER, ImageParams(**metrics[name]["params"]))
    assert np.array_equal(pixels(alone["picture.png"]), pixels(files[name]))
    assert again["picture.png"]["params"] == metrics[name]["params"]
    assert not np.array_equal(pixels(files["picture-01.png"]), pixels(files[name]))


def test_a_picture_of_a_hub_model_is_made_again_alone_too(tmp_path: Path) -> None:
    spec = ModelSpec("tiny", "image", "Tiny", "", (), "none", 0.1)
    painter = HubPainter(spec, DiffusionPipeline.from_pretrained(tiny.save("sd", tmp_path / "sd")))
    request = ImageParams(prompt="a cat", seed=40, batch=2, width=64, height=64, num_inference_steps=2)
    metrics, files = result(painter, request)
    _, alone = result(painter, ImageParams(**metrics["picture-02.png"]["params"]))
    assert metrics["picture-02.png"]["seed"] == 41
    assert np.array_equal(pixels(alone["picture.png"]), pixels(files["picture-02.png"]))


def test_variants_of_a_seed_keep_the_wish_that_makes_them_all() -> None:
    metrics, _ = result(PAINTER, ImageParams(prompt="a cat", seed=40, batch=3, action="vary", strength=0.4))
    assert {(one["seed"], one["params"]["batch"]) for one in metrics.values()} == {(40, 3)}


def test_the_line_for_other_programs_names_the_pictures_own_seed() -> None:
    _, files = result(PAINTER, ImageParams(prompt="a cat", seed=40, batch=2))
    assert "Seed: 41" in Image.open(io.BytesIO(files["picture-02.png"])).info["parameters"]
