"""Words of a request for a picture: which of them name something, and what a small world calls it.

Knows words and a model's list of things. Asks no network: what a prompt will really become, the loaded model
says (:mod:`prior_reading`); until it is loaded, this is what can be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from aigc_demo.tasks.image.expansion import COLOURS
from aigc_demo.tasks.image.prompts import LOOK_WORDS, is_chinese, resolved
from aigc_demo.tasks.image.scene import telling
from aigc_demo.tasks.image.scene.lexicon import lexicon
from aigc_demo.tasks.image.scene.parser import understood
from aigc_demo.types import ModelSpec, Reading, Term
from aigc_demo.types.readings import shortened

MOST_WORDS = 12
"""Different words of a prompt that are looked at one by one."""
_LATIN = re.compile(r"[a-z]++(?:['’-][a-z]++)*+", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u9fff]++")
_LONGEST_NAME = 8
_EMPTY_WORDS = (
    "a an the some my our your his her its their this that these those of in on at under over above below "
    "with without and or by from to into for near beside between behind next is are was were be being has "
    "have i me it very really please draw paint make show picture photo image drawing painting portrait "
    "illustration wearing holding looking sitting standing going coming after before while during there "
    "here then when who where one two three four five six up down out off all no not as like style"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())
_EMPTY_HAN = (
    "的了着一二两三四五六个只张幅位条块片朵辆座在上下里中外和与或是有把被给我你他她它们这那请画来很得地旁边正"
)
_COLOURS_HAN = frozenset(chinese[0] for _, chinese in COLOURS)


def read(values: Mapping[str, Any], spec: ModelSpec, known: Sequence[Mapping[str, str]]) -> Reading:
    """The things of the model's list that a prompt names, in its order; one press asks for one.

    Of a model that makes scenes: what will be in the scene, where the words are one.
    """
    prompt = str(values.get("prompt") or "")
    if not known or not prompt.strip():
        return Reading()
    if "frame" in spec.params.model_fields and not values.get("image"):
        staged = understood(resolved(prompt, 0), lexicon(known))
        if staged.is_scene or (values.get("frame") and staged.scene.things):
            return telling.reading(staged.scene)
    found = list(dict.fromkeys(_named(prompt, _index(tuple(one["en"] + "\t" + one["zh"] for one in known)))))
    things = tuple(
        Term(shortened(words), {"en": names[0], "zh": names[1]}, sets={"prompt": words})
        for words, names in found
    )
    return Reading((*things, *attributes(prompt)))


def attributes(prompt: str) -> tuple[Term, ...]:
    """The colours and looks that a prompt names."""
    low = prompt.lower()
    latin = {found[0] for found in _LATIN.finditer(low)}
    kinds = (*COLOURS, *LOOK_WORDS.values())
    return tuple(
        Term(names={"en": english, "zh": chinese})
        for english, chinese in kinds
        if english in latin
        or chinese in low
        or (len(chinese) == 2 and chinese[1] == "色" and _bare(low, chinese[0]))
    )


def content_words(prompt: str) -> list[str]:
    """The different words of a prompt that may name something, at most ``MOST_WORDS``.

    Of Chinese only what stands between words that say nothing by themselves: it has no blanks.
    """
    return list(islice(dict.fromkeys(_words(prompt)), MOST_WORDS))


def is_attribute(word: str) -> bool:
    """Whether a word names a colour or a look."""
    low = word.lower()
    return any(low in (english, chinese, chinese[0]) for english, chinese in (*COLOURS, *LOOK_WORDS.values()))


def _words(prompt: str) -> Iterator[str]:
    for found in _LATIN.finditer(prompt):
        if len(found[0]) > 1 and found[0].lower() not in _EMPTY:
            yield found[0]
    for run in _HAN.finditer(prompt):
        yield from _between(run[0])


def _between(run: str) -> Iterator[str]:
    """Pieces of a run of Chinese characters, colours and words without a thing taken out."""
    for _, chinese in COLOURS:
        run = run.replace(chinese, "的")
    piece = ""
    for char in run:
        if char not in _EMPTY_HAN and not (char in _COLOURS_HAN and not piece):
            piece += char
        elif piece:
            yield piece
            piece = ""
    if piece:
        yield piece


def _bare(text: str, colour: str) -> bool:
    """Whether a colour stands there by its one character: 红 in 红苹果, but not in 口红."""
    at = text.find(colour)
    return at == 0 or (at > 0 and text[at - 1] in _EMPTY_HAN)


Names = tuple[str, str]
"""English and Chinese."""


@lru_cache(maxsize=2)
def _index(known: tuple[str, ...]) -> Mapping[str, Names]:
    """Each name in either language -> both."""
    names: dict[str, Names] = {}
    for line in known:
        english, _, chinese = line.partition("\t")
        for name in (english.lower(), chinese):
            names.setdefault(name, (english, chinese))
    return names


def _named(prompt: str, names: Mapping[str, Names]) -> Iterator[tuple[str, Names]]:
    """Words of the prompt that are a name, the longest first wherever several begin, with both names."""
    latin = [found[0] for found in _LATIN.finditer(prompt)]
    at = 0
    while at < len(latin):
        for count in (3, 2, 1):
            words = " ".join(latin[at : at + count])
            if len(latin) >= at + count and (both := names.get(words.lower()) or names.get(_singular(words))):
                yield words, both
                at += count - 1
                break
        at += 1
    if is_chinese(prompt):
        for run in _HAN.finditer(prompt):
            yield from _named_in_han(run[0], names)


def _named_in_han(run: str, names: Mapping[str, Names]) -> Iterator[tuple[str, Names]]:
    at = 0
    while at < len(run):
        for count in range(min(_LONGEST_NAME, len(run) - at), 0, -1):
            if (words := run[at : at + count]) in names and (count > 1 or words not in _EMPTY_HAN):
                yield words, names[words]
                at += count - 1
                break
        at += 1


def _singular(words: str) -> str:
    return words.lower().removesuffix("s")
