"""Blocks of 4 and 8 bits: what goes in comes out, to the last bit where it was in such blocks before."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from aigc_demo.decoding import blocks

seeds = st.integers(0, 2**16).map(lambda n: torch.Generator().manual_seed(n))


def on_a_grid(chance: torch.Generator, outputs: int, count: int, bits: int) -> Tensor:
    """Weights d q + m with half-precision d and m, both ends of q's range met in every block."""
    most = 15 if bits == 4 else 127
    numbers = torch.randint(0 if bits == 4 else -127, most + 1, (outputs, count, 32), generator=chance)
    numbers[:, :, 3], numbers[:, :, 17] = (0 if bits == 4 else -5), most
    scale = (torch.rand(outputs, count, 1, generator=chance) + 0.01).half().float()
    least = torch.randn(outputs, count, 1, generator=chance).half().float() if bits == 4 else 0.0
    return (numbers * scale + least).flatten(1)


@settings(deadline=None, max_examples=40)
@given(seeds, st.integers(1, 20), st.integers(1, 5), st.sampled_from([4, 8]))
def test_a_matrix_that_was_in_blocks_goes_back_without_loss(
    chance: torch.Generator, outputs: int, count: int, bits: int
) -> None:
    weight = on_a_grid(chance, outputs, count, bits)
    panels = blocks.packed(weight, bits)
    assert panels.shape == (-(-outputs // 8), count, blocks.BYTES[bits])
    assert blocks.bits_of(panels) == bits
    assert torch.equal(blocks.unpacked(panels)[:outputs], weight)


@settings(deadline=None, max_examples=40)
@given(seeds, st.integers(1, 20), st.floats(1e-3, 1e3), st.sampled_from([4, 8]))
def test_any_other_matrix_is_off_by_half_a_step_at_most(
    chance: torch.Generator, outputs: int, size: float, bits: int
) -> None:
    weight = torch.randn(outputs, 96, generator=chance) * size
    off = (blocks.unpacked(blocks.packed(weight, bits))[:outputs] - weight).unflatten(1, (-1, 32)).abs()
    by_block = weight.unflatten(1, (-1, 32))
    width = by_block.amax(2) - by_block.amin(2) if bits == 4 else by_block.abs().amax(2)
    steps = width / (15 if bits == 4 else 127)
    rounding = by_block.abs().amax(2) * 2**-10 + 2**-14  # of d and m in half precision
    assert bool((off <= (steps / 2 + rounding)[..., None]).all())


@pytest.mark.parametrize("bits", [4, 8])
def test_zeros_and_missing_outputs_stay_zero(bits: int) -> None:
    weight = torch.zeros(3, 64)
    assert not blocks.unpacked(blocks.packed(weight, bits)).any()
