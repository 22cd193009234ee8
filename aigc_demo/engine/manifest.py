"""Knowing that a file on disk is the file that was meant: sha256 manifests, read once per change.

Knows a manifest's format and how to compare a folder with it. Knows nothing of where files come from.

A manifest is JSON: ``{"files": {"name": {"sha256": "...", "size": 123}}, ...}``; more keys may stand
beside ``files``. Hashing a gigabyte takes about a second, so what was found good is remembered by
time, size and inode and hashed again only when one of these has changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

NAME = "manifest.json"
_BLOCK = 1 << 20

Tick = Callable[[int], None]
"""Called with the bytes just read; may raise to stop."""


class DamagedFileError(Exception):
    """A file is not the one in the manifest; ``name`` is the file, ``why`` a word for the log."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


def sha256(path: Path, tick: Tick | None = None) -> str:
    """The hexadecimal sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            if tick is not None:
                tick(len(block))
    return digest.hexdigest()


def describe(folder: Path, names: Iterable[str] | None = None, tick: Tick | None = None) -> dict[str, Any]:
    """The ``files`` part of a manifest of these files, by default of all below the folder."""
    if names is None:
        names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return {
        name: {"sha256": sha256(folder / name, tick), "size": (folder / name).stat().st_size}
        for name in names
        if name != NAME
    }


def size(folder: Path) -> int:
    """Bytes of all files below a folder; files may come and go while we look."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(place) / name).stat().st_size
    return total


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file so that a crash leaves the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a JSON file, or None where it is missing or is none."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def files_of(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """File name -> {"sha256", "size"?}; a bare digest is understood too."""
    files = manifest.get("files", manifest)
    return {name: entry if isinstance(entry, dict) else {"sha256": entry} for name, entry in files.items()}


def remember(folder: Path, files: Mapping[str, Mapping[str, Any]], memo: Path) -> None:
    """Note that these files were just hashed, so that :func:`verify` need not do it again."""
    good = read_json(memo) or {}
    for name, entry in files.items():
        good[(folder / name).as_posix()] = _mark(folder / name, entry)
    write_json(memo, good)


def _mark(path: Path, entry: Mapping[str, Any]) -> list[Any]:
    """What must be unchanged for a file to count as hashed."""
    stat = path.stat()
    return [entry["sha256"], stat.st_mtime_ns, stat.st_size, stat.st_ino]


def verify(
    folder: Path, files: Mapping[str, Mapping[str, Any]], memo: Path, tick: Tick | None = None
) -> None:
    """Compare files with their manifest entries.

    Args:
        folder: where the names are looked up.
        files: name -> {"sha256", "size"?}.
        memo: a JSON file that remembers what was found good.
        tick: called while hashing.

    Raises:
        DamagedFileError: one is missing, of another size or of another content.
    """
    good = read_json(memo) or {}
    changed = False
    for name, entry in files.items():
        path = folder / name
        try:
            mark = _mark(path, entry)
        except OSError:
            raise DamagedFileError(name, "missing") from None
        if "size" in entry and mark[2] != entry["size"]:
            raise DamagedFileError(name, f"{mark[2]} bytes, not {entry['size']}")
        key = path.as_posix()
        if good.get(key) == mark:
            continue
        if sha256(path, tick) != entry["sha256"]:
            raise DamagedFileError(name, "other content")
        good[key] = mark
        changed = True
    if changed:
        write_json(memo, good)
