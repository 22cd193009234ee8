"""A history in a fresh folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from aigc_demo.history import History
from tests.history.making import opened


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables, made once: copying it is quicker than making it."""
    folder = tmp_path_factory.mktemp("template")
    with opened(folder):
        pass
    return folder / "studio.db"


@pytest.fixture
def history(tmp_path: Path, empty_database: Path) -> Iterator[History]:
    target = tmp_path / "studio.db"
    shutil.copy(empty_database, target)
    target.chmod(0o600)
    with opened(tmp_path) as history:
        yield history
