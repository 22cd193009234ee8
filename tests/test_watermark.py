"""The invisible mark: not seen, found again by its key after what pictures go through, as the table says."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aigc_demo.history import History
from aigc_demo.provenance.checking import THRESHOLD, check
from aigc_demo.provenance.signing import watermark_key
from aigc_demo.provenance.watermark import LEAST, likeness, marked
from aigc_demo.settings import ASSETS, Settings
from aigc_demo.types import Output
from tests.test_signing import made

KEY, ANOTHER = watermark_key("one"), watermark_key("another")
PICTURES = [
    Image.open(path).convert("RGB")
    for folder, ending in (("examples/style", "webp"), ("styles", "webp"), ("examples/film", "png"))
    for path in sorted((ASSETS / folder).glob(f"*.{ending}"))
]
CARD = Path(__file__).parents[1] / "docs" / "labels.md"
Way = Callable[[Image.Image], Image.Image]


def encoded(form: str, quality: int) -> Way:
    def again(image: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        image.save(buffer, form, quality=quality)
        return Image.open(buffer).convert("RGB")

    return again


def scaled(by: float) -> Way:
    return lambda image: image.resize((round(image.width * by), round(image.height * by)))


def cut(share: float) -> Way:
    return lambda image: image.crop((int(image.width * share), int(image.height * share), *image.size))


def on_a_desk(image: Image.Image) -> Image.Image:
    desk = Image.new("RGB", (image.width + 200, image.height + 160), "white")
    desk.paste(image, (90, 70))
    return desk


WAYS: dict[str, Way] = {
    "saved again (PNG)": lambda image: image,
    "JPEG, quality 75": encoded("JPEG", 75),
    "JPEG, quality 50": encoded("JPEG", 50),
    "WebP, quality 80": encoded("WEBP", 80),
    "half as large": scaled(0.5),
    "twice as large": scaled(2),
    "without colours": lambda image: image.convert("L").convert("RGB"),
    "cut by 1 %": cut(0.01),
    "cut by 10 %": cut(0.1),
    "a screenshot with its surroundings": on_a_desk,
    "turned by one degree": lambda image: image.rotate(1),
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
}


def test_the_table_says_what_the_mark_survives() -> None:
    told = dict(re.findall(r"^\| ([^|]+) \| (\d+) of \d+ \|$", CARD.read_text("utf-8"), re.MULTILINE))
    bearing = [marked(picture, KEY) for picture in PICTURES]
    for way, change in WAYS.items():
        found = sum(likeness(change(picture), KEY) >= THRESHOLD for picture in bearing)
        assert abs(found - int(told[way])) <= 1, f"{way}: {found} of {len(PICTURES)}"
    assert len(PICTURES) == 18


def test_nothing_is_found_where_nothing_is_or_by_another_key() -> None:
    for picture in PICTURES:
        assert likeness(picture, KEY) < THRESHOLD - 2
        assert likeness(marked(picture, KEY), ANOTHER) < THRESHOLD - 2
    noise = np.random.default_rng(3).integers(0, 255, (60, 256, 256), np.uint8)
    assert max(likeness(Image.fromarray(one), KEY) for one in noise) < THRESHOLD - 1


def test_nobody_sees_it() -> None:
    for picture in PICTURES:
        before, after = (np.asarray(image, np.float64) for image in (picture, marked(picture, KEY)))
        assert 10 * np.log10(255**2 / ((before - after) ** 2).mean()) > 36, "decibels"


def test_plain_and_small_pictures_are_no_trouble() -> None:
    small = Image.new("RGB", (LEAST - 1, 900), "red")
    assert marked(small, KEY) is small
    clear = marked(Image.new("RGBA", (300, 300), (9, 9, 9, 0)), KEY)
    assert clear.getchannel("A").getextrema() == (0, 0)
    assert likeness(Image.new("RGB", (300, 300)), KEY) == 0.0


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_is_taken_away_bears_it_and_is_known_without_its_labels(
    tmp_path: Path, kind: str
) -> None:
    buffer = io.BytesIO()
    PICTURES[0].save(buffer, kind, quality=95)
    with closing(History.open(Settings(data_dir=tmp_path, signing="own"))) as history:
        job = made(history, Output("image", "a", f"image/{kind.lower()}", data=buffer.getvalue()))
        taken = history.taken("ann", job.id, job.outputs[0].name, "en").path.read_bytes()
        with Image.open(io.BytesIO(taken)) as image:
            again = io.BytesIO()
            image.convert("RGB").save(again, "JPEG", quality=70)
        found = check(again.getvalue(), history.signer.signing.manifests, look=history.taking.likeness)
        assert (found.verdict, found.layers[-1].state, found.layers[-1].ours) == ("marked", "valid", True)
        shown = check(buffer.getvalue(), history.signer.signing.manifests, look=history.taking.likeness)
        assert (shown.verdict, shown.layers[-1].state) == ("nothing", "absent")
