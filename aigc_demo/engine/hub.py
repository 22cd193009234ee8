"""Weights from the Hugging Face Hub: placeholder until the fetcher stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aigc_demo.engine.commands import NotAvailableError
from aigc_demo.types import Hub


def fetch(source: Hub, folder: Path, report: Callable[[int, int | None], None]) -> dict[str, Any]:
    """Put the repository's files into ``folder``."""
    raise NotAvailableError(source.repo)
