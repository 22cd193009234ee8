"""The NVIDIA GPU that this program computes on, as its driver tells of it.

Knows NVML and what ``CUDA_VISIBLE_DEVICES`` means. Knows nothing of models. Imports no torch: the page asks.
"""

from __future__ import annotations

import contextlib
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any


@cache
def memory(visible: str | None) -> int | None:
    """Bytes of memory of the first GPU that this program may use; None where there is none.

    Args:
        visible: ``CUDA_VISIBLE_DEVICES``: numbers, or beginnings of UUIDs, separated by commas; what comes
            after the first that names no GPU is not seen. None stands for all.
    """
    if not torch_takes_nvidia():
        return None
    try:
        import pynvml  # type: ignore[import-untyped]
    except ImportError:
        return None
    try:
        with _driver(pynvml):
            device = _first(pynvml, visible)
            return None if device is None else int(pynvml.nvmlDeviceGetMemoryInfo(device).total)
    except pynvml.NVMLError:  # no driver, or one that does not tell
        return None


@contextlib.contextmanager
def _driver(nvml: Any) -> Iterator[None]:
    nvml.nvmlInit()
    try:
        yield
    finally:
        nvml.nvmlShutdown()


def _first(nvml: Any, visible: str | None) -> Any:
    """The handle of CUDA's device 0."""
    name = "0" if visible is None else visible.split(",")[0].strip()
    if re.fullmatch(r"\d+", name):
        return nvml.nvmlDeviceGetHandleByIndex(int(name)) if int(name) < nvml.nvmlDeviceGetCount() else None
    if name.startswith("MIG-"):  # a part of a GPU
        return nvml.nvmlDeviceGetHandleByUUID(name)
    if not name.startswith("GPU-"):
        return None
    devices = (nvml.nvmlDeviceGetHandleByIndex(number) for number in range(nvml.nvmlDeviceGetCount()))
    return next((device for device in devices if nvml.nvmlDeviceGetUUID(device).startswith(name)), None)


@cache
def torch_takes_nvidia() -> bool:
    """Whether the installed torch was built for NVIDIA's GPUs: its build for CPUs finds none."""
    torch = importlib.util.find_spec("torch")
    if torch is None or torch.origin is None:
        return False
    try:
        built = Path(torch.origin).with_name("version.py").read_text("utf-8")
    except OSError:
        return True
    return re.search(r"^cuda\b.*= *None", built, re.MULTILINE) is None
