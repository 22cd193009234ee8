"""Nobody stops the others: whatever reads a visitor's bytes or words takes twice as long for twice as much.

Each reader is given every hostile input of its kind (:mod:`aigc_demo.bench.hostile`), in growing sizes.
Processor time is compared with processor time and memory with the size: a busy machine changes neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from aigc_demo import provenance
from aigc_demo.bench.hostile import FILES
from aigc_demo.guard import uploads
from aigc_demo.provenance import labels, xmp
from aigc_demo.types import media
from tests.security.growth import fault

TRIES = 3
"""A reader that grows too fast does so each time; a neighbour's work does not."""


@dataclass(frozen=True)
class Reader:
    """``holds`` is how many bytes it may hold for one that it reads; ``why`` says why more than three."""

    read: Callable[[Any], object]
    holds: float = 3.0
    why: str = ""
    given: Mapping[str, Callable[[int], Any]] = field(default_factory=lambda: FILES)


LABELLED = [row.name for row in media.TABLE if row.carrier is not None]
LABELS = labels.labels_for(labels.Facts("a", "image", "b", params={"prompt": "c"}))

_WIDE = "one letter beyond the common ones makes Python keep four bytes for each of a text"
_JSON = f"values are made of what it says, up to {labels.LONGEST_RECORD} bytes of it"
_PIECES = f"one small object for each of at most {labels.MOST_PIECES} pieces; our own files have a dozen"


def read_as(kind: str) -> Reader:
    """Labels out of a file that was sniffed before."""
    return Reader(lambda data: provenance.read(data, media_type=kind), 30, _JSON)


def embedding(embed: Callable[[bytes, labels.Labels], bytes]) -> Reader:
    """Labels into a file: one of our own, or out of an archive."""
    return Reader(lambda data: embed(data, LABELS), 25, _PIECES)


READERS: dict[str, Reader] = {
    "uploads.sniffed": Reader(uploads.sniffed),
    **{f"provenance.read as {kind}": read_as(kind) for kind in LABELLED},
    "provenance.read": Reader(provenance.read, 30, _JSON),
    "provenance.read side-car": Reader(lambda data: provenance.read(data, "a.json"), 30, _JSON),
    "provenance.without_record": Reader(provenance.without_record, 30, _JSON),
    "provenance.repeatable": Reader(provenance.repeatable, 30, _JSON),
    **{
        f"{carrier} extract": Reader(provenance._CARRIERS[carrier].extract, 6, _WIDE)
        for carrier in provenance._CARRIERS
    },
    **{
        f"{carrier} embed": embedding(provenance._CARRIERS[carrier].embed) for carrier in provenance._CARRIERS
    },
    "xmp.read": Reader(xmp.read, 6, _WIDE),
}


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_takes_twice_as_long_for_twice_as_much(reader: str) -> None:
    row = READERS[reader]
    found = {hostile: _faults(row, make) for hostile, make in row.given.items()}
    assert not {hostile: what for hostile, what in found.items() if what}


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_that_holds_more_than_three_times_what_it_reads_says_why(reader: str) -> None:
    row = READERS[reader]
    assert row.holds == Reader.holds or row.why


def _faults(reader: Reader, make: Callable[[int], Any]) -> str | None:
    """The last of several findings, if there was one each time."""
    found: str | None = None
    for _ in range(TRIES):
        if (found := fault(reader.read, make, reader.holds)) is None:
            break
    return found
