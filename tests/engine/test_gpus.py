"""Which GPU is asked for its memory, by a stand-in for the driver's library."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from aigc_demo.engine import devices, gpus
from aigc_demo.settings import Settings

GB = 1_000_000_000


@dataclass
class Driver:
    """What NVML offers of two GPUs, of 8 and of 24 GB, and of a quarter of the second one."""

    opened: int = 0
    sizes: dict[str, int] = field(
        default_factory=lambda: {"GPU-aaaa-1": 8 * GB, "GPU-bbbb-2": 24 * GB, "MIG-cccc-3": 6 * GB}
    )

    def module(self) -> ModuleType:
        result: Any = ModuleType("pynvml")
        result.NVMLError = type("NVMLError", (Exception,), {})
        result.nvmlInit = lambda: self._count(1)
        result.nvmlShutdown = lambda: self._count(-1)
        result.nvmlDeviceGetCount = lambda: 2
        result.nvmlDeviceGetHandleByIndex = lambda number: list(self.sizes)[number]
        result.nvmlDeviceGetHandleByUUID = lambda name: name
        result.nvmlDeviceGetUUID = lambda handle: handle
        result.nvmlDeviceGetMemoryInfo = lambda handle: SimpleNamespace(total=self.sizes[handle])
        return result

    def _count(self, step: int) -> None:
        self.opened += step


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver()
    monkeypatch.setitem(sys.modules, "pynvml", driver.module())
    monkeypatch.setattr(gpus, "torch_takes_nvidia", lambda: True)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    gpus.memory.cache_clear()
    return driver


@pytest.mark.parametrize(
    ("visible", "size"),
    [
        (None, 8 * GB),
        ("0", 8 * GB),
        ("1", 24 * GB),
        ("1,0", 24 * GB),
        (" 1 ", 24 * GB),
        ("GPU-bbbb", 24 * GB),
        ("MIG-cccc-3", 6 * GB),
        ("", None),
        ("-1", None),
        ("7", None),
        ("none", None),
        ("GPU-dddd", None),
    ],
)
def test_the_first_visible_gpu_is_the_one_that_counts(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, visible: str | None, size: int | None
) -> None:
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    settings = Settings(memory_gb=2.0)
    assert devices.accelerator(settings) == ("cuda" if size else "cpu")
    assert devices.gpu_budget(settings) == int((size or 0) * 0.9)
    assert driver.opened == 0, "the library was closed again"


def failing_at(name: str) -> Callable[[Any], None]:
    def fail(module: Any) -> None:
        def refuse(*_: Any) -> None:
            raise module.NVMLError

        setattr(module, name, refuse)

    return fail


@pytest.mark.parametrize("name", ["nvmlInit", "nvmlDeviceGetCount", "nvmlDeviceGetMemoryInfo"])
def test_a_driver_that_does_not_answer_means_no_gpu(driver: Driver, name: str) -> None:
    failing_at(name)(sys.modules["pynvml"])
    assert devices.accelerator(Settings(memory_gb=2.0)) == "cpu"


@pytest.mark.parametrize(
    ("built", "takes"),
    [
        ("cuda: Optional[str] = None\nhip: Optional[str] = None\n", False),
        ("cuda: Optional[str] = '13.0'\nhip: Optional[str] = None\n", True),
        ("cuda = '12.8'\n", True),
        ("__version__ = '9.0'\n", True),
    ],
)
def test_a_torch_that_was_built_for_cpus_finds_no_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: str, takes: bool
) -> None:
    (tmp_path / "version.py").write_text(built)
    torch = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: torch)
    gpus.torch_takes_nvidia.cache_clear()
    try:
        assert gpus.torch_takes_nvidia() is takes
    finally:
        gpus.torch_takes_nvidia.cache_clear()
