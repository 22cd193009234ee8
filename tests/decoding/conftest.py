"""Tiny networks are quickest on one thread, above all where other work shares the machine."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from aigc_demo.decoding import compiled


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the compiled step; tests of it skip where there can be none."""
    folder = tmp_path_factory.mktemp("compiled")
    if compiled.library(folder) is None:
        pytest.skip("This machine has no compiler or no CPU for the compiled step.")
    return folder


@pytest.fixture(scope="session")
def library(compiled_once: Path) -> ctypes.CDLL:
    """The compiled step."""
    result = compiled.library(compiled_once)
    assert result is not None
    return result


@pytest.fixture
def folder(compiled_once: Path, tmp_path: Path) -> Path:
    """A folder of a test's own with the compiled step in it."""
    return Path(shutil.copytree(compiled_once, tmp_path / "kept"))
