"""The compiled step: C translated on this machine when it is first needed, and kept as a file.

Knows compilers and what CPU this is. Knows nothing of what the code computes.

The code needs no C library and no headers but the compiler's own, and computes the same bits whichever of GCC
and Clang translated it. Where there is no compiler, or an x86 CPU lacks AVX2, there is no compiled step, and
callers do without.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
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
_FLAGS_OF_GCC = ["-fno-tree-reassoc", "-fno-tree-ter"]
"""GCC would otherwise keep all products of a block until it adds them, and has not the registers for that:
reading a prompt takes half as long again."""
_LIMIT = 120
_log = logging.getLogger(__name__)

Compilers = Callable[[], Iterable[Sequence[str]]]
"""Commands of C compilers, each perhaps fetched only when it is asked for."""


def system_compilers() -> Iterator[Sequence[str]]:
    """The command of the system's own C compiler, if there is one."""
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if found is not None:
        yield (found,)


def library(folder: Path, compilers: Compilers | None = None) -> ctypes.CDLL | None:
    """The compiled step out of ``folder``, put there if it is missing; None where there can be none.

    Args:
        folder: where it is kept.
        compilers: commands to try one after another; asked only where the step is missing. By default
            :func:`system_compilers`.
    """
    target = _target()
    if target is None:
        return None
    path = folder / f"step-{platform.machine()}-{_digest(target)}.so"
    if not path.exists() and not _compiled(compilers or system_compilers, target, path):
        return None
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        _log.warning("The compiled step cannot be loaded; a slower way is taken. %s", error)
        return None


def _target() -> list[str] | None:
    """Flags for this CPU's family, not for this very CPU: the file may be found by another one later."""
    if sys.platform == "win32":
        return None
    # sched_yield is the system's and found when the step is loaded; only Apple's linker must be told so.
    linking = ["-Wl,-undefined,dynamic_lookup"] if sys.platform == "darwin" else []
    if platform.machine() == "x86_64":
        quick = all(cpu_features[name] for name in ("AVX2", "FMA3", "F16C"))
        return ["-mavx2", "-mfma", "-mf16c", *linking] if quick else None
    return linking


def _digest(target: list[str]) -> str:
    """Changes with the code and with how it is translated."""
    parts = [path.read_bytes() for path in sorted(_SOURCES.iterdir())]
    parts.append(" ".join([*_FLAGS, *_FLAGS_OF_GCC, *target]).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _compiled(compilers: Compilers, target: list[str], path: Path) -> bool:
    """Translate the step by the first compiler that can; whether there was one."""
    for compiler in compilers():
        try:
            _compile(compiler, target, path)
            return True
        except (OSError, subprocess.SubprocessError) as error:
            _log.warning("%s could not compile the quick text decoder. %s", " ".join(compiler), error)
    return False


def _is_gcc(compiler: Sequence[str]) -> bool:
    """Clang calls itself clang, under whatever name it is found."""
    said = subprocess.run(
        [*compiler, "--version"], capture_output=True, text=True, timeout=_LIMIT, check=True
    )
    return "clang" not in said.stdout.lower()


def _compile(compiler: Sequence[str], target: list[str], path: Path) -> None:
    """Translate the step; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as room:
        result = Path(room) / path.name
        # Zig would keep its own copies in the user's home.
        around = ["env", f"ZIG_GLOBAL_CACHE_DIR={room}", f"ZIG_LOCAL_CACHE_DIR={room}"]
        flags = [*_FLAGS, *(_FLAGS_OF_GCC if _is_gcc(compiler) else ()), *target]
        command = [*around, *compiler, *flags, str(_SOURCES / "step.c"), "-o", str(result)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT, check=False)
        if done.returncode:
            raise OSError(done.stderr[-2000:])
        result.replace(path)
    for older in set(path.parent.glob(f"step-{platform.machine()}-*.so")) - {path}:
        older.unlink(missing_ok=True)  # whoever runs it keeps it
