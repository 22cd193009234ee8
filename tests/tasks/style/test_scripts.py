"""The scripts that made what is shipped still make it, at toy size or by the byte."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from aigc_demo.drawing import canvas, images
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.style.debug import TINY_STAGES, TinyStyleBank, seeded
from aigc_demo.tasks.style.vgg import Vgg
from aigc_demo.training import style_eval, style_own


@pytest.mark.parametrize("name", ["pixel", "ink_wash"])
def test_a_style_picture_is_drawn_again_as_it_is_shipped(name: str) -> None:
    drawn = canvas.finished(images.PICTURES[name]())
    shipped = Image.open(ASSETS / "styles" / f"{name}.webp").convert("RGB")
    one, other = (np.asarray(image.resize((64, 64))).astype(int) for image in (drawn, shipped))
    assert np.abs(one - other).mean() < 4  # the file is compressed


def test_there_is_a_drawing_for_every_picture_that_ships() -> None:
    assert set(images.PICTURES) == {path.stem for path in (ASSETS / "styles").glob("*.webp")}


def test_noise_and_gradients_stay_in_range() -> None:
    noise = canvas.noise(np.random.default_rng(0), 5)
    assert (noise.min(), noise.max()) == (0, 1)
    colours = canvas.gradient(canvas.palette("000000", "ff0000"), noise)
    assert colours[..., 0].max() == pytest.approx(1)
    assert colours[..., 1:].max() == 0


def test_a_picture_is_wholly_like_itself_and_less_like_its_negative() -> None:
    picture = torch.rand(1, 1, 40, 40, generator=torch.Generator().manual_seed(0))
    assert style_eval.ssim(picture, picture) == pytest.approx(1)
    assert style_eval.ssim(picture, 1 - picture) < 0.1


def test_the_card_compares_every_way_with_doing_nothing() -> None:
    network = seeded(Vgg(TINY_STAGES))
    table = style_eval.card(TinyStyleBank(), network, ("pagoda",), ("ink_wash",), 64, 2)
    assert "| the photo itself | 1.00 | 1.00 |" in table
    assert "Gatys, 2 steps" in table


def test_a_gallery_tile_exists_for_every_style_and_photo() -> None:
    folder = ASSETS / "ui" / "style"
    assert len(list((folder / "thumbs").glob("*.webp"))) == 36
    assert len(list((folder / "photos").glob("*.webp"))) == 5


def test_own_styles_are_written_with_their_hash(tmp_path: Path) -> None:
    style_own.write(tmp_path, {"b": torch.ones(2), "a": torch.zeros(2)})
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    data = (tmp_path / "own.safetensors").read_bytes()
    assert manifest["files"]["own.safetensors"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert io.BytesIO(data).read(9)[8:] == b"{"
