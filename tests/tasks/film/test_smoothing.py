"""A clip gets frames in between that follow its motion, and detail that does not flicker."""

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

from aigc_demo.tasks.film import SMOOTHER, ClipParams
from aigc_demo.tasks.film.files import Beside, written
from aigc_demo.tasks.film.naming import title
from aigc_demo.tasks.film.smoothing import Smoother, between
from aigc_demo.tasks.film.sound import RATE as SOUND_RATE
from aigc_demo.types import Output, UserError


class Larger:
    """Enlarges plainly, and keeps how much of a picture it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def net(self, _: int) -> Any:
        return SimpleNamespace(reach=4)

    def __call__(self, image: Image.Image, scale: int) -> Image.Image:
        self.asked.append(image.size)
        return image.resize((image.width * scale, image.height * scale), Image.Resampling.BICUBIC)


def moving(count: int, step: float = 4.0) -> list[Image.Image]:
    """A bright round thing that goes to the right over stripes that stay."""
    y, x = np.mgrid[:64, :96].astype(np.float32)
    stripes = 40 + 20 * (y // 8 % 2)
    frames = []
    for number in range(count):
        off = np.hypot(x - 20 - step * number, y - 32)
        spot = 180 * ((14 - off) / 3).clip(0, 1)
        frames.append(Image.fromarray((stripes + spot).clip(0, 255).astype(np.uint8)).convert("RGB"))
    return frames


def apart(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "clip.mp4"
    sound = np.full((2, SOUND_RATE // 2), 0.25, np.float32)
    found.write_bytes(written("mp4", iter(moving(8)), Beside(sound, rate=12))[0])
    return found


def smooth(path: Path, larger: Larger, **values: Any) -> Output:
    params = ClipParams(clip=str(path), **values)
    (output,) = Smoother(cast(Any, larger))(params, lambda _: None)
    return output


def test_frames_in_between_follow_the_motion() -> None:
    true = moving(16)
    found = list(between(iter(true[::2]), 8, 2))
    assert len(found) == 16
    faded = [Image.blend(true[at - 1], true[at + 1], 0.5) for at in range(3, 13, 2)]
    errors = [apart(found[at], true[at]) for at in range(3, 13, 2)]
    assert sum(errors) < 0.7 * sum(
        apart(fade, true[at]) for fade, at in zip(faded, range(3, 13, 2), strict=True)
    )
    assert len(list(between(iter(true[:1]), 1, 4))) == 4


def test_a_clip_is_smoother_keeps_its_sound_and_may_be_slower(path: Path) -> None:
    made = smooth(path, Larger(), between=4)
    with av.open(io.BytesIO(made.data or b"")) as file:
        assert len(list(file.decode(video=0))) == made.meta["frames"] == 32
    with av.open(io.BytesIO(made.data or b"")) as file:
        assert sum(frame.samples for frame in file.decode(audio=0)) > SOUND_RATE // 3
    assert made.meta["fps"] == 48
    slow = smooth(path, Larger(), between=4, slow=True, format="webm")
    assert slow.meta["seconds"] == pytest.approx(4 * made.meta["seconds"], abs=0.05)
    with av.open(io.BytesIO(slow.data or b"")) as file:
        assert not file.streams.audio


def test_an_enlarged_clip_is_painted_anew_only_where_it_changed(path: Path) -> None:
    larger = Larger()
    made = smooth(path, larger, between=1, scale=2, seconds=1.0)
    assert (made.meta["width"], made.meta["height"]) == (192, 128)
    whole, *parts = larger.asked
    assert whole == (96, 64)
    assert parts
    assert all(width * height < 96 * 64 for width, height in parts)


def test_a_smoother_clip_is_called_by_its_file() -> None:
    assert title(ClipParams(clip="cat.gif"), SMOOTHER, "en") == "cat.gif, smoother"


def test_what_is_no_clip_or_asks_for_nothing_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "clip.mp4"
    broken.write_bytes(b"\0\0\0\x18ftypmp42" + b"\0" * 60)
    with pytest.raises(UserError) as refusal:
        smooth(broken, Larger())
    assert refusal.value.problem.key == "error.clip.damaged"
    for wrong in ({"between": 1}, {"seconds": 600.0}, {"between": 5}):
        with pytest.raises(ValidationError):
            ClipParams(**{"clip": "clip.mp4", **cast(Any, wrong)})
