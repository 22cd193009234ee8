"""One installation has one secret, whole and long, whatever happens while it is made."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from aigc_demo.guard.secret import SHORTEST, load_secret
from aigc_demo.types import UserError

ROOT = Path(__file__).parents[2]


def test_the_secret_is_made_once_and_kept_privately(tmp_path: Path) -> None:
    first = load_secret(None, tmp_path)
    assert len(first) == 64
    assert load_secret(None, tmp_path) == first
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_the_owners_own_secret_is_taken_and_nothing_is_written(tmp_path: Path) -> None:
    assert load_secret("x" * SHORTEST, tmp_path) == "x" * SHORTEST
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["changeme", " " * 40, "x" * (SHORTEST - 1) + "\n" * 9])
def test_a_short_secret_is_refused_wherever_it_stands(tmp_path: Path, text: str) -> None:
    (tmp_path / "secret").write_text(text)
    for configured, where in ((text, "AIGC_SECRET"), (None, str(tmp_path / "secret"))):
        with pytest.raises(UserError) as caught:
            load_secret(configured, tmp_path)
        assert caught.value.problem.values["where"] == where
    assert (tmp_path / "secret").read_text() == text


@pytest.mark.parametrize("cut", ["", "0f" * 12])
def test_a_file_that_a_crash_cut_short_signs_nothing(tmp_path: Path, cut: str) -> None:
    (tmp_path / "secret").write_text(cut)
    with pytest.raises(UserError):
        load_secret(None, tmp_path)


def test_all_who_start_at_once_get_the_same_secret(tmp_path: Path) -> None:
    together = Barrier(16)

    def start(_: int) -> str:
        together.wait()
        return load_secret(None, tmp_path)

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(start, range(16)))) == 1


def test_the_secret_has_its_name_only_once_all_of_it_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = os.fsync, []

    def fsync(descriptor: int) -> None:
        seen.append((tmp_path / "secret").exists())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    load_secret(None, tmp_path)
    assert seen == [False, True], "the file first, then the folder that names it"


def test_a_power_cut_before_that_leaves_no_secret_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(*_: Any) -> None:
        raise OSError(errno.EIO, "power cut")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", power_cut)
        with pytest.raises(OSError, match="power cut"):
            load_secret(None, tmp_path)
    assert not list(tmp_path.iterdir())
    assert len(load_secret(None, tmp_path)) == 64


def test_a_file_system_without_links_keeps_a_secret_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: Any) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    first = load_secret(None, tmp_path)
    assert load_secret(None, tmp_path) == first
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("command", [["app.py"], ["-m", "aigc_demo", "serve", "--port", "0"]])
def test_a_start_with_a_short_secret_ends_in_one_sentence(tmp_path: Path, command: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "AIGC_DATA_DIR": str(tmp_path), "AIGC_SECRET": "changeme", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr
    assert ended.stderr.startswith("The secret in AIGC_SECRET has 8 characters")
