"""The Cookie header, read by hand: whatever else runs on the same host may have written into it.

Knows the one rule that every browser keeps: pairs stand between semicolons, and a name ends at the
first equals sign. Knows nothing of what a value means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from starlette.datastructures import Headers

MOST_BYTES = 32_768
"""A longer header is refused unread; about eighty times what this app sends itself is let through."""


def header_of(headers: Headers) -> str:
    """All cookies of a request on one line; a proxy that speaks HTTP/2 may have split them."""
    return "; ".join(headers.getlist("cookie"))


def values(header: str, name: str, *, longest: int) -> list[str]:
    """The values of every cookie of exactly this name, in order, those over ``longest`` left out."""
    return [value for found, value in _pairs(header) if found == name and len(value) <= longest]


def only(headers: Iterable[tuple[bytes, bytes]], name: str) -> list[tuple[bytes, bytes]]:
    """ASGI's headers with no cookie left but those of this name."""
    kept, ours = [], []
    for key, value in headers:
        if key == b"cookie":
            ours += [pair for pair in _pairs(value.decode("latin-1")) if pair[0] == name]
        else:
            kept.append((key, value))
    if ours:
        kept.append((b"cookie", "; ".join(map("=".join, ours)).encode("latin-1")))
    return kept


def _pairs(header: str) -> Iterator[tuple[str, str]]:
    for pair in header.split(";"):
        name, _, value = pair.partition("=")
        yield name.strip(), value.strip()
