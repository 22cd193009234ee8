"""The LoRA files that the owner of this server has put in place, by name.

Knows one folder and which names a wish may use. No path leaves here but to the model that loads the file.
"""

from __future__ import annotations

import re
from pathlib import Path

from aigc_demo.settings import Settings

LONGEST = 100
_NAME = re.compile(r"\w[\w .-]*")


def is_name(text: str) -> bool:
    """Whether a wish may call a LoRA so: letters, digits, spaces, dots and dashes."""
    return len(text) <= LONGEST and _NAME.fullmatch(text) is not None


def files(folder: Path | None) -> dict[str, Path]:
    """The files by their names, in alphabetical order; those with other names are left out."""
    if folder is None or not folder.is_dir():
        return {}
    found = sorted(path for path in folder.glob("*.safetensors") if path.is_file())
    return {path.stem: path for path in found if is_name(path.stem)}


def names(settings: Settings) -> list[str]:
    """What the form offers."""
    return list(files(settings.image_loras))
