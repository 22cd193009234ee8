"""A C compiler: the system's where it has one, else one out of a wheel, fetched only when it is needed."""

from pathlib import Path
from typing import Any

import pytest

from aigc_demo.decoding import compiled
from aigc_demo.engine import compiler, sources
from aigc_demo.settings import Settings
from aigc_demo.types import CancelledByVisitor, ModelSpec, UserError, Wheel
from tests.engine.test_sources import quiet


@pytest.fixture
def fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was fetched; a file stands for the compiler."""
    log: list[str] = []

    def fetch(spec: ModelSpec, *_: Any) -> Path:
        log.append(spec.name)
        (tmp_path / "zig").touch()
        return tmp_path

    monkeypatch.setattr(sources, "fetch", fetch)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    return log


def test_nothing_is_fetched_where_the_systems_own_will_do(
    fetched: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "system_compilers", lambda: iter([("cc",)]))
    assert next(iter(compiler.compilers(settings, quiet))) == ("cc",)
    assert not fetched


def test_where_the_system_has_none_one_is_fetched_and_can_be_run(
    fetched: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(compiled, "system_compilers", lambda: iter(()))
    assert list(compiler.compilers(settings, quiet)) == [(str(tmp_path / "zig"), "cc")]
    assert fetched == ["Zig"]
    assert (tmp_path / "zig").stat().st_mode & 0o100


@pytest.mark.parametrize("system", ["win32", "freebsd14"])
def test_machines_that_no_wheel_is_for_do_without(
    fetched: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(compiled, "system_compilers", lambda: iter(()))
    monkeypatch.setattr("sys.platform", system)
    assert list(compiler.compilers(settings, quiet)) == []
    assert not fetched


def test_one_that_cannot_be_fetched_is_done_without(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(*_: Any) -> Path:
        raise UserError("model_missing_offline", "error.model_missing_offline")

    monkeypatch.setattr(compiled, "system_compilers", lambda: iter(()))
    monkeypatch.setattr(sources, "fetch", fetch)
    assert list(compiler.compilers(settings, quiet)) == []


def test_a_visitor_who_leaves_stops_the_fetching(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(*_: Any) -> Path:
        raise CancelledByVisitor

    monkeypatch.setattr(compiled, "system_compilers", lambda: iter(()))
    monkeypatch.setattr(sources, "fetch", fetch)
    with pytest.raises(CancelledByVisitor):
        list(compiler.compilers(settings, quiet))


@pytest.mark.parametrize(
    ("system", "machine"),
    [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "x86_64"), ("darwin", "arm64")],
)
def test_each_kind_of_machine_has_a_wheel_of_its_own_by_hash(system: str, machine: str) -> None:
    spec = compiler.declared(system, machine)
    assert spec is not None
    (wheel,) = spec.sources
    assert isinstance(wheel, Wheel) and len(wheel.sha256) == 64
