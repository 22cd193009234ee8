"""The painters are the published ones, and strips change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st
from safetensors.torch import load_file

from aigc_demo.tasks.style import style_bank, weights
from aigc_demo.tasks.style.debug import seeded
from aigc_demo.tasks.style.net import ANY, TABLE, TINY, Conv, StyleNet
from aigc_demo.tasks.style.renderer import StyleRenderer
from aigc_demo.tasks.style.tiling import Moments, spans
from aigc_demo.training.style_card import picture_of_waves as card
from aigc_demo.types import UserError

GOLDEN = load_file(Path(__file__).parent / "golden.safetensors")
"""What onnxruntime makes of the published files (written by the conversion script)."""

tiny = seeded(StyleNet(TINY))
tiny_code = torch.randn(TINY.code_size, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("style", [0, 17, 24])
def test_the_table_painter_paints_what_the_published_one_paints(style: int) -> None:
    net, codes = weights.load_table(style_bank.FAST / "model.safetensors")
    with torch.no_grad():
        result = net(card(48, 64)[None], codes[style])[0]
    torch.testing.assert_close(result, GOLDEN[f"table.{style}"], atol=1e-4, rtol=0)


def test_the_arbitrary_painter_reads_and_paints_what_the_published_one_does() -> None:
    net = weights.load_any(style_bank.ANY / "model.safetensors")
    with torch.no_grad():
        vector = net.vector(card(256, 256)[None])
        result = net.painter(card(384, 384)[None], net.code(vector))
    torch.testing.assert_close(vector, GOLDEN["any.vector"], atol=1e-4, rtol=0)
    small = torch.nn.functional.avg_pool2d(result, 8)[0]
    torch.testing.assert_close(small, GOLDEN["any.painted"], atol=1e-3, rtol=0)


def test_halving_without_a_mirrored_copy_changes_nothing() -> None:
    conv = seeded(Conv(5, 7, 3, stride=2, bias=True))
    picture = torch.randn(1, 5, 18, 26)
    with torch.no_grad():
        quick = conv(picture)
    with torch.enable_grad():
        torch.testing.assert_close(quick, conv(picture), atol=1e-5, rtol=1e-5)


@given(
    height=st.integers(16, 48),
    width=st.integers(16, 48),
    strip=st.integers(150, 2000),
    seed=st.integers(0, 99),
)
@how(max_examples=12, deadline=None)
def test_strips_agree_with_the_whole_picture_at_any_size(
    height: int, width: int, strip: int, seed: int
) -> None:
    picture = torch.rand(3, height, width, generator=torch.Generator().manual_seed(seed))
    painter = StyleRenderer(tiny, dtype=torch.float32)
    whole = painter(picture, tiny_code, whole_pixels=10**9)
    strips = painter(picture, tiny_code, whole_pixels=0, strip_pixels=strip)
    assert whole.shape == picture.shape
    torch.testing.assert_close(strips, whole, atol=2e-3, rtol=0)


def test_strips_of_the_real_painter_show_no_seam() -> None:
    net, codes = weights.load_table(style_bank.FAST / "model.safetensors")
    painter = StyleRenderer(net, dtype=torch.float32)
    picture = card(96, 120)
    whole = painter(picture, codes[9], whole_pixels=10**9)
    strips = painter(picture, codes[9], whole_pixels=0, strip_pixels=1000)
    assert (whole - strips).abs().max() < 2e-3


def test_strips_of_the_painter_without_early_norms_agree_too() -> None:
    net = weights.load_any(style_bank.ANY / "model.safetensors")
    painter = StyleRenderer(net.painter, dtype=torch.float32)
    code = torch.randn(ANY.code_size, generator=torch.Generator().manual_seed(3))
    picture = card(64, 52)
    whole, strips = (painter(picture, code, whole_pixels=n, strip_pixels=500) for n in (10**9, 0))
    assert (whole - strips).abs().max() < 2e-3


@pytest.mark.parametrize("style", [3, 17, 24])
def test_half_the_bits_paint_nearly_the_same(style: int) -> None:
    net, codes = weights.load_table(style_bank.FAST / "model.safetensors")
    exact = StyleRenderer(net, dtype=torch.float32)(card(128, 128), codes[style])
    net, _ = weights.load_table(style_bank.FAST / "model.safetensors")
    quick = StyleRenderer(net, dtype=torch.bfloat16)(card(128, 128), codes[style])
    noise = ((exact - quick) ** 2).mean()
    assert -10 * torch.log10(noise) > 30  # decibels; the eye stops at about 35 in textures


@given(st.integers(1, 5000), st.integers(1, 400), st.integers(1, 9000))
def test_spans_cover_every_row_once(height: int, width: int, pixels: int) -> None:
    rows = [row for low, high in spans(height, width, pixels) for row in range(low, high)]
    assert rows == list(range(height))


def test_moments_gathered_in_strips_are_those_of_the_whole() -> None:
    rows = torch.randn(1, 5, 40, 30) * 3 + 100
    moments = Moments()
    for low, high in ((0, 7), (7, 8), (8, 40)):
        moments.add(rows[:, :, low:high])
    torch.testing.assert_close(torch.as_tensor(moments.mean).float(), rows.mean((0, 2, 3)))
    variance = torch.as_tensor(moments.squares) / moments.count
    torch.testing.assert_close(variance.float(), rows.var((0, 2, 3), unbiased=False), rtol=1e-3, atol=0)


def test_a_code_survives_its_file(tmp_path: Path) -> None:
    code = torch.randn(TABLE.code_size)
    path = tmp_path / "style.bin"
    path.write_bytes(weights.save_code(code, "mine"))
    assert weights.is_code(path)
    assert torch.equal(weights.load_code(path), code)


@pytest.mark.parametrize(
    "data",
    [
        b"\x10\x00\x00\x00\x00\x00\x00\x00{garbage",
        b"\x02\x00\x00\x00\x00\x00\x00\x00{}",
        weights.save_code(torch.zeros(7), "of another size"),
        weights.save_code(torch.full((TABLE.code_size,), torch.nan), "not numbers"),
        b"\x00" * 100_000,
    ],
)
def test_a_file_that_only_looks_like_a_style_is_refused_in_words(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "style.bin"
    path.write_bytes(data)
    with pytest.raises(UserError, match="bad_style"):
        weights.load_code(path)
