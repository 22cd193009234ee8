"""EmojiFlow's actions, on a tiny random model that takes the paths of the real one."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from aigc_demo.settings import Settings
from aigc_demo.tasks.image.canvas import Square, blended, edges, read_mask
from aigc_demo.tasks.image.debug import TinyEnlarger, tiny_pipeline
from aigc_demo.tasks.image.emoji import EmojiFlow, between, load, mixed
from aigc_demo.tasks.image.flow import sigmas_for
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.tasks.image.quantize import quantize_all_
from aigc_demo.types import (
    MAX_SEED,
    CancelledByVisitor,
    LoadContext,
    ModelSpec,
    Output,
    Partial,
    Placement,
    Progress,
    UserError,
)


@pytest.fixture(scope="module")
def model() -> EmojiFlow:
    return EmojiFlow(tiny_pipeline(), TinyEnlarger())


def run(model: EmojiFlow, emit: Callable[[Any], None] = lambda _: None, **values: Any) -> tuple[Output, ...]:
    request = {"prompt": "a cat", "seed": 3, "num_inference_steps": 4, "width": 256, "height": 256, **values}
    return model(ImageParams.model_validate(request), emit)


def pixels(output: Output) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(output.data or b"")).convert("RGB")).astype(int)


def picture(path: Path, size: tuple[int, int] = (90, 60)) -> str:
    x, y = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
    Image.fromarray(np.stack([x, y, 255 - x], -1).astype(np.uint8)).save(path)
    return str(path)


def marked(path: Path, size: tuple[int, int] = (90, 60)) -> str:
    mask = Image.new("L", size)
    mask.paste(255, (30, 10, 60, 40))
    mask.save(path)
    return str(path)


def test_a_wish_gives_a_picture_of_256_pixels_with_a_preview_at_the_start_and_the_end(
    model: EmojiFlow,
) -> None:
    events: list[Progress | Partial] = []
    (result,) = run(model, events.append)
    assert pixels(result).shape == (256, 256, 3)
    assert result.meta["prompt"] == "a cat"
    assert result.meta["seed"] == 3
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == [0, 1, 2, 3, 4, 5]
    previews = [event.output for event in events if isinstance(event, Partial)]
    assert previews
    assert all(p.media_type == "image/webp" and len(p.data or b"") < 20_000 for p in previews)


def test_the_same_seed_gives_the_same_picture_alone_and_among_others(model: EmojiFlow) -> None:
    alone = pixels(run(model, seed=4)[0])
    several = run(model, seed=3, batch=3)
    assert [output.meta["seed"] for output in several] == [3, 4, 5]
    assert np.abs(pixels(several[1]) - alone).max() <= 1
    assert not np.array_equal(pixels(several[0]), alone)


def test_seeds_count_on_from_zero_after_the_largest(model: EmojiFlow) -> None:
    assert [one.meta["seed"] for one in run(model, seed=MAX_SEED, batch=2)] == [MAX_SEED, 0]


def test_each_picture_of_a_batch_makes_its_own_choices_and_says_which(model: EmojiFlow) -> None:
    result = run(model, prompt="a {red|blue|green} cat", batch=8)
    prompts = [one.meta["prompt"] for one in result]
    assert len(set(prompts)) > 1
    assert all("{" not in prompt for prompt in prompts)


def test_words_look_steps_and_guidance_matter(model: EmojiFlow) -> None:
    plain = pixels(run(model)[0])
    for change in (
        {"prompt": "a dog"},
        {"look": "3d"},
        {"num_inference_steps": 6},
        {"negative_prompt": "dog"},
    ):
        assert not np.array_equal(pixels(run(model, **change)[0]), plain), change
    slow = {"num_inference_steps": 6}
    assert not np.array_equal(
        pixels(run(model, **slow)[0]), pixels(run(model, **slow, guidance_scale=9.0)[0])
    )


def test_four_steps_take_the_fast_transformer_where_there_is_one() -> None:
    with_fast = EmojiFlow(tiny_pipeline(), TinyEnlarger())
    without = EmojiFlow(tiny_pipeline(fast=False), TinyEnlarger())
    assert not np.array_equal(pixels(run(with_fast)[0]), pixels(run(without)[0]))
    same = {"num_inference_steps": 5}
    assert np.array_equal(pixels(run(with_fast, **same)[0]), pixels(run(without, **same)[0]))


@pytest.mark.parametrize(
    ("steps", "strength", "fast", "expected"),
    [
        (4, 1.0, False, [1.0, 0.75, 0.5, 0.25]),
        (10, 0.3, False, [0.3, 0.2, 0.1]),
        (4, 0.05, False, [0.05]),
        (1, 1.0, True, [1.0, 0.75, 0.5, 0.25]),
        (4, 0.6, True, [0.75, 0.5, 0.25]),
        (4, 0.25, True, [0.25]),
    ],
)
def test_the_way_from_a_picture_is_as_long_as_its_strength(
    steps: int, strength: float, fast: bool, expected: list[float]
) -> None:
    assert sigmas_for(steps, strength, fast=fast) == pytest.approx(expected)


def test_a_picture_to_start_from_is_kept_the_more_the_less_strength(model: EmojiFlow, tmp_path: Path) -> None:
    given = picture(tmp_path / "a.png", (64, 64))
    values = {"image": given, "num_inference_steps": 20}
    weak, strong, plain = (
        pixels(run(model, **extra)[0])
        for extra in ({**values, "strength": 0.05}, {**values, "strength": 1.0}, {"num_inference_steps": 20})
    )
    remembered = model.pipe.decode(model.pipe.encode(model._pixels(Image.open(given))))[0]
    target = ((remembered + 1) * 127.5).permute(1, 2, 0).numpy().repeat(4, 0).repeat(4, 1)
    assert np.abs(weak - target).mean() < np.abs(strong - target).mean()
    assert np.abs(strong - plain).max() <= 2  # at full strength nothing of it is left


def test_inpainting_changes_what_is_marked_and_nothing_else(model: EmojiFlow, tmp_path: Path) -> None:
    given, mask = picture(tmp_path / "a.png"), marked(tmp_path / "m.png")
    result = run(model, image=given, mask=mask, strength=1.0, batch=2)
    assert len(result) == 2
    one = pixels(result[0])
    assert one.shape == (171, 256, 3)
    before = np.asarray(Square.around(Image.open(given), 256).image.crop((0, 42, 256, 213))).astype(int)
    scale = 256 / 90
    inside = (slice(int(18 * scale), int(32 * scale)), slice(int(38 * scale), int(52 * scale)))
    outside = np.ones(one.shape[:2], bool)
    outside[int(10 * scale) - 1 : int(40 * scale) + 2, int(30 * scale) - 1 : int(60 * scale) + 2] = False
    assert np.abs(one - before)[outside].max() == 0
    assert np.abs(one - before)[inside].mean() > 5


def test_an_empty_mask_is_refused(tmp_path: Path, model: EmojiFlow) -> None:
    Image.new("L", (90, 60)).save(tmp_path / "m.png")
    with pytest.raises(UserError, match="mask_empty"):
        run(model, image=picture(tmp_path / "a.png"), mask=str(tmp_path / "m.png"))


def test_a_mask_may_be_what_an_editor_left_transparent(tmp_path: Path) -> None:
    erased = Image.new("RGBA", (40, 40), (255, 255, 255, 255))
    erased.paste((0, 0, 0, 0), (10, 10, 20, 20))
    erased.save(tmp_path / "m.png")
    mask = read_mask(str(tmp_path / "m.png"), (40, 40))
    assert mask.getbbox() == (10, 10, 20, 20)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"action": "inpaint"}, "no_picture"),
        ({"action": "image_to_image"}, "no_picture"),
        ({"action": "upscale"}, "no_picture"),
        ({"action": "interpolate"}, "no_second"),
    ],
)
def test_what_is_missing_is_asked_for(model: EmojiFlow, values: dict[str, str], code: str) -> None:
    with pytest.raises(UserError, match=code) as caught:
        run(model, **values)
    assert caught.value.status == 422


def test_a_picture_without_words_is_not_enough_for_inpainting_to_fail(
    model: EmojiFlow, tmp_path: Path
) -> None:
    result = run(model, prompt="", image=picture(tmp_path / "a.png"), mask=marked(tmp_path / "m.png"))
    assert result[0].meta["action"] == "inpaint"


def test_variants_differ_from_each_other_the_more_the_stronger(model: EmojiFlow) -> None:
    original = pixels(run(model)[0])

    def distance(strength: float) -> float:
        result = run(model, action="vary", strength=strength, batch=2)
        assert [one.meta["variation"] for one in result] == [1, 2]
        assert not np.array_equal(pixels(result[0]), pixels(result[1]))
        return float(np.abs(pixels(result[0]) - original).mean())

    assert distance(0.05) < distance(0.5) < 80


def test_a_walk_begins_with_the_one_and_ends_with_the_other(model: EmojiFlow) -> None:
    strip, film = run(model, prompt2="a blue dog", seed2=9, batch=5)
    assert strip.meta["columns"] == 5
    assert [cell["place"] for cell in strip.meta["cells"]] == [0, 0.25, 0.5, 0.75, 1]
    frames = pixels(strip)
    assert frames.shape == (256, 5 * 256, 3)
    first, last = pixels(run(model)[0]), pixels(run(model, prompt="a blue dog", seed=9)[0])
    assert np.abs(frames[:, :256] - first).max() <= 2
    assert np.abs(frames[:, -256:] - last).max() <= 2
    assert film.meta["frames"] == 8
    assert getattr(Image.open(io.BytesIO(film.data or b"")), "n_frames", 0) == 8


def test_a_walk_with_guidance_ends_like_the_picture_too(model: EmojiFlow) -> None:
    strip, _ = run(model, prompt2="a much longer dog", batch=3, num_inference_steps=5)
    last = pixels(run(model, prompt="a much longer dog", num_inference_steps=5)[0])
    assert np.abs(pixels(strip)[:, -256:] - last).max() <= 2


def test_a_grid_shows_every_pair_of_values_and_says_where_they_are(model: EmojiFlow) -> None:
    (grid,) = run(model, x_axis="seed", x_values="3, 8", y_axis="num_inference_steps", y_values="4, 6")
    assert (grid.meta["columns"], grid.meta["rows"]) == (2, 2)
    assert grid.meta["x_labels"] == ["3", "8"]
    assert grid.meta["y_labels"] == ["4", "6"]
    assert [(c["seed"], c["num_inference_steps"]) for c in grid.meta["cells"]] == [
        (3, 4),
        (8, 4),
        (3, 6),
        (8, 6),
    ]
    whole = pixels(grid)
    assert whole.shape == (512, 512, 3)
    assert np.abs(whole[256:, :256] - pixels(run(model, num_inference_steps=6)[0])).max() <= 1


def test_a_grid_over_strength_reads_its_picture_once(
    model: EmojiFlow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aigc_demo.tasks.image import emoji

    read = emoji.read
    seen: list[str] = []
    monkeypatch.setattr(emoji, "read", lambda path, field: (seen.append(path), read(path, field))[1])
    (grid,) = run(model, image=picture(tmp_path / "a.png"), x_axis="strength", x_values="0.2, 0.6, 1")
    assert grid.meta["x_labels"] == ["0.2", "0.6", "1"]
    assert len(seen) == 1


def test_it_stops_at_the_next_step(model: EmojiFlow) -> None:
    def stop(event: Progress | Partial) -> None:
        if isinstance(event, Progress) and event.done == 2:
            raise CancelledByVisitor

    with pytest.raises(CancelledByVisitor):
        run(model, stop, num_inference_steps=50)


def test_noise_between_two_keeps_its_spread() -> None:
    one, other = torch.randn(2, 1, 16, 64, 64, generator=torch.Generator().manual_seed(0))
    for share in (0.0, 0.3, 0.5, 1.0):
        assert float(between(one, other, share).std()) == pytest.approx(1, abs=0.03)
    assert torch.equal(between(one, other, 0.0), one)


def test_words_that_only_one_side_has_are_taken_from_there() -> None:
    one = torch.ones(1, 2, 4), torch.tensor([[True, True]])
    other = torch.full((1, 3, 4), 3.0), torch.tensor([[True, True, True]])
    states, mask = mixed(one, other, 0.5)
    assert states[0, :, 0].tolist() == [2, 2, 3]
    assert mask.all()


def test_a_saved_model_is_loaded_from_its_folder_and_paints_the_same(tmp_path: Path) -> None:
    pipe = tiny_pipeline()
    pipe.save_pretrained(tmp_path)
    spec = ModelSpec("tiny", "image", "tiny", "", (), "none", 0.1)
    loaded = load(LoadContext(spec, tmp_path, tmp_path, Placement(), lambda *_: None, settings=Settings()))
    pipe.vae.to(memory_format=torch.channels_last)  # as it is loaded: another order of sums rounds otherwise
    expected = EmojiFlow(quantize_all_(pipe), loaded._enlarger)
    assert np.array_equal(pixels(run(loaded)[0]), pixels(run(expected)[0]))
    slow = {"num_inference_steps": 5}
    assert np.array_equal(pixels(run(loaded, **slow)[0]), pixels(run(expected, **slow)[0]))


def test_a_blend_leaves_what_is_not_marked_untouched() -> None:
    fresh, old = Image.new("RGB", (40, 40), "white"), Image.new("RGB", (40, 40), "black")
    mask = Image.new("L", (40, 40))
    mask.paste(255, (10, 10, 30, 30))
    result = np.asarray(blended(fresh, old, mask, 2.0))[..., 0]
    assert result[20, 20] == 255
    assert result[:10].max() == 0
    assert 0 < result[20, 11] < 255


def test_edges_are_thin_lines_where_the_picture_changes() -> None:
    image = Image.new("RGB", (60, 60), "white")
    image.paste((0, 0, 0), (20, 20, 40, 40))
    found = np.asarray(edges(image))[..., 0] > 0
    assert 60 <= found.sum() <= 180
    assert not found[25:35, 25:35].any()
    assert not found[:14].any()
    assert found[30, 17:23].sum() == 1
    assert not np.asarray(edges(Image.new("RGB", (30, 30), "grey"))).any()
