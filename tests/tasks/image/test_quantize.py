"""Lean layers: what stands for a matrix gives nearly the same, and each row by itself."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from aigc_demo.tasks.image import quantize
from aigc_demo.tasks.image.debug import tiny_pipeline
from aigc_demo.tasks.image.e5 import PackedLinear

needs_int4 = pytest.mark.skipif(not quantize.has_int4(), reason="this processor has no kernel for 4 bits")
needs_int8 = pytest.mark.skipif(
    not quantize.has_int8(), reason="this build of torch has no kernel for 8 bits"
)


def packed_layer() -> PackedLinear:
    rng = torch.Generator().manual_seed(0)
    layer = PackedLinear(384, 64)
    layer.packed.random_(0, 256, generator=rng)
    layer.scales.copy_(torch.rand(64, 12, generator=rng) * 0.01)
    return layer.requires_grad_(False)


def large_layer() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(400, 256).requires_grad_(False)


def rows(width: int) -> Tensor:
    return torch.randn(2, 5, width, generator=torch.Generator().manual_seed(1))


def away(result: Tensor, wanted: Tensor) -> float:
    return float((result - wanted).norm() / wanted.norm())


@needs_int4
def test_four_bits_are_multiplied_as_if_they_had_been_taken_apart() -> None:
    layer, x = packed_layer(), rows(384)
    assert away(quantize.Int4Layer(layer)(x), layer(x)) < 0.01


@needs_int8
def test_eight_bits_are_near_the_matrix_that_they_stand_for() -> None:
    layer, x = large_layer(), rows(400)
    assert away(quantize.Int8Layer(layer)(x), layer(x)) < 0.02


@needs_int8
def test_a_row_comes_out_the_same_whatever_stands_beside_it() -> None:
    layer, x = quantize.Int8Layer(large_layer()), rows(400)
    assert torch.equal(layer(x)[1, 2], layer(x[1, 2:3])[0])


def test_only_what_is_large_or_packed_is_replaced() -> None:
    pipe = quantize.quantize_all_(tiny_pipeline())
    replaced = {type(part) for part in pipe.text_encoder.modules()} & {quantize.Int4Layer, PackedLinear}
    assert replaced == ({quantize.Int4Layer} if quantize.has_int4() else {PackedLinear})
    assert not any(isinstance(part, quantize.Int8Layer) for part in pipe.transformer.modules())


def test_a_processor_without_the_kernels_keeps_its_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantize, "has_int4", lambda: False)
    monkeypatch.setattr(quantize, "has_int8", lambda: False)
    pipe = tiny_pipeline()
    before = [type(part) for part in pipe.text_encoder.modules()]
    assert [type(part) for part in quantize.quantize_all_(pipe).text_encoder.modules()] == before


def test_half_precision_is_left_alone() -> None:
    pipe = tiny_pipeline().to(dtype=torch.bfloat16)
    assert not any(
        isinstance(part, quantize.Int4Layer) for part in quantize.quantize_all_(pipe).text_encoder.modules()
    )
