"""What drawn pictures are judged by: whether they are all alike, and what they are nearest to."""

from __future__ import annotations

import pytest
import torch

from aigc_demo.learning.pictures import data, judge


def test_pictures_that_are_all_alike_have_no_variety_and_real_ones_have_theirs() -> None:
    known = data.digits()
    real = judge.variety("digits", known.held_pictures, known.held_labels)
    first = torch.stack([known.held_pictures[known.held_labels.argmax(1) == kind][0] for kind in range(10)])
    alike = first[known.held_labels.argmax(1)]
    assert judge.variety("digits", alike, known.held_labels) == pytest.approx(0, abs=1e-4)
    assert judge.variety("digits", known.pictures, known.labels) / real == pytest.approx(1, abs=0.1)


def test_a_kind_with_a_single_picture_says_nothing_of_variety() -> None:
    pictures, labels = data.digits().pictures[:11], torch.eye(10)[[*range(10), 0]]
    assert judge.variety("digits", pictures, labels) > 0


def test_what_was_learnt_is_nearest_to_itself_with_or_without_a_little_noise() -> None:
    known = data.digits().pictures[:300]
    noise = 0.02 * torch.randn(known.shape, generator=torch.Generator().manual_seed(1))
    assert judge.nearest(known + noise, known).tolist() == list(range(300))
