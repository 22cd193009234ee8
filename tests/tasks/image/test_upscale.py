"""Enlarging: the network against ncnn's own answers, tiles without seams, jobs with limits."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import load_file
from torch import nn

from aigc_demo.pictures.enlarging import DeepEnlarger, Enlarger, enlarged, tiles
from aigc_demo.pictures.picture import to_tensor
from aigc_demo.pictures.upscale_net import CompactNet, DeepNet
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.image.ncnn import HALF, NotTheseWeightsError, load_ncnn
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.tasks.image.upscale import Upscale
from aigc_demo.training.style_card import picture_of_waves
from aigc_demo.types import CancelledByVisitor, Output, Partial, Progress, UserError

WEIGHTS = ASSETS / "models" / "upscale"
GOLDEN = Path(__file__).with_name("golden.safetensors")


def picture(path: Path, width: int = 24, height: int = 20, **options: object) -> str:
    values = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(values).resize((width, height)).save(path, **options)  # type: ignore[arg-type]
    return str(path)


def opened(output: Output) -> Image.Image:
    return Image.open(io.BytesIO(output.data or b""))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_shipped_weights_give_what_ncnn_gives(scale: int) -> None:
    expected = load_file(GOLDEN)[f"x{scale}"]
    with torch.inference_mode():
        result = Enlarger(WEIGHTS).net(scale)(picture_of_waves(12, 16)[None])[0]
    assert result.shape == (3, 12 * scale, 16 * scale)
    assert torch.allclose(result, expected, atol=2e-5)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_tiles_give_the_same_as_the_picture_in_one_piece(scale: int) -> None:
    net = Enlarger(WEIGHTS).net(scale)
    scene = picture_of_waves(50, 70)
    whole = np.asarray(enlarged(net, scene, 1000, "cpu", lambda: None)).astype(int)
    cut = np.asarray(enlarged(net, scene, 24, "cpu", lambda: None)).astype(int)
    assert np.abs(whole - cut).max() <= 1  # rounding alone


@given(
    height=st.integers(1, 300), width=st.integers(1, 300), side=st.integers(8, 128), reach=st.integers(0, 20)
)
def test_tiles_cover_every_pixel_once_and_see_their_surroundings(
    height: int, width: int, side: int, reach: int
) -> None:
    covered = np.zeros((height, width), int)
    for tile in tiles(height, width, side, reach):
        covered[tile.top : tile.bottom, tile.left : tile.right] += 1
        assert 0 < tile.bottom - tile.top <= side
        assert 0 < tile.right - tile.left <= side
        assert tile.seen[0] == max(0, tile.top - reach)
        assert tile.seen[3] == min(width, tile.right + reach)
    assert (covered == 1).all()


def test_a_pictures_edges_are_sharper_than_after_plain_scaling() -> None:
    scene = Image.new("RGB", (32, 32), "white")
    scene.paste((30, 60, 200), (8, 8, 24, 24))
    ours = np.asarray(Enlarger(WEIGHTS)(scene, 4).convert("L")).astype(int)
    plain = np.asarray(scene.resize((128, 128), Image.Resampling.BICUBIC).convert("L")).astype(int)
    assert np.abs(np.diff(ours[64])).max() > 1.3 * np.abs(np.diff(plain[64])).max()


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_a_job_enlarges_with_progress_and_keeps_the_picture_before(tmp_path: Path, scale: int) -> None:
    events: list[Progress | Partial] = []
    request = ImageParams(image=picture(tmp_path / "a.png"), scale=scale)
    large, before = Upscale(Enlarger(WEIGHTS))(request, events.append)
    assert opened(large).size == (24 * scale, 20 * scale)
    assert opened(before).size == (24, 20)
    assert large.meta["before"] == before.name
    assert large.meta["scale"] == scale
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == list(range(len(done)))
    assert isinstance(events[-1], Progress)
    assert events[-1].done == events[-1].total


def test_transparency_is_enlarged_too(tmp_path: Path) -> None:
    image = Image.new("RGBA", (20, 20), (200, 30, 30, 255))
    image.paste((0, 0, 0, 0), (0, 0, 10, 20))
    image.save(tmp_path / "a.png")
    large, before = Upscale(Enlarger(WEIGHTS))(ImageParams(image=str(tmp_path / "a.png")), lambda _: None)
    alpha = np.asarray(opened(large).getchannel("A"))
    assert alpha[40, 10] == 0
    assert alpha[40, 70] == 255
    assert opened(before).mode == "RGBA"


def test_it_stops_between_layers(tmp_path: Path) -> None:
    def stop(event: Progress | Partial) -> None:
        if isinstance(event, Progress) and event.done == 3:
            raise CancelledByVisitor

    with pytest.raises(CancelledByVisitor):
        Upscale(Enlarger(WEIGHTS))(ImageParams(image=picture(tmp_path / "a.png")), stop)


def test_a_result_over_sixteen_megapixels_is_refused_before_any_work(tmp_path: Path) -> None:
    Image.new("RGB", (1200, 900)).save(tmp_path / "a.png")
    with pytest.raises(UserError, match="result_too_large") as caught:
        Upscale(Enlarger(WEIGHTS))(ImageParams(image=str(tmp_path / "a.png"), scale=4), lambda _: None)
    assert caught.value.problem.values["side"] == 1000


def test_without_a_picture_it_asks_for_one() -> None:
    with pytest.raises(UserError, match="no_picture"):
        Upscale(Enlarger(WEIGHTS))(ImageParams(prompt="a cat"), lambda _: None)


def test_the_deep_network_enlarges_in_tiles_too() -> None:
    torch.manual_seed(0)
    deep = DeepEnlarger(DeepNet(width=8, growth=4, depth=1))
    scene = Image.fromarray((picture_of_waves(20, 150).permute(1, 2, 0).numpy() * 255).astype(np.uint8))
    counted: list[int] = []
    result = deep(scene, 4, lambda: counted.append(1))
    assert result.size == (600, 80)
    assert len(counted) == deep.ticks(scene.size, 4)
    assert deep(scene, 2).size == (300, 40)


class Two(nn.Module):
    """A convolution and a PReLU, as the file has them."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(1, 3, 1)
        self.b = nn.PReLU(3)


