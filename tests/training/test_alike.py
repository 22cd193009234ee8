"""Embeddings of shared parts: a word learns what its relatives learn, and the matrix stays a plain one."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import nn

from aigc_demo.training.alike import SumOfParts

PARTS = [("c", "short"), ("c", "long"), ("d", "short"), ("d", "long"), ()]


def result() -> tuple[nn.Parameter, SumOfParts]:
    torch.manual_seed(0)
    matrix = nn.Parameter(torch.randn(len(PARTS), 8) * 0.02)
    return matrix, SumOfParts(matrix, PARTS, lr=0.01)


def test_at_first_words_are_the_sums_of_their_parts_and_those_without_parts_stay() -> None:
    torch.manual_seed(0)
    before = torch.randn(len(PARTS), 8) * 0.02
    matrix, _ = result()
    assert torch.allclose(matrix[0] - matrix[1], matrix[2] - matrix[3], atol=1e-6)
    assert torch.equal(matrix[4], before[4])


def test_a_word_that_is_never_met_learns_from_its_relatives() -> None:
    matrix, optimiser = result()
    wanted = torch.randn(2, 8, generator=torch.Generator().manual_seed(1))
    sums = torch.stack([wanted[0] + wanted[1], wanted[0] - wanted[1], -wanted[0] + wanted[1]])
    for _ in range(400):
        matrix.grad = None
        (matrix[:3] - sums).square().sum().backward()
        optimiser.step()
    unseen = (matrix[3] - (-wanted[0] - wanted[1])).square().mean()
    assert unseen < 0.4 * (wanted[0] + wanted[1]).square().mean()


def test_training_goes_on_from_a_saved_state_as_if_it_had_not_stopped() -> None:
    def step(matrix: nn.Parameter, optimiser: SumOfParts) -> None:
        matrix.grad = torch.ones_like(matrix)
        optimiser.step()

    first, second = result(), result()
    step(*first)
    second[1].load_state_dict(deepcopy(first[1].state_dict()))
    assert torch.equal(first[0], second[0])
    for matrix, optimiser in (first, second):
        step(matrix, optimiser)
    assert torch.equal(first[0], second[0])
