"""People, places, organisations, times and numbers in a text.

Knows how names look in English, and what an analyser of Chinese words says. In English nothing is looked up:
a name is what is written with capitals, whoever it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from aigc_demo.language.lexical import Word
from aigc_demo.language.sentences import sentences

Kind = Literal["person", "place", "organisation", "time", "number", "name"]
KINDS: tuple[Kind, ...] = ("person", "place", "organisation", "time", "number", "name")

_OF_TAG: dict[str, Kind] = {
    "PER": "person", "LOC": "place", "ORG": "organisation", "TIME": "time", "m": "number"
}  # fmt: skip
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)"
)
_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_TIME = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}(?: \d{{4}})?|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?"
    rf"|{_MONTH} \d{{4}}|(?:next |last )?{_DAY}|\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}:\d{{2}}(?: ?[ap]\.?m\.?)?"
    r"|\d{1,2} ?[ap]m|(?:1[5-9]|20)\d{2}(?= |[.,;]|$)|today|tomorrow|yesterday|noon|midnight)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[$€£¥]?\d[\d,]*(?:\.\d+)?(?: ?%| (?:million|billion|thousand|per cent|percent))?")
_WORD = (
    r"(?!(?:The|A|An|In|On|At|From|To|And|But|If|When|Mr|Mrs|Ms|Dr|Prof|Sir|Lady|I)\b)[A-Z][A-Za-zÀ-ɏ'’-]*+"
)
_NAME = re.compile(rf"(?<![A-Za-z0-9]){_WORD}(?: (?:(?:of|the|de|von|van) )?+{_WORD})*+")
_ORGANISATION = re.compile(
    r"\b(?:Inc|Ltd|LLC|Corp|Company|Bank|University|School|College|Council|Ministry|Institute|Museum|Hospital"
    r"|Party|Union|Association|Committee|Agency|Department)\b"
)
_TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|Sir|Lady|President|Mayor)\.? $")
_PLACED = re.compile(r"\b(?:in|at|from|near|to) $")
_HAN = re.compile(r"[\u3400-\u9fff]")

Analyser = Callable[[str], Sequence[Word]]


@dataclass(frozen=True)
class Entity:
    """What stands at ``text[start:end]``, and of which kind it is."""

    kind: Kind
    start: int
    end: int


def entities(text: str, analyser: Analyser) -> list[Entity]:
    """The entities of a text in order, none within another; where two overlap the first of them counts.

    Args:
        text: in Chinese, English or both.
        analyser: tells the words of Chinese and what each is.
    """
    chinese = [
        Entity(_OF_TAG[word.tag], word.start, word.end)
        for word in (analyser(text) if _HAN.search(text) else ())
        if word.tag in _OF_TAG and _counts(text[word.start : word.end], word.tag)
    ]
    return _apart([*chinese, *_english(text)])


def _counts(said: str, tag: str) -> bool:
    """Latin letters are the rules' business: the network guesses there."""
    return bool(_HAN.search(said)) or (tag in ("TIME", "m") and any(char.isdigit() for char in said))


def _english(text: str) -> list[Entity]:
    found = [Entity("time", one.start(), one.end()) for one in _TIME.finditer(text)]
    found += [Entity("number", one.start(), one.end()) for one in _NUMBER.finditer(text)]
    begins = {one.start for one in sentences(text)}
    for one in _NAME.finditer(text):
        single = " " not in one[0]
        if single and (one.start() in begins or len(one[0]) == 1):
            continue  # any word is written so there
        found.append(Entity(_kind_of(one[0], text[: one.start()][-12:]), one.start(), one.end()))
    return found


def _kind_of(name: str, before: str) -> Kind:
    if _ORGANISATION.search(name):
        return "organisation"
    if _TITLE.search(before):
        return "person"
    return "place" if _PLACED.search(before) else "name"


def _apart(found: Iterable[Entity]) -> list[Entity]:
    """In order, without what overlaps something before it; the longer of two that begin together."""
    kept: list[Entity] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept
