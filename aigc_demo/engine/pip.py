"""Which pip fetches: the environment's own, or the one that Python carries for new environments.

Knows where a pip may be and what versions of it can do. Knows nothing of what is fetched.

An environment made by uv or with ``--without-pip`` has no pip; nearly every Python still carries its wheel
(ensurepip), and pip runs straight out of a wheel. So nothing is installed into an environment of the owner's.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from aigc_demo.engine.commands import NotAvailableError

_RAW_PROGRESS = (24, 1)
_PATIENCE = 60


@dataclass(frozen=True)
class Pip:
    """A pip that runs: the command that starts it, and its version."""

    command: tuple[str, ...]
    version: tuple[int, ...]

    @property
    def tells_bytes(self) -> bool:
        """Whether it knows ``--progress-bar=raw``, lines with the bytes that have arrived."""
        return self.version >= _RAW_PROGRESS


def find() -> Pip:
    """The first pip that answers.

    Raises:
        NotAvailableError: ``no_pip`` where there is none.
    """
    carried = ((sys.executable, str(wheel / "pip")) for wheel in _carried())
    candidates = [(sys.executable, "-m", "pip"), *carried]
    for command in candidates:
        version = _ask(command)
        if version is not None:
            return Pip(command, version)
    tried = ", ".join(" ".join(command) for command in candidates)
    raise NotAvailableError(f"no pip answers; tried {tried}", "no_pip")


def _ask(command: tuple[str, ...]) -> tuple[int, ...] | None:
    """The version that this pip tells, None where it does not run."""
    try:
        said = subprocess.run(
            [*command, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    metrics = re.match(r"pip (\d+(?:\.\d+)*)", said)
    return tuple(int(part) for part in metrics[1].split(".")) if metrics else None


def _carried() -> list[Path]:
    """Wheels of pip that come with Python, where ensurepip looks; the system's Python may lend its own."""
    folders = []
    if chosen := sysconfig.get_config_var("WHEEL_PKG_DIR"):
        folders.append(Path(chosen))
    ensurepip = importlib.util.find_spec("ensurepip")
    if ensurepip is not None and ensurepip.origin is not None:
        folders.append(Path(ensurepip.origin).with_name("_bundled"))
    folders.append(Path("/usr/share/python-wheels"))
    return [wheel for folder in folders for wheel in sorted(folder.glob("pip-*.whl"))]
