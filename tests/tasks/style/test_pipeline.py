"""From parameters to pictures: what each model gives, tells and keeps."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aigc_demo.settings import ASSETS, Settings
from aigc_demo.tasks.style import debug, pipeline, style_bank
from aigc_demo.tasks.style.models import DEBUG, FAST
from aigc_demo.tasks.style.params import FastStyleParams
from aigc_demo.tasks.style.styles import ALL
from aigc_demo.types import (
    CancelledByVisitor,
    LoadContext,
    Output,
    Partial,
    Placement,
    Progress,
    UserError,
)

Event = Progress | Partial


def context(tmp_path: Path, path: Path = style_bank.FAST, spec: object = FAST) -> LoadContext:
    return LoadContext(spec, path, tmp_path, Placement(), lambda *_: None, settings=Settings())  # type: ignore[arg-type]


@pytest.fixture
def paint(tmp_path: Path) -> Callable[..., tuple[Output, ...]]:
    """The tiny painter."""
    model = debug.fast(context(tmp_path))
    return lambda **request: model(FastStyleParams(**{"size": 96, **request}), lambda _: None)


@pytest.fixture(scope="module")
def real() -> pipeline.FastStyle:
    """The painter that ships."""
    return pipeline.FastStyle(style_bank.StyleBank())


def decoded(output: Output) -> np.ndarray:
    assert output.data is not None
    return np.asarray(Image.open(io.BytesIO(output.data)).convert("RGB")).astype(int)


def quiet(_: Event) -> None:
    pass


# -- the fast way ---------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ALL)
def test_every_built_in_style_paints(real: pipeline.FastStyle, style: str) -> None:
    (output,) = real(FastStyleParams(style=style, size=64), quiet)
    picture = decoded(output)
    assert picture.shape == (43, 64, 3)
    assert picture.std() > 8  # not one flat colour


def test_styles_differ_from_the_photo_and_from_one_another(real: pipeline.FastStyle) -> None:
    pictures = [
        decoded(real(FastStyleParams(style=style, size=64), quiet)[0])
        for style in ("ember", "frost", "ink_wash")
    ]
    for index, one in enumerate(pictures):
        for other in pictures[index + 1 :]:
            assert np.abs(one - other).mean() > 10


@pytest.mark.parametrize("image", sorted((ASSETS / "styles").glob("*.webp"))[:3])
def test_any_picture_is_a_style(real: pipeline.FastStyle, image: Path) -> None:
    (output,) = real(FastStyleParams(style_image=str(image), size=64), quiet)
    assert decoded(output).std() > 8


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (300, 300), "teal"),
        Image.new("RGB", (1, 1), "red"),
        Image.new("RGB", (2000, 3), "green"),
        Image.new("RGBA", (40, 40), (0, 0, 0, 0)),
        Image.linear_gradient("L"),
    ],
    ids=["one colour", "one pixel", "a line", "transparent", "grey"],
)
def test_odd_style_pictures_give_a_sensible_result(
    real: pipeline.FastStyle, tmp_path: Path, image: Image.Image
) -> None:
    path = tmp_path / "style.png"
    image.save(path)
    (output,) = real(FastStyleParams(style_image=str(path), size=64), quiet)
    assert decoded(output).shape == (43, 64, 3)


def test_no_strength_gives_the_photo_back(
    paint: Callable[..., tuple[Output, ...]], real: pipeline.FastStyle
) -> None:
    photo = pipeline.content_of(FastStyleParams(size=96), 96).image
    assert np.abs(decoded(paint(strength=0.0)[0]) - np.asarray(photo)).max() <= 1
    style = str(ASSETS / "styles" / "mosaic.webp")
    (output,) = real(FastStyleParams(size=96, strength=0.0, style_image=style), quiet)
    assert np.abs(decoded(output) - np.asarray(photo)).max() <= 1


def test_more_strength_goes_further_from_the_photo(paint: Callable[..., tuple[Output, ...]]) -> None:
    photo = np.asarray(pipeline.content_of(FastStyleParams(size=96), 96).image).astype(int)
    distances = [np.abs(decoded(paint(strength=s)[0]) - photo).mean() for s in (0.2, 0.6, 1.0)]
    assert distances == sorted(distances)
    assert distances[0] < distances[2]


def test_a_blend_lies_between_its_styles_and_follows_the_weights(real: pipeline.FastStyle) -> None:
    def result(style: str) -> np.ndarray:
        return decoded(real(FastStyleParams(style=style, size=96), quiet)[0])

    ember, frost = result("ember"), result("frost")
    mostly = result("ember:9,frost:1")
    assert np.abs(mostly - ember).mean() < np.abs(mostly - frost).mean()
    assert np.array_equal(result("ember:1,frost:0"), ember)


def test_a_blend_may_mix_a_style_with_a_picture(real: pipeline.FastStyle) -> None:
    request = {"style_image": str(ASSETS / "styles" / "mosaic.webp"), "size": 64}
    both = decoded(real(FastStyleParams(style="ember:1,image:1", **request), quiet)[0])
    alone = decoded(real(FastStyleParams(style="ember", size=64), quiet)[0])
    assert np.abs(both - alone).mean() > 3


def test_keeping_colours_keeps_them(paint: Callable[..., tuple[Output, ...]]) -> None:
    photo = np.asarray(pipeline.content_of(FastStyleParams(size=96), 96).image.convert("YCbCr")).astype(int)[
        ..., 1:
    ]

    def distance(output: Output) -> float:
        result = np.asarray(Image.fromarray(decoded(output).astype(np.uint8)).convert("YCbCr")).astype(int)[
            ..., 1:
        ]
        return float(np.abs(result - photo).mean())

    assert distance(paint(keep_colours=True)[0]) < 0.5 * distance(paint(keep_colours=False)[0]) + 4


def test_transparency_and_shape_survive(paint: Callable[..., tuple[Output, ...]], tmp_path: Path) -> None:
    image = Image.new("RGBA", (50, 33), (200, 100, 50, 255))
    image.paste((0, 0, 0, 0), (0, 0, 20, 33))
    image.save(tmp_path / "photo.png")
    (output,) = paint(content=str(tmp_path / "photo.png"))
    result = Image.open(io.BytesIO(output.data or b""))
    assert result.size == (50, 33)
    assert result.getchannel("A").getpixel((5, 5)) == 0
    assert result.getchannel("A").getpixel((45, 5)) == 255


def test_all_gives_one_sheet_that_says_which_style_is_where(paint: Callable[..., tuple[Output, ...]]) -> None:
    (sheet,) = paint(style="all")
    width, height = sheet.meta["cell"]
    assert sheet.meta["cells"] == list(ALL)
    assert decoded(sheet).shape == (6 * height, 6 * width, 3)


def test_a_moving_gif_comes_back_moving(paint: Callable[..., tuple[Output, ...]], tmp_path: Path) -> None:
    frames = [Image.new("RGB", (32, 32), (40 * i, 90, 200 - 40 * i)) for i in range(4)]
    path = tmp_path / "clip.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    (output,) = paint(content=str(path))
    assert (output.media_type, output.meta["frames"]) == ("image/gif", 4)


def test_large_pictures_report_progress_that_never_goes_back(tmp_path: Path) -> None:
    events: list[Event] = []
    Image.effect_noise((900, 700), 60).convert("RGB").save(tmp_path / "photo.png")
    debug.fast(context(tmp_path))(
        FastStyleParams(content=str(tmp_path / "photo.png"), size=900), events.append
    )
    done = [event.done for event in events if isinstance(event, Progress)]
    assert len(done) > 10
    assert done == sorted(done)
    assert done[-1] == 100


def test_a_large_picture_can_be_stopped_midway(tmp_path: Path) -> None:
    Image.effect_noise((900, 700), 60).convert("RGB").save(tmp_path / "photo.png")
    count = 0

    def stop(_: Event) -> None:
        nonlocal count
        count += 1
        if count == 5:
            raise CancelledByVisitor

    with pytest.raises(CancelledByVisitor):
        debug.fast(context(tmp_path))(FastStyleParams(content=str(tmp_path / "photo.png"), size=900), stop)


def test_a_bad_photo_is_refused_by_its_field(
    paint: Callable[..., tuple[Output, ...]], tmp_path: Path
) -> None:
    (tmp_path / "photo.png").write_bytes(b"no picture")
    with pytest.raises(UserError) as caught:
        paint(content=str(tmp_path / "photo.png"))
    assert caught.value.problem.field == "content"


# -- the slow ways --------------------------------------------------------------------------------


def run(tmp_path: Path, which: int, **request: object) -> tuple[tuple[Output, ...], list[Event]]:
    spec = DEBUG[which]
    factory = (debug.fast, debug.optimise, debug.learn)[which]
    events: list[Event] = []
    values = {**spec.defaults, "seed": 1, **request}
    return factory(context(tmp_path, spec=spec))(spec.params(**values), events.append), events  # type: ignore[arg-type]


def test_the_slow_way_shows_itself_forming(tmp_path: Path) -> None:
    outputs, events = run(tmp_path, 1, steps=6)
    previews = [event for event in events if isinstance(event, Partial)]
    assert previews
    assert isinstance(events[1], Progress)
    assert any(isinstance(event, Partial) for event in events[:4])  # after the first step already
    assert outputs[0].meta["steps"] == 6


def test_fifty_more_steps_carry_on_from_a_result(tmp_path: Path) -> None:
    outputs, _ = run(tmp_path, 1, steps=3)
    earlier = tmp_path / "styled.png"
    earlier.write_bytes(outputs[0].data or b"")
    more, _ = run(tmp_path, 1, steps=1, start=str(earlier), content_weight=0.0, style_weight=0.0, tv=0.0)
    assert np.abs(decoded(more[0]) - decoded(outputs[0])).max() <= 2


def test_a_style_that_was_learnt_is_a_style_from_then_on(tmp_path: Path) -> None:
    outputs, events = run(tmp_path, 2, steps=4, style_image=str(ASSETS / "styles" / "mosaic.webp"))
    picture, style = outputs
    assert style.kind == "file"
    assert any(isinstance(event, Partial) for event in events)
    assert decoded(picture).std() > 0


def test_the_real_painter_takes_a_learnt_style(real: pipeline.FastStyle, tmp_path: Path) -> None:
    from aigc_demo.tasks.style.weights import load_table, save_code

    _, codes = load_table(style_bank.FAST / "model.safetensors")
    path = tmp_path / "style.bin"
    path.write_bytes(save_code(codes[20], "mine"))
    mine = decoded(real(FastStyleParams(style_image=str(path), size=64), quiet)[0])
    ember = decoded(real(FastStyleParams(style="ember", size=64), quiet)[0])
    assert np.array_equal(mine, ember)
