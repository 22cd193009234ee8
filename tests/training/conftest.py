"""What all tests of training scripts share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def denormals() -> Iterator[None]:
    """A script flushes denormals for its whole process; the tests after it compute as others do."""
    yield
    torch.set_flush_denormal(False)
