"""Looking for words in raw bytes, in every form in which a program might have written them.

Knows files. Knows nothing of what writes them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote


def forms(word: str) -> set[bytes]:
    """``word`` as bytes: plain, escaped, in hexadecimal, and the middle of it in base 64."""
    plain = word.encode()
    found = {plain, word.casefold().encode(), word.upper().encode(), plain.hex().encode()}
    found |= {word.encode(code) for code in ("utf-16-le", "utf-16-be")}
    found |= {json.dumps(word)[1:-1].encode(), quote(word).encode()}
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + plain)
        found.add(whole[4 if before else 0 : len(whole) // 4 * 4 - 4])  # the ends depend on the neighbours
    return {form for form in found if len(form) >= 6}


def traces(folder: Path, words: Iterable[str]) -> list[str]:
    """Which file below ``folder`` holds which word, in its bytes or its name."""
    needles = {word: forms(word) for word in words}
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.name.encode() + b"\n" + path.read_bytes()
        found += [
            f"{path.relative_to(folder)}: {word}" for word, all_of in needles.items() if _any(all_of, data)
        ]
    return found


def _any(needles: set[bytes], data: bytes) -> bool:
    return any(needle in data for needle in needles)
