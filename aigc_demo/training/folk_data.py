"""The tunes that FolkGPT learns from, as token ids, split so that no tune is on two sides.

The collections come with music21's corpus (transcribed by volunteers who are named in the notice beside the
weights): O'Neill's Music of Ireland (1903), Ryan's Mammoth Collection (1883), Aird's Airs (1778 on) and the
Northumbrian Minstrelsy (1882). ``essen-han``, Chinese folk songs of the Essen collection, may be used for
private purposes only and is never part of what is shipped.

Knows collections, what their headers mean, duplicates and the split. Knows neither networks nor training.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from aigc_demo.tasks.music.tokens import (
    COLLECTIONS,
    GRID,
    MAX_BARS,
    MAX_SECTIONS,
    MIN_BARS,
    PITCHES,
    PLAIN,
    REPEATED,
    WORDS,
    Header,
    NotSayableError,
    encode,
    pitch_of,
)
from aigc_demo.tasks.music.tune import TICKS, Bar, Event, Section, Tune, home
from aigc_demo.training import abc_tunes
from aigc_demo.training.abc_tunes import NotUnderstoodError, read_tune, tunes_in

PATTERNS = {
    "oneill": "oneills1850/*.abc",
    "ryan": "ryansMammoth/*.abc",
    "aird": "airdsAirs/*.abc",
    "northumbrian": "miscFolk/northumbrian*.abc",
}
HAN = {"han": "essenFolksong/han*.abc"}
TEST, VALIDATION = 0.05, 0.04
"""Shares of the groups of like tunes."""

_TITLED = (
    ("slip jig", "slip_jig"), ("hop jig", "slip_jig"), ("strathspey", "strathspey"), ("hornpipe", "hornpipe"),
    ("clog", "hornpipe"), ("reel", "reel"), ("jig", "jig"), ("march", "march"), ("quick step", "march"),
    ("quickstep", "march"), ("fling", "strathspey"), ("lament", "air"), ("air", "air"), ("slow", "air"),
    ("lullaby", "air"),
)  # fmt: skip
_FITS = {
    "reel": ("4/4", "2/4"), "hornpipe": ("4/4", "2/4"), "strathspey": ("4/4",), "jig": ("6/8",),
    "slip_jig": ("9/8",), "march": ("2/4", "4/4", "6/8"), "air": ("2/4", "3/4", "4/4", "6/8", "3/8", "9/8"),
}  # fmt: skip
_ONEILL = (
    (1, 700, "air"),
    (701, 1115, "jig"),
    (1116, 1175, "slip_jig"),
    (1176, 1555, "reel"),
    (1556, 1745, "hornpipe"),
)
"""O'Neill's book is ordered by kind of tune: numbers from, up to, kind."""


@dataclass(frozen=True)
class Example:
    """One tune to learn from. ``ids`` have no header; ``side`` is train, validation or test."""

    title: str
    collection: str
    header: Header
    ids: list[int]
    side: str


def corpus_folder() -> Path:
    """Where music21 keeps its corpus; it is not imported, only found."""
    from importlib.util import find_spec

    found = find_spec("music21")
    if found is None or found.origin is None:
        raise FileNotFoundError("The tunes come with music21: install requirements-train.txt first.")
    return Path(found.origin).parent / "corpus"


def load(folder: Path, *, han: bool = False) -> list[Example]:
    """All tunes, kept in ``folder`` once they were read."""
    kept = folder / ("tunes-han.json" if han else "tunes.json")
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        result = make(corpus_folder(), PATTERNS | HAN if han else PATTERNS)
        rows = [[e.title, e.collection, vars(e.header), e.ids, e.side] for e in result]
        kept.write_text(json.dumps(rows))
    return [
        Example(title, collection, Header(**header), ids, side)
        for title, collection, header, ids, side in json.loads(kept.read_text())
    ]


def make(corpus: Path, patterns: dict[str, str]) -> list[Example]:
    """Read, encode, drop what is there twice, and split."""
    found: list[tuple[str, str, Header, list[int]]] = []
    known: set[tuple[int, ...]] = set()
    for collection, pattern in patterns.items():
        for title, header, ids in _collection(corpus, collection, pattern):
            if tuple(ids) not in known:
                known.add(tuple(ids))
                found.append((title, collection, header, ids))
    sides = _sides([(title, ids) for title, _, _, ids in found])
    return [Example(*row, side) for row, side in zip(found, sides, strict=True)]


def _collection(corpus: Path, collection: str, pattern: str) -> Iterator[tuple[str, Header, list[int]]]:
    for path in sorted(corpus.glob(pattern)):
        for headers, body in tunes_in(path.read_text("utf-8", "replace")):
            if collection == "han":  # Essen's lines end their bars without a bar line
                body = re.sub(r"(?<![|:\s])\s*\n", " |\n", body)  # noqa: PLW2901
            try:
                tune = relative(read_tune(headers, body))
                ids = encode(tune)
            except (NotUnderstoodError, NotSayableError):
                continue
            if MIN_BARS <= tune.bars <= MAX_BARS and len(tune.sections) <= MAX_SECTIONS:
                yield headers.get("T", ""), _header(headers, collection, tune), ids


def relative(read: abc_tunes.Tune) -> Tune:
    """A tune as it was read -> the same free of its key."""
    pitches = [p for s in read.sections for bar in s.bars for p, _, _ in bar if p is not None]
    tonic = home(pitches, read.tonic)
    before: int | None = None

    def bar(events: list[abc_tunes.Event]) -> Bar:
        nonlocal before
        result: list[Event] = []
        for pitch, length, tied in events:
            ticks = length * TICKS
            if ticks.denominator != 1:
                raise NotSayableError(f"a length of {length} quarters")
            held = tied and pitch is not None and pitch == before
            _append(result, Event(None if pitch is None else pitch - tonic, int(ticks), held))
            before = pitch
        return tuple(result)

    pickup = bar(read.pickup)
    sections = tuple(Section(tuple(map(bar, s.bars)), s.repeated) for s in read.sections)
    return Tune(read.metre, read.mode, sections, pickup)


def _append(bar: list[Event], event: Event) -> None:
    """One more event of a bar; what is tied within the bar is one longer note."""
    if bar and event.held and not (event.ticks % GRID or bar[-1].ticks % GRID):
        bar[-1] = replace(bar[-1], ticks=bar[-1].ticks + event.ticks)
    else:
        bar.append(event)


def _header(headers: dict[str, str], collection: str, tune: Tune) -> Header:
    metre = f"{tune.metre[0]}/{tune.metre[1]}"
    style = _style(headers, metre) or _by_number(headers, collection, metre)
    name = collection if collection in COLLECTIONS else None
    return Header(metre, tune.mode, style, name, tune.bars, len(tune.sections))


def _style(headers: dict[str, str], metre: str) -> str | None:
    """By the rhythm that is named, else by the title, else by the metre where only one dance has it."""
    for text in (headers.get("R", ""), headers.get("T", ""), headers.get("N", "")):
        words = re.sub(r"[^a-z ]", " ", text.lower()).replace("slipjig", "slip jig")
        for word, style in _TITLED:
            if re.search(rf"\b{word}\b", words) and metre in _FITS[style]:
                return style
    return None


def _by_number(headers: dict[str, str], collection: str, metre: str) -> str | None:
    """By the place in O'Neill's book, else by the metre where only one dance has it."""
    number = re.match(r"\d+", headers.get("X", ""))
    if collection == "oneill" and number is not None:
        for first, last, style in _ONEILL:
            if first <= int(number[0]) <= last and metre in _FITS[style]:
                return style
    return {"6/8": "jig", "9/8": "slip_jig"}.get(metre)


def _sides(tunes: list[tuple[str, list[int]]]) -> list[str]:
    """One side for each tune: those with the same title or the same beginning go together."""
    parent = list(range(len(tunes)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    groups: dict[str, list[int]] = defaultdict(list)
    for number, (title, ids) in enumerate(tunes):
        for key in (_plain_title(title), *_incipits(ids)):
            groups[key].append(number)
    for members in groups.values():
        for other in members[1:]:
            parent[root(other)] = root(members[0])
    names = {root(i): "" for i in range(len(tunes))}
    for i, (title, _) in enumerate(tunes):
        names[root(i)] = max(names[root(i)], _plain_title(title))
    sizes = Counter(root(i) for i in range(len(tunes)))
    return [_side(names[root(i)], sizes[root(i)]) for i in range(len(tunes))]


def _side(name: str, size: int) -> str:
    """By a hash of the group's name; a very large group (a title such as "Untitled") is for training."""
    if size > 20:
        return "train"
    draw = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32
    return "test" if draw < TEST else "validation" if draw < TEST + VALIDATION else "train"


def _plain_title(title: str) -> str:
    words = re.sub(r"[^a-z ]", "", title.lower()).split()
    return "t:" + " ".join(sorted(w for w in words if w not in ("the", "a", "reel", "jig", "hornpipe")))


def _incipits(ids: list[int]) -> list[str]:
    """The first twelve intervals of the first and of the second section's beginning."""
    keys: list[str] = []
    pitches: list[int] = []
    for token in [*ids, -1]:
        if token == -1 or WORDS[token].startswith((PLAIN, REPEATED)):
            if len(pitches) > 12:
                keys.append("i:" + " ".join(str(b - a) for a, b in pairwise(pitches[:13])))
            pitches = []
        elif token in PITCHES:
            pitches.append(pitch_of(token))
    return keys