def test_weights_in_half_precision_are_read_up_to_their_padding() -> None:
    weights = np.array([1.5, -2, 0.25], "<f2").tobytes() + b"\0\0"
    rest = np.arange(6, dtype="<f4").tobytes()
    state = load_ncnn(Two(), HALF.to_bytes(4, "little") + weights + rest)
    assert state["a.weight"].flatten().tolist() == [1.5, -2, 0.25]
    assert state["b.weight"].tolist() == [3, 4, 5]


@pytest.mark.parametrize(
    "data",
    [b"", b"\1\2\3\4" + bytes(60), bytes(36) + b"\0\0\0\0" * 9, np.full(10, np.nan, "<f4").tobytes()],
    ids=["empty", "unknown tag", "left over", "not numbers"],
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(NotTheseWeightsError):
        load_ncnn(Two(), data)


def test_a_compact_network_reaches_as_far_as_it_says() -> None:
    net = CompactNet(4, width=4, depth=3)
    scene = to_tensor(Image.new("RGB", (41, 1), "grey")).expand(3, 41, 41)[None].clone().requires_grad_()
    net(scene)[0, :, 80:84, 80:84].sum().backward()
    touched = scene.grad[0].abs().sum(0).nonzero()  # type: ignore[index]
    assert int((touched - 20).abs().max()) == net.reach


def test_the_converter_knows_the_published_graph() -> None:
    from aigc_demo.training.upscale_convert import computed, published

    graph = """7767517
8 9
Input       in      0 1 data
Split       s       1 2 data a b
Convolution Conv_0  1 1 b 1 0=4 1=3 4=1 5=1 6=108
PReLU       P_1     1 1 1 2 0=4
Convolution Conv_2  1 1 2 3 0=48 1=3 4=1 5=1 6=1728
PixelShuffle D      1 1 3 4 0=4
Interp      R       1 1 a 5 0=1 1=4.000000e+00 2=4.000000e+00
BinaryOp    Add     2 1 4 5 6
Interp      R2      1 1 6 output 0=3 1=7.500000e-01 2=7.500000e-01
"""
    assert published(graph) == computed(CompactNet(3, width=4, depth=0))
    assert published(graph) != computed(CompactNet(4, width=4, depth=0))
