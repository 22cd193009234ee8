"""A film sets a scene's things in motion, its end meets its beginning, and others can play it."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from aigc_demo.pictures.layers import Layer, Layers, embedded
from aigc_demo.tasks.film import FilmParams
from aigc_demo.tasks.film.frames import RATE, frames
from aigc_demo.tasks.film.moving import poses
from aigc_demo.tasks.film.pipeline import SAMPLES, load
from aigc_demo.types import Output, UserError


def sprite() -> Image.Image:
    return Image.new("RGBA", (30, 30), (230, 40, 40, 255))


def layer(name: str, box: tuple[int, int, int, int] = (40, 40, 20, 20), **more: Any) -> Layer:
    return Layer(sprite(), box, name, **more)


def scene(*things: Layer, weather: str = "") -> Layers:
    return Layers(Image.new("RGB", (128, 96), (90, 160, 220)), things, weather)


def film(path: Path, **values: Any) -> Output:
    (output,) = load(cast(Any, SimpleNamespace()))(FilmParams(scene=str(path), **values), lambda _: None)
    return output


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "scene.png"
    buffer = io.BytesIO()
    layers = scene(
        layer("bicycle"), layer("cat", (44, 24, 16, 16), parent=0, rides=True), layer("sun", home="sky")
    )
    layers.ground.save(buffer, "PNG")
    found.write_bytes(embedded(buffer.getvalue(), layers))
    return found


def test_a_film_has_its_frames_its_size_and_says_its_codec(path: Path) -> None:
    output = film(path, seconds=1.0)
    with av.open(io.BytesIO(output.data or b"")) as file:
        shown = list(file.decode(video=0))
    assert (len(shown), shown[0].width, shown[0].height) == (RATE, 128, 96)
    assert (output.kind, output.meta["codec"], output.meta["frames"]) == ("video", "H.264", RATE)
    assert film(path, seconds=1.0).data == output.data


@pytest.mark.parametrize(
    ("form", "media_type"), [("webm", "video/webm"), ("webp", "image/webp"), ("gif", "image/gif")]
)
def test_every_format_plays(path: Path, form: str, media_type: str) -> None:
    output = film(path, seconds=1.0, format=form)
    assert output.media_type == media_type
    if media_type.startswith("image/"):
        assert getattr(Image.open(io.BytesIO(output.data or b"")), "n_frames", 1) == RATE // 2
    else:
        with av.open(io.BytesIO(output.data or b"")) as file:
            assert len(list(file.decode(video=0))) == RATE


def test_who_rides_moves_along_and_the_end_meets_the_beginning() -> None:
    things = [layer("bicycle"), layer("cat", parent=0, rides=True), layer("crown", parent=1)]
    for share in (0.2, 0.5, 0.8):
        bicycle, cat, crown = poses(things, 128, share, 3.0)
        assert bicycle.x == cat.x == crown.x != 0
    first, last = (poses(things, 128, share, 3.0) for share in (0.0, 1.0))
    assert all(
        abs(one.x - other.x) < 1e-6 and abs(one.y - other.y) < 1e-6
        for one, other in zip(first, last, strict=True)
    )


def test_houses_stand_still_and_everything_else_lives() -> None:
    names = {
        "house": "back",
        "sailboat": "water",
        "bird": "air",
        "star": "sky",
        "dog": "land",
        "tulip": "plant",
    }
    things = [layer(name, home=home) for name, home in names.items()]
    start, later = (poses(things, 128, share, 3.0) for share in (0.0, 0.3))
    moved = {name: one != other for name, one, other in zip(names, start, later, strict=True)}
    assert moved == {name: name != "house" for name in names}


@pytest.mark.parametrize("camera", ["still", "zoom", "pan"])
def test_the_camera_keeps_the_size_and_snow_falls(camera: str) -> None:
    shown = list(frames(scene(layer("house", home="back", stands=True), weather="snow"), 1.0, camera))
    assert {one.size for one in shown} == {(128, 96)}
    assert np.abs(np.asarray(shown[0], float) - np.asarray(shown[6], float)).mean() > 0.1


def test_a_thing_wholly_outside_and_circles_of_parents_do_no_harm() -> None:
    odd = scene(layer("cat", (-900, 5, 20, 20), parent=1), layer("dog", (900, 900, 20, 20), parent=0))
    assert len(list(frames(odd, 1.0, "still"))) == RATE


def test_a_picture_without_layers_and_a_film_of_nothing_are_refused(tmp_path: Path) -> None:
    plain = tmp_path / "plain.png"
    Image.new("RGB", (64, 64)).save(plain)
    with pytest.raises(UserError):
        film(plain)
    with pytest.raises(ValidationError):
        FilmParams()
    with pytest.raises(ValidationError):
        FilmParams(sample="ride", seconds=600.0)


def test_the_samples_are_scenes() -> None:
    for name in ("ride", "snow", "sea"):
        assert (SAMPLES / f"{name}.png").exists()
        assert film(SAMPLES / f"{name}.png", seconds=1.0, format="webp").meta["things"]
