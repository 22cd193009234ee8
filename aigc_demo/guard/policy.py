"""What is not made here: words of a request, or of an answer, by the list of the level that the owner chose.

Knows lists in both languages and how people hide words from them: other forms of a letter, marks and blanks
between letters, digits for letters. Finds words, not meanings: a list misses what is said in others, and
finds what is harmless; ``docs/policy.md`` says how often, on a list of cases that lies beside the tests.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from aigc_demo.letters import one_form
from aigc_demo.types import UserError

Level = Literal["classroom", "default", "off"]
_CATEGORIES: dict[Level, tuple[str, ...]] = {
    "classroom": ("minors", "sexual", "self_harm", "weapons", "hate", "gore", "drugs", "profanity"),
    "default": ("minors", "sexual", "self_harm", "weapons", "hate"),
    "off": (),
}
"""What each level finds, the gravest first."""
_WORDS = Path(__file__).with_name("policy_words.json")
_UNSEEN = dict.fromkeys([0xAD, 0x34F, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x2060, 0x2070), 0xFEFF])
"""Characters that take no room: soft hyphens, joiners, directions."""
_DIGITS = tuple(str.maketrans("013457@$", f"o{one}eastas") for one in "il")
"""Digits and signs for letters; a one is an i or an l."""
_STROKE = re.compile(r"(?<=[^\W_])[!|](?=[^\W_])")
_HAN = "\u3400-\u9fff\uf900-\ufaff"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])[^\w{_HAN}]{{1,3}}(?=[{_HAN}])|(?<=[{_HAN}])_{{1,3}}(?=[{_HAN}])")
_SPELT = tuple(
    re.compile(rf"(?<![^\W_])[^\W\d_](?:[{signs}]{{1,3}}[^\W\d_](?![^\W_])){{2,}}")
    for signs in (r".\-_*+/·", r" .\-_*+/·")
)
"""A word in single letters: parted by signs, then by blanks as well, which a single word may stand before."""
_SIGNS = re.compile(r"[ .\-_*+/·]{1,3}")


@dataclass(frozen=True)
class Found:
    """A word that is not taken, as the list has it, and its category."""

    word: str
    category: str


def find(texts: Iterable[str], level: Level) -> Found | None:
    """The gravest word of the list in any of the texts, None where there is none."""
    forms = [form for text in texts for form in _forms(text)] if _CATEGORIES[level] else []
    for category in _CATEGORIES[level]:
        pattern = _patterns()[category]
        for form in forms:
            if (found := pattern.search(form)) is not None:
                return Found(found[0], category)
    return None


def check_request(texts: Iterable[str], level: Level) -> None:
    """Raise UserError 422 ``not_made_here``, naming the word, its category and what to do."""
    _refuse(find(texts, level), "error.policy.request")


def check_answer(texts: Iterable[str], level: Level) -> None:
    """The same for what a model wrote, which is then not kept."""
    _refuse(find(texts, level), "error.policy.answer")


def _refuse(found: Found | None, key: str) -> None:
    if found is not None:
        category = f"policy.{found.category}"
        raise UserError("not_made_here", key, status=422, word=found.word, category=(category,))


def _forms(text: str) -> tuple[str, ...]:
    """The text as it is read: plainly, with digits for letters, and with spelt words put together."""
    plain = one_form(text).translate(_UNSEEN).casefold()
    if not plain.isascii():
        apart = unicodedata.normalize("NFD", plain)
        plain = unicodedata.normalize(
            "NFC", "".join(char for char in apart if not "\u0300" <= char <= "\u036f")
        )
        plain = _BETWEEN_HAN.sub("", plain)
    plain = " ".join(plain.split())
    read = [plain, *(_STROKE.sub("i", plain.translate(digits)) for digits in _DIGITS)]
    joined = [pattern.sub(_joined, form) for form in read for pattern in _SPELT]
    return tuple(_harmless().sub(" ", form) for form in dict.fromkeys((*read, *joined)))


def _joined(found: re.Match[str]) -> str:
    return _SIGNS.sub("", found[0])


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    lists: dict[str, dict[str, list[str]]] = json.loads(_WORDS.read_text("utf-8"))
    return lists


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {category: _pattern(words) for category, words in _lists().items()}


def _harmless() -> re.Pattern[str]:
    """Words in which a listed one only stands by chance."""
    return _patterns()["harmless"]


def _pattern(words: dict[str, list[str]]) -> re.Pattern[str]:
    """One expression: English as whole words, also of several, Chinese wherever it stands."""
    english, chinese = (
        "|".join(re.escape(word) for word in sorted(words[language], key=len, reverse=True))
        for language in ("en", "zh")
    )
    return re.compile(rf"(?<![^\W_])(?:{english})s?(?![^\W_])|(?:{chinese})")
