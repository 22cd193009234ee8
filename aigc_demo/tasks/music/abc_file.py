"""An ABC file as lines: which of them are a tune's, and which hold for all tunes of the file.

Knows file headers, tunes, blocks of text and continued lines. Knows no field's meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aigc_demo.tasks.music.encodings import decoded

FIELD = re.compile(r"[A-Za-z]:(?![|:])")
"""A line that is a field; ``E:|`` is a note before a repeat sign."""
_CHARSET = "abc-charset"
_SMALL_KANA = frozenset("ぁぃぅぇぉゃゅょァィゥェォャュョ")


@dataclass(frozen=True)
class AbcFile:
    """``header`` holds for every tune, ``tune`` is the first of ``tunes``, 0 without ``X:``."""

    header: tuple[str, ...]
    tune: tuple[str, ...]
    tunes: int


def opened(data: bytes) -> AbcFile:
    """The first tune of a file, and what stands before it."""
    lines = _without_blocks(_text(data).replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    starts = [number for number, line in enumerate(lines) if line[:2] == "X:"]
    if not starts:
        # pasted without a number: all of it, blank lines or not, is one tune
        return AbcFile((), tuple(line for line in lines if line.strip()), 0)
    header: list[str] = []
    for line in lines[: starts[0]]:
        if not line.strip() and header:
            break
        if line.startswith("%") or FIELD.match(line):
            header.append(line)
    tune: list[str] = []
    for line in lines[starts[0] :]:
        if not line.strip():
            break
        tune.append(line)
    return AbcFile(tuple(header), tuple(tune), len(starts))


def _text(data: bytes) -> str:
    head = data[:2000]
    at = head.find(_CHARSET.encode())
    words = head[at + len(_CHARSET) :].split(maxsplit=1)[:1] if at >= 0 else []
    return decoded(data, words[0].decode("latin-1") if words else "")


def _without_blocks(lines: Iterable[str]) -> list[str]:
    """Lines outside of ``%%begintext`` .. ``%%endtext`` and blocks like it; what is continued is one line."""
    kept: list[str] = []
    inside = ""
    for line in lines:
        if inside:
            inside = "" if line.startswith(f"%%end{inside}") else inside
        elif line.startswith("%%begin"):
            inside = line[7:].split(maxsplit=1)[0] if line[7:].split() else "text"
        elif line.startswith("+:") and kept:
            kept[-1] += " " + line[2:].strip()
        else:
            kept.append(line)
    return kept


def without_comment(line: str) -> str:
    """The line up to a ``%`` that nothing escapes."""
    at = line.find("%")
    while at > 0 and line[at - 1] == "\\":
        at = line.find("%", at + 1)
    return line if at < 0 else line[:at]


def body_begins(line: str) -> bool:
    """Whether a line that is no field looks like music."""
    return "|" in line and any(letter in "abcdefgABCDEFGzx" for letter in line)


def syllables(text: str) -> Iterator[str]:
    """The words of a ``w:`` line, one for each note: ``*``, ``_`` and ``|`` too; Chinese by characters."""
    word = ""

    def flush() -> Iterator[str]:
        nonlocal word
        if word.strip("~"):
            yield word.replace("~", " ").replace("\0", "-")
        word = ""

    for char in text.replace("\\-", "\0").replace("\\", ""):
        if char in "*_|":
            yield from flush()
            yield char
        elif char == "-":
            yield from flush() if word else iter("-")
        elif char.isspace():
            yield from flush()
        elif _stands_alone(char):
            if word and not word.endswith("~") and not _opens(word):
                yield from flush()
            word += char
        elif word and _stands_alone(word[-1]) and char.isalnum():
            yield from flush()
            word = char
        else:
            word += char
    yield from flush()


def _stands_alone(char: str) -> bool:
    """A character that is a syllable by itself: Chinese, kana, hangul."""
    if "\u3041" <= char <= "\u30fa":
        return char not in _SMALL_KANA
    return (
        "\u3400" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" or "\U00020000" <= char <= "\U0003ffff"
    )


def _opens(word: str) -> bool:
    """Whether there is nothing but opening marks: they go with the character after them."""
    return not any(char.isalnum() for char in word)
