"""The compiled step: C translated on this machine when it is first needed, and kept as a file.

Knows compilers and what CPU this is. Knows nothing of what the code computes.

A compiler comes with the app as a package (Zig's, which is Clang); where that is missing, the system's is
asked. The code needs no C library and no headers but the compiler's own. Where there is no compiler, or an
x86 CPU lacks AVX2, there is no compiled step, and callers do without.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import logging
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from numpy._core._multiarray_umath import (  # type: ignore[import-not-found]
    __cpu_features__ as cpu_features,
)

_SOURCES = Path(__file__).with_name("native")
_FLAGS = [
    *("-O3", "-std=gnu11", "-shared", "-fPIC", "-ffreestanding", "-nostdlib", "-fvisibility=hidden"),
    # The same sum must be rounded alike wherever it is written.
    *("-ffp-contract=off", "-fno-math-errno"),
]
_LIMIT = 120
_log = logging.getLogger(__name__)


def library(folder: Path) -> ctypes.CDLL | None:
    """The compiled step out of ``folder``, put there if it is missing; None where there can be none."""
    target = _target()
    if target is None:
        return None
    path = folder / f"step-{platform.machine()}-{_digest(target)}.so"
    try:
        if not path.exists():
            compiler = _compiler()
            if compiler is None:
                return None
            _compile(compiler, target, path)
        return ctypes.CDLL(str(path))
    except (OSError, subprocess.SubprocessError) as error:
        _log.warning("The quick text decoder could not be compiled; a slower one is used. %s", error)
        return None


def _target() -> list[str] | None:
    """Flags for this CPU's family, not for this very CPU: the file may be found by another one later."""
    if sys.platform == "win32":
        return None
    if platform.machine() == "x86_64":
        quick = all(cpu_features[name] for name in ("AVX2", "FMA3", "F16C"))
        return ["-mavx2", "-mfma", "-mf16c"] if quick else None
    return []


def _digest(target: list[str]) -> str:
    """Changes with the code and with how it is translated."""
    parts = [path.read_bytes() for path in sorted(_SOURCES.iterdir())]
    parts.append(" ".join([*_FLAGS, *target]).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _compiler() -> list[str] | None:
    if importlib.util.find_spec("ziglang") is not None:
        return [sys.executable, "-m", "ziglang", "cc"]
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    return None if found is None else [found]


def _compile(compiler: list[str], target: list[str], path: Path) -> None:
    """Translate the step; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as room:
        made = Path(room) / path.name
        # Zig would keep its own copies in the user's home.
        around = ["env", f"ZIG_GLOBAL_CACHE_DIR={room}", f"ZIG_LOCAL_CACHE_DIR={room}"]
        command = [*around, *compiler, *_FLAGS, *target, str(_SOURCES / "step.c"), "-o", str(made)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT, check=False)
        if done.returncode:
            raise OSError(done.stderr[-2000:])
        made.replace(path)
    for older in set(path.parent.glob(f"step-{platform.machine()}-*.so")) - {path}:
        older.unlink(missing_ok=True)  # whoever runs it keeps it
