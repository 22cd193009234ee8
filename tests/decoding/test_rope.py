"""Angles: torch's cosines and sines for the models that come with the app, the nearest floats for others."""

import numpy as np
import pytest

from aigc_demo.decoding import rope
from aigc_demo.training import rope_rounding


@pytest.mark.parametrize(("theta", "length"), [(100_000.0, 8192), (10_000.0, 1024), (10_000.0, 128)])
def test_tables_that_are_known_are_torchs_to_the_bit(theta: float, length: int) -> None:
    result, theirs = rope.table(theta, 64, length), rope_rounding.torchs(theta, 64, length)
    ulps = np.abs(result - theirs) / np.spacing(np.abs(result))
    if (ulps > 0).mean() > 0.01:  # a torch that was built otherwise rounds otherwise
        pytest.skip("This torch rounds otherwise than the one whose numbers are kept.")
    assert np.array_equal(result, theirs)


def test_other_tables_hold_the_nearest_floats() -> None:
    result = rope.table(500_000.0, 64, 300)
    angles = rope.angles(500_000.0, 64, 300).astype(np.float64)
    assert np.array_equal(result, np.stack([np.cos(angles), np.sin(angles)], 2).astype(np.float32))
    assert np.abs(result - rope_rounding.torchs(500_000.0, 64, 300)).max() < 1e-6


def test_positions_beyond_a_known_table_are_turned_too() -> None:
    longer = rope.table(10_000.0, 64, 1100)
    assert np.array_equal(longer[:1024], rope.table(10_000.0, 64, 1024))
    np.testing.assert_allclose(np.linalg.norm(longer, axis=2), 1.0, atol=1e-6)


def test_the_second_nearest_float_is_on_the_other_side() -> None:
    exact = np.array([0.1, 0.3, -0.7])
    nearest, second = exact.astype(np.float32), rope.second_nearest(exact)
    assert ((nearest < exact) != (second < exact)).all()
    assert (np.abs(second - nearest) == np.spacing(np.abs(nearest))).all()
