"""The key of an installation's mark in texts: made once and kept, readable by the server's user alone.

Knows one file. Knows nothing of texts or of who signs.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

NAME = "text-mark.key"
"""The file below the data folder."""
_BYTES = 32


def load(folder: Path) -> bytes:
    """The key kept in ``folder``, made there on first use.

    Raises:
        OSError: the folder cannot be read or written.
    """
    file = folder / NAME
    if not file.exists():
        handle, passing = tempfile.mkstemp(dir=folder, prefix=".mark-")
        try:
            with os.fdopen(handle, "wb") as target:
                target.write(secrets.token_bytes(_BYTES))
            with contextlib.suppress(FileExistsError):
                os.link(passing, file)  # whoever was first wins, and is read by all
        finally:
            Path(passing).unlink()
    return file.read_bytes()
