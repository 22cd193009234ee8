"""Where a model goes: device, number format, and what to do where it does not fit.

Knows this machine (cores, memory, accelerators), the owner's budget and the five placement policies.
Knows nothing of how a model is loaded: pipelines read the :class:`Placement`. Imports torch only
where an accelerator is really asked, so that the page can ask :func:`fits` without it.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import platform
import sys
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from aigc_demo import catalog
from aigc_demo.engine import gpus, memory
from aigc_demo.engine.memory import GB
from aigc_demo.settings import Settings
from aigc_demo.types import ModelSpec, Placement, Problem, UserError

log = logging.getLogger(__name__)

LENT_BYTES = 40 * GB
"""Of a ZeroGPU for models: with more on it a call costs the visitor twice."""
OFFLOAD_LIMIT = 8.0
"""A model may be this many times larger than the budget and still run from disk, slowly."""


# -- the machine ----------------------------------------------------------------------------------


@cache
def cores() -> int:
    """CPU cores this process may use: its affinity, and the container's quota where there is one."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        count = min(count, max(1, int(quota) // int(period)))
    except (OSError, ValueError):  # no cgroup v2, or "max": no quota
        pass
    return max(1, count)


def threads(settings: Settings) -> int:
    """CPU threads for one job, so that all lanes together just fill the cores."""
    return max(1, cores() // settings.slot_count)


def accelerator(settings: Settings) -> str:
    """The kind of device that computes: ``cuda``, ``mps`` or ``cpu``."""
    if settings.zero_gpu:
        return "cuda" if gpu_list(settings) else "cpu"
    if settings.device != "auto":
        return settings.device
    if gpus.memory(settings.visible_gpus) is not None:
        return "cuda"
    return "mps" if sys.platform == "darwin" and platform.machine() == "arm64" else "cpu"


@cache
def _half_of_free() -> int:
    return memory.available() // 2


def budget(settings: Settings) -> int:
    """Bytes of RAM that all loaded models together may take."""
    return int(settings.memory_gb * GB) if settings.memory_gb is not None else _half_of_free()


def gpu_budget(settings: Settings) -> int:
    """Bytes of accelerator memory for models: nine tenths of what there is."""
    if settings.zero_gpu:
        return LENT_BYTES
    if accelerator(settings) == "mps":  # unified memory: the same budget
        return budget(settings)
    known = gpus.memory(settings.visible_gpus)
    return int(known * 0.9) if known is not None else 0


# -- placing --------------------------------------------------------------------------------------


def need(spec: ModelSpec) -> int:
    """Bytes that the model needs when loaded."""
    return int(spec.memory_gb * GB)


def place(spec: ModelSpec, settings: Settings) -> Placement:
    """Where this model goes on this machine.

    Raises:
        UserError: ``model_too_large`` where it fits nowhere, not even in parts.
    """
    problem = fits(spec, settings)
    if problem is not None:
        raise UserError(problem.code, problem.key, status=503, field=problem.field, **problem.values)
    device = _device(spec, settings)
    if settings.zero_gpu and device == "cuda":
        return Placement("zerogpu", "cuda", _dtype("cuda", spec))
    if device != "cpu" and need(spec) <= gpu_budget(settings):
        return Placement("gpu", device, _dtype(device, spec))
    if device == "cuda" and spec.offloads and need(spec) <= budget(settings):
        return Placement("gpu_small", device, _dtype(device, spec))
    if need(spec) <= budget(settings):
        return Placement("cpu", "cpu", _dtype("cpu", spec))
    return _from_disk(spec, settings)


def _device(spec: ModelSpec, settings: Settings) -> str:
    """The kind of device that computes this model: a lent GPU takes those of its list only."""
    if settings.zero_gpu:
        return "cuda" if spec in gpu_list(settings) else "cpu"
    return accelerator(settings)


def gpu_list(settings: Settings) -> tuple[ModelSpec, ...]:
    """The models that borrow a ZeroGPU Space's GPU: those of the setting that fit on it together.

    Only what comes from the Hub may be on it: our own models need no GPU. Empty where no GPU is lent.
    """
    return _chosen(settings) if settings.zero_gpu else ()


@lru_cache(maxsize=8)
def _chosen(settings: Settings) -> tuple[ModelSpec, ...]:
    known = catalog.of(settings).models
    chosen: list[ModelSpec] = []
    for name in filter(None, map(str.strip, settings.gpu_models.split(","))):
        spec = known.get(name)
        if spec is None or spec.tier != "hub" or spec.needs or spec.trains:
            log.warning("%s is no model for a GPU: it is left out of the list.", name)
        elif sum(map(need, chosen)) + need(spec) > LENT_BYTES:
            log.warning("%s does not fit on the GPU beside the others: it is left out of the list.", name)
        elif spec not in chosen:
            chosen.append(spec)
    return tuple(chosen)


def fits(spec: ModelSpec, settings: Settings) -> Problem | None:
    """None where this machine can run the model, else why not, with figures and a smaller model."""
    if package := next((name for name in spec.needs if not _has(name)), None):
        return Problem(
            "extra_missing", "error.extra_missing", {"name": spec.name, "package": package}, "model"
        )
    room = max(budget(settings), gpu_budget(settings) if _device(spec, settings) != "cpu" else 0)
    if need(spec) <= room * (OFFLOAD_LIMIT if spec.offloads else 1.0):
        return None
    smaller = _smaller(spec, room, settings)
    values: dict[str, Any] = {"name": spec.name, "needs_gb": _figure(need(spec)), "has_gb": _figure(room)}
    if smaller is None:
        return Problem("model_too_large", "error.model_too_large_alone", values, "model")
    return Problem("model_too_large", "error.model_too_large", values | {"suggestion": smaller.name}, "model")


def _has(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def shrink(placement: Placement, spec: ModelSpec, settings: Settings) -> Placement | None:
    """A placement that takes less of the scarce memory, for one more try after it ran out."""
    if not spec.offloads or placement.policy in ("ram_small", "zerogpu"):
        return None
    if placement.policy == "gpu":
        return Placement("gpu_small", placement.device, placement.dtype)
    return _from_disk(spec, settings)


def _from_disk(spec: ModelSpec, settings: Settings) -> Placement:
    """Parts that do not fit stay on disk and are read when their turn comes.

    A third of the room is left for what is not weights, and for the part that is being read.
    """
    room = min(budget(settings), need(spec)) * 2 // 3
    folder = settings.model_cache / spec.id / "offload"
    return Placement("ram_small", "cpu", _dtype("cpu", spec), {"cpu": room}, folder)


def _smaller(spec: ModelSpec, room: int, settings: Settings) -> ModelSpec | None:
    """The largest listed model of the same task that fits without anything to install."""
    try:
        others = catalog.of(settings).listed(spec.task)
    except UserError:
        return None
    others = [other for other in others if other.id != spec.id and not other.needs]
    fitting = [other for other in others if need(other) <= room]
    return max(fitting, key=need, default=None)


def _figure(count: int) -> str:
    return f"{count / GB:.1f}".removesuffix(".0")


def _dtype(device: str, spec: ModelSpec) -> str:
    """The number format: float32 on a CPU, where half formats save no time in plain kernels.

    Large models are the exception on a CPU that computes in bfloat16. Elsewhere it is the
    accelerator's own half format.
    """
    if device == "cpu":
        return "bfloat16" if spec.tier == "hub" and _cpu_has_bfloat16() else "float32"
    if device == "cuda":
        return "bfloat16" if _cuda_has_bfloat16() else "float16"
    return "float16"


@cache
def _cpu_has_bfloat16() -> bool:
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


@cache
def _cuda_has_bfloat16() -> bool:
    import torch

    return bool(torch.cuda.is_available() and torch.cuda.is_bf16_supported())


# -- running out ----------------------------------------------------------------------------------

_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "cannot allocate memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on whichever device: torch says it in several ways.

    ``torch.OutOfMemoryError`` is a RuntimeError that says so too.
    """
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError | OSError) and any(
        words in str(error).lower() for words in _OUT_OF_MEMORY
    )
