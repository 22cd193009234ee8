"""What is understood of a request for music, before it is composed and beside the piece.

Knows our own reader of descriptions, whose settings are all that a composer is told. What it does not find it
does not know, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from aigc_demo.tasks.music import describe
from aigc_demo.tasks.music.describe import Found
from aigc_demo.tasks.music.params import ChoraleParams
from aigc_demo.types import ModelSpec, Output, Reading, Term
from aigc_demo.types.readings import MOST_TERMS, shortened

_LATIN = re.compile(r"[a-z]++(?:['’-][a-z]++)*+", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u9fff]++")
_EMPTY_WORDS = (
    "a an the some my our in on at of for with and or by to as please compose write make play create "
    "generate give me us i want would like tune tunes piece melody music song songs something very really "
    "one short long bar bars key style it is that this from like about into mood feeling played playing "
    "solo"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())
_EMPTY_HAN = (
    "的一首支段曲个用来写作谱给我请要想有带和与在为把生成演奏点些很非常音乐子歌旋律风格关于那这听起小调"
)
_OPEN = ("auto", "off", "none", 0, False, "", None)
"""What a setting stands at that is left to the words."""


def read(values: Mapping[str, Any], spec: ModelSpec, _: Sequence[Mapping[str, str]]) -> Reading:
    """The settings that a description names; what of them this model does not take is left out."""
    prompt = str(values.get("prompt") or "")
    return _reading(prompt, spec, lambda found: found.field in spec.params.model_fields)


def account(params: ChoraleParams, outputs: Sequence[Output], spec: ModelSpec) -> Reading:
    """What of a description is in a piece: settings chosen in the form overrule words."""
    made = outputs[0].meta

    def stands(found: Found) -> bool:
        chosen = getattr(params, found.field, None)
        return found.field in spec.params.model_fields and (chosen in _OPEN or chosen == found.value)

    reading = _reading(params.prompt, spec, stands)
    left_out, understood = _of_the_file(params)
    reading = replace(reading, left_out=(*left_out, *reading.left_out), kept=(*understood, *reading.kept))
    if reading.kept or not made.get("key"):
        return reading
    drawn = Term(key="music.request.drawn", values={"scale": made["key"], "metre": made.get("metre", "")})
    return replace(reading, kept=(drawn,))


def _of_the_file(params: ChoraleParams) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """What of a given file is not in the piece, parts beside the melody too, and how it was understood."""
    if not params.start or params.action == "compose":
        return (), ()
    from aigc_demo.tasks.music import primer

    found = primer.of_the_file(params)
    parts = found.score.parts
    if params.action == "arrange" or len(parts) < 2:
        return found.left_out, found.understood
    drums = any(part.percussion for part in parts)
    others = len(parts) - 1
    beside = Term(key="music.left.parts" if not drums else "music.left.drums", values={"count": others})
    return (*found.left_out, beside), found.understood


def _reading(prompt: str, spec: ModelSpec, is_kept: Callable[[Found], bool]) -> Reading:
    if not prompt.strip():
        return Reading()
    understood = describe.understood(prompt)
    kept = tuple(_term(found) for found in understood if is_kept(found))
    told = {term.words for term in kept}  # a mood moves several settings
    left_out = tuple(_term(found) for found in understood if not is_kept(found) and found.words not in told)
    others = tuple(_second(prompt, understood))
    unknown = tuple(Term(shortened(words)) for words in islice(_rest(prompt), MOST_TERMS))
    return Reading(kept, (*left_out, *others), unknown, sure=bool(understood) or not unknown)


def _term(found: Found) -> Term:
    return Term(
        shortened(found.words), setting=found.field, value=found.value, sets={found.field: found.value}
    )


def _second(prompt: str, understood: Sequence[Found]) -> Iterator[Term]:
    """Further instruments and kinds of tune: a melody has one of each, the others wait for a press."""
    low = prompt.lower()
    used = {found.field: found.value for found in understood}
    for field, table in (("instrument", describe.INSTRUMENTS), ("style", describe.STYLES)):
        for value, words in describe.every(low, table):
            if value != used.get(field) and not any(words in found.words for found in understood):
                yield Term(shortened(words), setting=field, value=value, sets={field: value})


def _rest(prompt: str) -> Iterator[str]:
    """Different words in which nothing was found and that are no mere joints."""
    rest = describe.without(prompt)
    seen: set[str] = set()
    for found in _LATIN.finditer(rest):
        low = found[0].lower()
        if len(low) > 1 and low not in _EMPTY and low not in seen:
            seen.add(low)
            yield found[0]
    for run in _HAN.finditer(rest):
        piece = ""
        for char in run[0] + _EMPTY_HAN[0]:
            if char not in _EMPTY_HAN:
                piece += char
                continue
            if piece and piece not in seen:
                seen.add(piece)
                yield piece
            piece = ""
