"""Which files a Space needs: a list made from rules that name what is wanted.

Knows folders, endings and what the README links to. Knows nothing of the Hub. A folder minus patterns
would send whatever nobody thought of (a key, a cache, an environment); what no rule names stays here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aigc_demo.types import UserError

MOST_BYTES = 150_000_000
"""More than this is not sent: a Space that is duplicated or woken fetches all of it."""

HELD_OUT = "held_out.json"
"""What a model did not see in training: for who measures it anew."""
ALONE = ("app.py", "requirements.txt", "LICENSE", "NOTICE")
CARD = "README.md"
_PAGES = ("README.zh-CN.md",)
_LINK = re.compile(r"\]\(\s*([^)\s#]+)")


@dataclass(frozen=True)
class Rule:
    """Files of a folder that end in one of ``endings``, folders named in ``without`` left out."""

    folder: str
    endings: frozenset[str]
    without: frozenset[str] = frozenset()


RULES = (
    Rule(
        "aigc_demo",
        frozenset({".py", ".json", ".html", ".svg", ".txt", ".npz", ".c", ".h"}),
        frozenset({"aigc_demo/training", "aigc_demo/drawing"}),  # how models and pictures came to be
    ),
    Rule(
        "assets",
        frozenset({".json", ".md", ".txt", ".csv", ".js", ".css", ".svg", ".png", ".webp"})
        | {".npz", ".ogg", ".wav", ".mp4", ".mid", ".musicxml", ".abc", ".LICENSE"},
        frozenset({"assets/models"}),
    ),
    # without the sheets of samples that stand beside the cards: they are for who reads the repository
    Rule("assets/models", frozenset({".safetensors", ".sf3", ".json", ".npz", ".md", ".txt"})),
)
_DOCS = Rule("docs", frozenset({".md", ".png", ".webp", ".svg", ".jpg"}))


@dataclass(frozen=True)
class Wanted:
    """One file to send: its address in the Space and its size in bytes; ``source`` lies on this machine."""

    path: str
    source: Path
    size: int


def wanted(root: Path) -> tuple[Wanted, ...]:
    """Every file that a Space needs, by address; the card itself is checked and read elsewhere.

    Raises:
        UserError: the app's own files are not all there, or they are too many bytes together.
    """
    missing = [name for name in (*ALONE, CARD, "aigc_demo", "assets") if not (root / name).exists()]
    if missing:
        raise UserError("space_incomplete", "error.space_incomplete", folder=str(root), name=missing[0])
    paths = {*ALONE, *(path for rule in RULES for path in _files(root, rule)), *_linked(root)}
    found = [_one(root, path) for path in sorted(paths)]
    total = sum(file.size for file in found)
    if total > MOST_BYTES:
        largest = max(found, key=lambda file: file.size)
        raise UserError(
            "space_too_large",
            "error.space_too_large",
            status=413,
            total_mb=-(-total // 1_000_000),
            limit_mb=MOST_BYTES // 1_000_000,
            name=largest.path,
            size_mb=round(largest.size / 1e6, 1),
        )
    return tuple(found)


def _one(root: Path, path: str) -> Wanted:
    return Wanted(path, root / path, (root / path).stat().st_size)


def _files(root: Path, rule: Rule) -> Iterator[str]:
    """Addresses of a rule's files. Links and hidden names lead elsewhere than the folder says: never."""
    for folder, subfolders, names in os.walk(root / rule.folder):
        here = Path(folder).relative_to(root)
        subfolders[:] = [
            name
            for name in subfolders
            if not name.startswith((".", "__"))
            and (here / name).as_posix() not in rule.without
            and not (root / here / name).is_symlink()
        ]
        for name in names:
            if _fits(rule, name) and not (root / here / name).is_symlink():
                yield (here / name).as_posix()


def _fits(rule: Rule, name: str) -> bool:
    return not name.startswith(".") and name != HELD_OUT and Path(name).suffix in rule.endings


def _linked(root: Path) -> set[str]:
    """What the card leads to, page by page, so that no link of the Space's is dead."""
    found: set[str] = set()
    pages = [CARD]
    allowed = {*_files(root, _DOCS), *(name for name in _PAGES if (root / name).is_file())}
    while pages:
        page = pages.pop()
        for target in _LINK.findall((root / page).read_text("utf-8")):
            path = os.path.normpath(Path(page).parent / target).replace(os.sep, "/")
            if path in allowed and path not in found:
                found.add(path)
                pages += [path] if path.endswith(".md") else []
    return found
