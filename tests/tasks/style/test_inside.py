"""Looking inside a restyled picture: the painter's layers, VGG's on three pictures, two losses on the way."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from aigc_demo.explain import told, words
from aigc_demo.tasks.style import inside
from aigc_demo.tasks.style.debug import TINY_STAGES, TinyStyleBank, seeded
from aigc_demo.tasks.style.params import FastStyleParams, OptimisedStyleParams
from aigc_demo.tasks.style.pipeline import FastStyle, Optimise
from aigc_demo.tasks.style.vgg import STYLE_LAYERS, Vgg
from aigc_demo.types import CancelledByVisitor, StoredItem, StoredOutput, UserError


@pytest.fixture(scope="module")
def optimise() -> Optimise:
    return Optimise(seeded(Vgg(TINY_STAGES)), TinyStyleBank(), "cpu")


def item(folder: Path, image: Image.Image) -> StoredItem:
    path = folder / "styled.png"
    image.save(path)
    return StoredItem((StoredOutput("image", path.name, "image/png", 1),), {path.name: path})


def photo(folder: Path) -> str:
    path = folder / "photo.png"
    Image.linear_gradient("L").resize((90, 70)).convert("RGB").save(path)
    return str(path)


def picture(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def said(plain: dict[str, Any]) -> None:
    for language in ("en", "zh"):
        assert len(words.told(plain, language)) == len(plain["sections"])  # type: ignore[arg-type]


def test_the_fast_way_shows_every_layer_of_its_painter() -> None:
    pipeline = FastStyle(TinyStyleBank())
    plain = inside.explain_fast(
        pipeline, FastStyleParams(size=96, seed=1), StoredItem(()), lambda event: None
    ).plain()
    said(plain)
    rows = plain["sections"][0]["data"]["layers"]
    assert [row["name"] for row in rows] == [
        "contract 1", "contract 2", "contract 3", "residual 1", "expand 1", "expand 2",
    ]  # fmt: skip
    assert all(len(row["painter"]["maps"]) == min(4, row["channels"]) for row in rows)
    assert max(picture(rows[0]["painter"]["maps"][0]).size) == 72


def test_the_optimised_way_shows_photo_style_and_result_beside_each_other(
    optimise: Optimise, tmp_path: Path
) -> None:
    params = OptimisedStyleParams(size=96, steps=4, seed=1)
    styled = item(tmp_path, Image.new("RGB", (96, 72), (90, 120, 200)))
    plain = inside.explain_optimised(optimise, params, styled, lambda event: None).plain()
    said(plain)
    layers, losses = plain["sections"]
    assert [row["name"] for row in layers["data"]["layers"]] == [*STYLE_LAYERS[:4], "4_2", "5_1"]
    for row in layers["data"]["layers"]:
        assert {"photo", "style", "result"} <= row.keys()
        assert "off" in row["result"]
    points = losses["data"]["points"]
    assert points[0]["content"] == 0
    assert len(points) == inside.RUN_STEPS + 1
    assert points[-1]["style"] < points[0]["style"]


def test_a_result_that_is_the_style_itself_is_at_no_distance(optimise: Optimise, tmp_path: Path) -> None:
    style = photo(tmp_path)
    params = OptimisedStyleParams(style_image=style, size=96, steps=4, seed=1)
    styled = item(tmp_path, Image.open(style).resize((192, 149), Image.Resampling.LANCZOS))
    plain = inside.explain_optimised(optimise, params, styled, lambda event: None).plain()
    rows = plain["sections"][0]["data"]["layers"]
    assert all(row["result"]["off"] < 0.05 for row in rows if not row["content"])


def test_pictures_that_were_brought_are_shown_to_their_owner_alone(
    optimise: Optimise, tmp_path: Path
) -> None:
    params = OptimisedStyleParams(content=photo(tmp_path), size=96, steps=4, seed=1)
    styled = item(tmp_path, Image.new("RGB", (90, 70), (200, 120, 20)))
    plain = inside.explain_optimised(optimise, params, styled, lambda event: None).plain()
    own, shared = plain["sections"][0]["data"], told(plain)["sections"][0]["data"]
    assert all("photo" in more for more in own["brought"])
    assert "brought" not in shared
    assert not [row for row in shared["layers"] if "photo" in row]
    said(told(plain))
    fast = inside.explain_fast(
        FastStyle(TinyStyleBank()),
        FastStyleParams(content=photo(tmp_path), size=96),
        StoredItem(()),
        lambda event: None,
    )
    assert told(fast.plain())["sections"][0]["data"] == {}


def test_the_sheet_of_all_styles_is_no_single_picture(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        inside.explain_fast(
            FastStyle(TinyStyleBank()), FastStyleParams(style="all"), StoredItem(()), lambda event: None
        )
    assert refused.value.problem.code == "not_one_picture"


def test_a_look_can_be_stopped_in_its_short_run(optimise: Optimise, tmp_path: Path) -> None:
    seen: list[Any] = []

    def stop(event: Any) -> None:
        seen.append(event)
        if len(seen) == 6:
            raise CancelledByVisitor

    styled = item(tmp_path, Image.new("RGB", (96, 72), (90, 120, 200)))
    with pytest.raises(CancelledByVisitor):
        inside.explain_optimised(optimise, OptimisedStyleParams(size=96, seed=1), styled, stop)
    assert seen[-1].done == 5
