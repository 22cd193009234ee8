"""Words of scenes in both languages: things, colours, sizes, numbers, relations, grounds, times, weathers.

Knows the lists of ``lexicon.json`` and ``things.json``, and what a painter calls its things. Knows no order
of words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

_HERE = Path(__file__).parent
Home = Literal["land", "plant", "back", "far", "shore", "water", "air", "sky", "hand", "worn"]
"""Where a thing is when nobody says: ``back`` stands behind, ``shore`` on land or water, ``hand`` is small
enough to be held, ``sky`` is where sun and clouds are."""
Way = Literal["", "holes", "white", "one"]
"""``holes``: one sees through its white; ``white``: that is its own; ``one``: its largest piece is it."""
_IRREGULAR = {
    "children": "child", "men": "man", "women": "woman", "mice": "mouse", "geese": "goose",
    "wolves": "wolf", "leaves": "leaf", "people": "person", "feet": "foot", "puppies": "puppy",
    "ponies": "pony", "babies": "baby", "kites": "kite", "buses": "bus", "oxen": "ox",
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """What is known of one kind of thing. ``size`` is its longest side in metres.

    ``painted`` is the painter's name of it where that is another; ``drawn`` says that code draws it; ``cut``
    is how it is set free of its white where that is not as usual; ``part`` says that only a head or bust is
    painted; ``look`` is the painter's look that shows it best.
    """

    name: str
    size: float = 0.6
    home: Home = "land"
    painted: str = ""
    drawn: bool = False
    cut: Way = ""
    part: str = ""
    look: str = ""


_BY_CATEGORY: Mapping[str, tuple[float, Home]] = {
    "Smileys & Emotion": (0.8, "land"), "People & Body": (1.2, "land"), "Animals & Nature": (0.6, "land"),
    "Food & Drink": (0.2, "hand"), "Travel & Places": (4.0, "back"), "Activities": (0.5, "hand"),
    "Objects": (0.4, "hand"), "Symbols": (0.6, "air"), "Flags": (0.8, "hand"),
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One thing that a word can mean: ``kind`` is a list's name, or ``thing``."""

    kind: str
    value: str


@dataclass(frozen=True)
class Lexicon:
    """Words to entries, in small letters; ``longest`` in characters of Chinese and in words of English."""

    entries: Mapping[str, tuple[Entry, ...]]
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    longest_han: int = 8
    longest_latin: int = 6

    def of(self, words: str) -> tuple[Entry, ...]:
        """What the words can mean, their singular too; nothing where they are not known."""
        return self.entries.get(words) or self.entries.get(singular(words)) or ()

    def kind(self, name: str) -> Kind:
        """What is known of the thing of this name."""
        return kinds().get(name) or _by_category(name, self.categories.get(name, ""))

    def label(self, name: str, *, chinese: bool) -> str:
        """How a thing is called."""
        return self.names.get(name, (name, name))[chinese]


def lexicon(known: Sequence[Mapping[str, str]]) -> Lexicon:
    """The lexicon of a painter that knows these things: ``en``, ``zh``, perhaps ``code`` and ``category``."""
    lines = ("\t".join((one["en"], one["zh"], one.get("code", ""), one.get("category", ""))) for one in known)
    return _lexicon(tuple(lines))


@lru_cache(maxsize=4)
def _lexicon(known: tuple[str, ...]) -> Lexicon:
    entries: dict[str, list[Entry]] = {}
    names: dict[str, tuple[str, str]] = {}
    categories: dict[str, str] = {}

    def add(words: str, kind: str, value: str) -> None:
        entries.setdefault(words.lower(), []).append(Entry(kind, value))

    for kind, values in _lists().items():
        for value, spellings in values.items():
            for words in spellings:
                add(words, kind, value)
    for line in known:
        english, chinese, code, category = line.split("\t")
        names[english], categories[english] = (english, chinese), category
        if code and "-" not in code:
            add(chr(int(code, 16)), "thing", english)
        if category == "Symbols" or (category == "People & Body" and len(chinese) == 1):
            continue  # "up" and "mouth" are said of other things far more often
        for words in (_plain(english), chinese):
            if not _says_how(words, entries):
                add(words, "thing", english)
    for name, data in _table().items():
        shown = data.get("as", name)
        if shown not in names and not data.get("drawn"):
            continue
        spellings = [*data.get("en", ()), *data.get("zh", ())]
        own = [name, *spellings] if name not in names else spellings
        names.setdefault(name, (name, next(iter(data.get("zh", ())), name)))
        for words in own:
            entries[words.lower()] = [one for one in entries.get(words.lower(), ()) if one.kind != "thing"]
            add(words, "thing", name)
    return Lexicon({words: tuple(ones) for words, ones in entries.items()}, names, categories)


@cache
def kinds() -> Mapping[str, Kind]:
    """The kinds of things of the table, by name."""
    return {name: _kind(name, data) for name, data in _table().items()}


def _kind(name: str, data: Mapping[str, Any]) -> Kind:
    return Kind(
        name=name,
        size=data["size"],
        home=data["home"],
        painted=data.get("as", ""),
        drawn=data.get("drawn", False),
        cut=data.get("cut", ""),
        part=next((part for part in ("head", "bust", "figure") if data.get(part)), ""),
        look=data.get("look", ""),
    )


def singular(words: str) -> str:
    """English words with the last one in the singular, as far as its end tells."""
    rest, blank, last = words.rpartition(" ")
    if (known := _IRREGULAR.get(last)) is None:
        if last.endswith("ies") and len(last) > 4:
            known = last[:-3] + "y"
        elif last.endswith(("ches", "shes", "xes", "sses")):
            known = last[:-2]
        else:
            known = last.removesuffix("s")
    return f"{rest}{blank}{known}"


def _says_how(words: str, entries: Mapping[str, Sequence[Entry]]) -> bool:
    """Whether a thing's name is rather said of others: 骑自行车 of whoever rides, "desert" of where it is."""
    kinds = {one.kind for one in entries.get(words, ())}
    if kinds & {"ground", "time", "weather", "motion", "before"}:
        return True
    first = entries.get(words[:1], ()) if not words.isascii() and len(words) > 2 else ()
    return any(one.kind == "before" for one in first)


def _plain(name: str) -> str:
    return name.lower().replace("’", "'")


def _by_category(name: str, category: str) -> Kind:
    size, home = _BY_CATEGORY.get(category, (0.6, "land"))
    return Kind(name, size, home)


@cache
def _table() -> Mapping[str, Any]:
    return dict(json.loads((_HERE / "things.json").read_text("utf-8")))


@cache
def _lists() -> Mapping[str, Mapping[str, Sequence[str]]]:
    lists = json.loads((_HERE / "lexicon.json").read_text("utf-8"))
    return {kind: values if isinstance(values, dict) else {kind: values} for kind, values in lists.items()}
