"""What is known of a scene in the middle of its words: things, and what waits for object or subject.

Knows how relations are put down, and that none contradicts another. Knows no words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

_BORNE = {"holding": "held_by", "wearing": "worn_by"}
"""What is held or worn hangs on its bearer."""
_WITH = {"hand": "holding", "worn": "wearing"}
"""What "with" says of a thing, by where that is at home; else that it is near."""


@dataclass
class Draft:
    """A thing while the words are read; ``count`` of it stand in one place of the sentence."""

    name: str
    words: str
    label: str
    home: str
    count: int = 1
    colour: str = ""
    size: float = 1.0
    motion: str = ""
    relation: tuple[str, tuple[int, ...]] | None = None


@dataclass
class Waiting:
    """What has been said of the thing to come."""

    count: int = 0
    colour: str = ""
    size: float = 1.0
    motion: str = ""
    definite: bool = False


@dataclass
class State:
    """All of it, and what was heard last.

    ``given`` is what the thing before it was given of a place, for those that are joined to it; ``group``
    are the things named last in a row, ``main`` those that a clause is about; ``open`` is a
    relation that waits for its objects, ``held`` one that waits for its subject, ``place`` what stood
    before a place word's "at"; ``closed`` are subjects and object of the relation that was put down last.
    """

    drafts: list[Draft] = field(default_factory=list)
    waiting: Waiting = field(default_factory=Waiting)
    group: list[int] = field(default_factory=list)
    clause: int = 0
    joined: bool = False
    main: tuple[int, ...] = ()
    last: int = -1
    open: tuple[str, tuple[int, ...], list[int]] | None = None
    held: tuple[str, tuple[int, ...]] | None = None
    given: tuple[str, tuple[int, ...]] | None = None
    place: tuple[int, ...] | None = None
    closed: tuple[tuple[int, ...], int] | None = None
    ground: str = ""
    in_the_sky: bool = False
    time: str = ""
    weather: str = ""
    left_out: list[str] = field(default_factory=list)


def spelt_out(state: State, kind: str, objects: Sequence[int]) -> str:
    """What a relation's word says of these objects: a snowman with a hat wears it."""
    return _WITH.get(state.drafts[objects[-1]].home, "next_to") if kind == "with" else kind


def also_borne(state: State, index: int) -> bool:
    """Let a thing be held or worn as what was named before it: a monkey with a crown and a banana."""
    subjects, last = state.closed or ((), -1)
    before = state.drafts[last].relation if subjects else None
    kind = _WITH.get(state.drafts[index].home)
    if kind is None or before is None or before[0] not in _BORNE.values():
        return False
    relate(state, subjects, kind, (index,))
    state.group, state.closed = list(subjects), (subjects, index)
    return True


def relate(state: State, subjects: tuple[int, ...], kind: str, objects: tuple[int, ...]) -> None:
    """Store a relation where it contradicts none: of what has a place already, the first one stays."""
    for subject in subjects:
        child, parents = (objects[-1], (subject,)) if kind in _BORNE else (subject, objects)
        told = _BORNE.get(kind, kind)
        if child in parents or any(_hangs_on(state, parent, child) for parent in parents):
            continue
        if state.drafts[child].relation is None:
            state.drafts[child].relation = (told, parents)


def _hangs_on(state: State, one: int, other: int) -> bool:
    """Whether a thing's place depends on another's, however indirectly."""
    seen = {one}
    ways = [one]
    while ways:
        relation = state.drafts[ways.pop()].relation
        for parent in relation[1] if relation else ():
            if parent == other:
                return True
            if parent not in seen:
                seen.add(parent)
                ways.append(parent)
    return False
