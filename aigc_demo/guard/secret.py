"""The installation's secret: chosen by its owner, or made once and kept in the data folder.

Knows how it is stored so that no crash leaves half of one and no two processes get two. Knows nothing
of what it signs.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from aigc_demo.types import UserError

SHORTEST = 32
"""Characters; with fewer a signature could be guessed, or the file was cut off."""


def load_secret(configured: str | None, data: Path, bucket: Path | None = None) -> str:
    """What ``AIGC_SECRET`` says, else what the file ``secret`` holds, made here if there is none (mode 0600).

    A mounted ``bucket`` keeps a copy, from which a new disk takes it: else nobody would be who they were, and
    the history that the bucket keeps would be nobody's.

    Raises:
        UserError: ``secret_too_short``, for what has under :data:`SHORTEST` characters.
    """
    if configured:
        return _checked(configured, "AIGC_SECRET")
    path = data / "secret"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(path, _kept(bucket))
    if bucket is not None and bucket.is_dir() and _kept(bucket) is None:
        (bucket / "secret").write_bytes(path.read_bytes())  # whole at once: no other program reads it yet
    return _checked(path.read_text("utf-8", errors="replace"), str(path))


def _checked(text: str, where: str) -> str:
    text = text.strip()
    if len(text) < SHORTEST:
        raise UserError(
            "secret_too_short", "error.secret_too_short", where=where, length=len(text), least=SHORTEST
        )
    return text


def _kept(bucket: Path | None) -> str | None:
    """The bucket's copy; None where there is none, or one that was torn."""
    if bucket is None:
        return None
    try:
        text = (bucket / "secret").read_text("utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    return text if len(text) >= SHORTEST else None


def _make(path: Path, text: str | None) -> None:
    """Write ``text`` or a new secret beside its place, and put it there whole unless another was first."""
    descriptor, name = tempfile.mkstemp(prefix="secret-", dir=path.parent)  # mode 0600
    written = Path(name)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text or secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        _place(written, path)
    finally:
        written.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _place(written: Path, path: Path) -> None:
    try:
        path.hardlink_to(written)
    except FileExistsError:
        return
    except OSError:  # this file system has no links; whoever comes second overwrites
        if not path.exists():
            written.replace(path)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    with contextlib.suppress(OSError):  # some file systems know no such thing
        os.fsync(descriptor)
    os.close(descriptor)
