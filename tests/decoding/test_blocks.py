"""Blocks of 4, 8 and 16 bits: what goes in comes out, to the last bit where it was in such blocks before."""

import numpy as np
import pytest
from gguf import GGMLQuantizationType
from gguf.quants import dequantize, quantize
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_demo.decoding import blocks
from aigc_demo.decoding.blocks import Floats

rngs = st.integers(0, 2**16).map(np.random.default_rng)
GGML = {4: GGMLQuantizationType.Q4_1, 8: GGMLQuantizationType.Q8_0}


def on_a_grid(rng: np.random.Generator, outputs: int, count: int, bits: int) -> Floats:
    """Weights d q + m with half-precision d and m, both ends of q's range met in every block."""
    if bits == 16:
        return rng.standard_normal((outputs, 32 * count)).astype(np.float16).astype(np.float32)
    most = 15 if bits == 4 else 127
    numbers = rng.integers(0 if bits == 4 else -127, most + 1, (outputs, count, 32)).astype(np.float32)
    numbers[:, :, 3], numbers[:, :, 17] = (0 if bits == 4 else -5), most
    scale = (rng.random((outputs, count, 1)) + 0.01).astype(np.float16).astype(np.float32)
    least = rng.standard_normal((outputs, count, 1)).astype(np.float16).astype(np.float32)
    return (numbers * scale + (least if bits == 4 else 0)).reshape(outputs, -1)


@settings(deadline=None, max_examples=40)
@given(rngs, st.integers(1, 20), st.integers(1, 5), st.sampled_from([4, 8, 16]))
def test_a_matrix_that_was_in_blocks_goes_back_without_loss(
    rng: np.random.Generator, outputs: int, count: int, bits: int
) -> None:
    weight = on_a_grid(rng, outputs, count, bits)
    panels = blocks.packed(weight, bits)
    assert panels.shape == (-(-outputs // 8), count, blocks.BYTES[bits])
    assert blocks.bits_of(panels) == bits
    assert np.array_equal(blocks.unpacked(panels)[:outputs], weight)


@settings(deadline=None, max_examples=40)
@given(rngs, st.integers(1, 20), st.floats(1e-3, 1e3), st.sampled_from([4, 8]))
def test_any_other_matrix_is_off_by_half_a_step_at_most(
    rng: np.random.Generator, outputs: int, size: float, bits: int
) -> None:
    weight = (rng.standard_normal((outputs, 96)) * size).astype(np.float32)
    by_block = weight.reshape(outputs, -1, 32)
    off = np.abs(blocks.unpacked(blocks.packed(weight, bits))[:outputs].reshape(by_block.shape) - by_block)
    width = by_block.max(2) - by_block.min(2) if bits == 4 else np.abs(by_block).max(2)
    steps = width / (15 if bits == 4 else 127)
    rounding = np.abs(by_block).max(2) * 2**-10 + 2**-14  # of d and m in half precision
    assert (off <= (steps / 2 + rounding)[..., None]).all()


@settings(deadline=None, max_examples=30)
@given(rngs, st.integers(1, 20), st.integers(1, 4), st.sampled_from([4, 8]))
def test_bytes_out_of_a_gguf_file_only_change_places(
    rng: np.random.Generator, outputs: int, count: int, bits: int
) -> None:
    weight = rng.standard_normal((outputs, 32 * count)).astype(np.float32)
    rows = quantize(weight, GGML[bits])
    exact = dequantize(rows, GGML[bits])
    in_blocks = rows.reshape(outputs, count, -1)
    assert np.array_equal(blocks.ggml_floats(in_blocks), exact)
    assert np.array_equal(blocks.unpacked(blocks.from_ggml(in_blocks))[:outputs], exact)


@pytest.mark.parametrize("bits", [4, 8, 16])
def test_zeros_and_missing_outputs_stay_zero(bits: int) -> None:
    weight = np.zeros((3, 64), np.float32)
    assert not blocks.unpacked(blocks.packed(weight, bits)).any()


def test_a_matrix_larger_than_what_is_packed_at_a_time_is_packed_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weight = np.random.default_rng(0).standard_normal((90, 64)).astype(np.float32)
    whole = [blocks.packed(weight, bits) for bits in (4, 8, 16)]
    monkeypatch.setattr(blocks, "_ROWS", 1000)
    for bits, panels in zip((4, 8, 16), whole, strict=True):
        assert np.array_equal(blocks.packed(weight, bits), panels)
