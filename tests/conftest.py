"""What all tests share: a fresh data folder, debug models, no network beyond the package index."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["AIGC_SIGNING"] = "off"  # a process for each store; tests of signing switch it on
os.environ.setdefault(
    "OMP_WAIT_POLICY", "PASSIVE"
)  # several processes share the cores: none spins while it waits
os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_FP16")  # as the worker has it: no tile registers

from aigc_demo.settings import Settings
from tests.proving import Proof

CACHE = Path(__file__).parent.parent / "data" / "test-cache"
"""Weights fetched once for all test runs; ignored by git."""


_PROOF = pytest.StashKey[Proof]()


def pytest_addoption(parser: pytest.Parser) -> None:
    about = "take the long form of every attack and write data/proof/report.md"
    parser.addoption("--proof", action="store_true", help=about)
    about = "run what keeps rows and files on a real PostgreSQL and an object store as well"
    parser.addoption("--scale", action="store_true", help=about)
    parser.addoption("--write-contract", action="store_true", help="agree to the HTTP contract as it is now")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_PROOF] = Proof(long=bool(config.getoption("--proof")))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what is for the long form alone to it."""
    if config.stash[_PROOF].long:
        return
    left = [item for item in items if item.get_closest_marker("long")]
    items[:] = [item for item in items if not item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=left)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """At the end of a proof: write what was counted, and say where."""
    proof = config.stash[_PROOF]
    if not proof.long:
        return
    for outcome in ("passed", "failed", "error", "skipped"):
        ended = terminalreporter.getreports(outcome)
        proof.outcomes["failed" if outcome == "error" else outcome] += len(ended)
        if outcome in ("failed", "error"):
            proof.failed += [report.nodeid for report in ended]
    terminalreporter.write_line(f"The proof's report is {proof.write()}")


@pytest.fixture(scope="session")
def proof(pytestconfig: pytest.Config) -> Proof:
    """What this run counts, and whether it is the long form."""
    return pytestconfig.stash[_PROOF]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No AIGC_ variable of the developer's changes what a test sees."""
    for name in list(os.environ):
        if name.startswith("AIGC_") and name != "AIGC_SIGNING":
            monkeypatch.delenv(name)
    yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A fresh installation with the debug models listed, computing in this process."""
    return Settings(data_dir=tmp_path / "data", cache_dir=CACHE, engine="inline", debug_models=True)
