"""What kind of thing a sentence asks for: "compose a waltz", "画一只猫", "帮我写一封信".

Knows how requests are worded in English and Chinese, and compares them with what each task declares of its
own (:class:`Asks`). Knows no task. Reads the beginning of a text only, each letter once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from aigc_demo.types import Asks

LONGEST = 400
"""Characters of a text that are read: what it asks for stands at its beginning."""
_MOST_WORDS = 24
_WORD = re.compile(r"[a-z]++(?:['’-][a-z]++)*+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_POLITE_WORDS = (
    "please can could would will you i i'd we want like need to help me us let's lets just now kindly go "
    "ahead and hi hello hey dear"
)
_POLITE = frozenset(_POLITE_WORDS.split())
_BEFORE_A_THING_WORDS = "a an the some me us my our your one two three another"
_BEFORE_A_THING = frozenset(_BEFORE_A_THING_WORDS.split())
_ENDS_A_THING_WORDS = (
    "about of for with in on at that which who whose to from by like where while as into under over and "
    "or when is are was were inspired called named titled"
)
_ENDS_A_THING = frozenset(_ENDS_A_THING_WORDS.split())
_FOR_ME = ("me ", "us ", "for me ")
_POLITE_ZH = re.compile(
    r"(?:[\s，,。！!]|请问|请|麻烦|能不能|能否|可不可以|可以|你|您|能|帮我|帮忙|帮|给我|为我|替我|我想要|我想|我要|想要)++"
)
_VERBS_ZH = ("写", "作", "做", "来", "创作", "生成", "制作", "弄", "搞", "给", "要", "编", "拟", "起草")
_TAIL_ZH = " \t\r\n。．.！!？?~～，,吧吗呢呀啊嘛"


@dataclass(frozen=True)
class Phrase:
    """What a text asks for: the verb that it begins with and the thing that is its object, in small letters.

    ``chinese`` is the same text where it is Chinese, from its verb on and without what ends a question.
    ``rest`` is what follows the verb, as it was written.
    """

    verb: str = ""
    thing: tuple[str, ...] = ()
    chinese: str = ""
    rest: str = ""


def phrase(text: str) -> Phrase:
    """The request that a text begins with; empty where there is none."""
    text = text[:LONGEST].strip()
    if _CHINESE.search(text):
        polite = _POLITE_ZH.match(text)
        asked = text[polite.end() if polite else 0 :].rstrip(_TAIL_ZH)
        return Phrase(chinese=asked, rest=asked)
    words = list(islice(_WORD.finditer(text.lower()), _MOST_WORDS))
    while words and words[0][0] in _POLITE:
        words.pop(0)
    if not words:
        return Phrase()
    verb = words[0]
    said = [word[0] for word in words]
    return Phrase(verb[0], tuple(_thing(said[1:])) or tuple(_thing(said)), rest=text[verb.end() :].strip())


def claim(asks: Asks, said: Phrase) -> int:
    """How far a request is for what a task makes: 0 not at all, 1 it names one, 2 it asks for one."""
    if said.chinese:
        return _chinese_claim(asks, said.chinese)
    if said.verb in asks.verbs_own:
        return 2
    head = said.thing[-1] if said.thing else ""
    named = head in asks.things or head.removesuffix("s") in asks.things
    return 2 if named and said.verb in asks.verbs else 1 if named else 0


def object_of(asks: Asks, said: Phrase) -> str:
    """What is asked for without the verb, "a cat" of "draw a cat"; empty without a verb of the task's."""
    if said.chinese:
        verb = next(filter(said.chinese.startswith, asks.zh_verbs), "")
        return said.chinese.removeprefix(verb).strip() if verb else ""
    if said.verb not in (*asks.verbs_own, *asks.verbs):
        return ""
    polite = next(filter(said.rest.lower().startswith, _FOR_ME), "")
    return said.rest[len(polite) :].strip()


def _chinese_claim(asks: Asks, text: str) -> int:
    if text.startswith(asks.zh_verbs) or any(mark in text for mark in asks.zh_marks):
        return 2
    if text.endswith(asks.zh_things):
        return 2 if text.startswith(_VERBS_ZH) else 1
    return 0


def _thing(words: Iterable[str]) -> Iterator[str]:
    """The noun and what stands before it, up to the first word that begins what is said of it."""
    begun = False
    for word in words:
        if word in _BEFORE_A_THING and not begun:
            continue
        if word in _ENDS_A_THING:
            return
        begun = True
        yield word
