"""Memory as the system sees it: how much there is, how much this process holds, giving it back.

Knows /proc, cgroups and the C library's allocator. Knows nothing of models.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]

GB = 1_000_000_000
"""Gigabytes are decimal everywhere: in settings, in model declarations and on the page."""

_CGROUP = Path("/sys/fs/cgroup")


def rss() -> int:
    """Bytes of RAM that this process holds."""
    return int(psutil.Process().memory_info().rss)


def available() -> int:
    """Bytes that could be taken now without swapping, within the container's limit if there is one."""
    free = int(psutil.virtual_memory().available)
    limit, used = _number("memory.max", "memory/memory.limit_in_bytes"), _used_in_container()
    if limit is None or used is None:
        return free
    return max(0, min(free, limit - used))


def _used_in_container() -> int | None:
    """Memory in use in the cgroup, without file pages that the kernel would drop on demand."""
    used = _number("memory.current", "memory/memory.usage_in_bytes")
    if used is None:
        return None
    with contextlib.suppress(OSError, ValueError):
        for line in (_CGROUP / "memory.stat").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == "inactive_file":
                return max(0, used - int(value))
    return used


def _number(*names: str) -> int | None:
    for name in names:
        with contextlib.suppress(OSError, ValueError):
            return int((_CGROUP / name).read_text())  # "max" is no number: no limit
    return None


def give_back() -> None:
    """Collect garbage and hand free pages back to the system; a tenth of a second where torch is loaded."""
    gc.collect()
    cuda = sys.modules.get("torch.cuda")  # absent on most machines; not there yet while torch loads
    if cuda is not None and getattr(cuda, "is_initialized", bool)():
        cuda.empty_cache()
    trim()


def trim() -> None:
    """Hand free pages back to the system, in a few milliseconds and without holding up other threads.

    Python and torch free memory to the C library; glibc keeps small blocks until it is asked.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # musl has no malloc_trim
            ctypes.CDLL(None).malloc_trim(0)
