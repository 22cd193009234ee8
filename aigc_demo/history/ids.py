"""Names for jobs, uploads and share links: random enough to be unguessable, ordered in time.

Knows how an id is spelt: 26 characters of Crockford's base 32 in lower case, 48 bits of
milliseconds before 80 random bits (the ULID layout). Knows nothing of what the id names.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from datetime import UTC, datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUE = {char: index for index, char in enumerate(_ALPHABET)}
_ID = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}", re.ASCII)
_TIME_CHARS, _RANDOM_CHARS = 10, 16


class IdMaker:
    """Makes ids that never go backwards, whatever the clock does. Callable from any thread.

    Each id takes a millisecond of its own (a burst runs a little ahead of the clock), so that the
    time part alone is unique and can serve as the row's number: order of ids is order of making.
    """

    def __init__(self, after: int = 0) -> None:
        """Go on after the time part ``after``, the highest one already in use."""
        self._last = after
        self._lock = threading.Lock()

    def __call__(self) -> str:
        """The next id."""
        with self._lock:
            self._last = max(time.time_ns() // 1_000_000, self._last + 1)
            return _encode(self._last, _TIME_CHARS) + _encode(secrets.randbits(80), _RANDOM_CHARS)


def is_id(text: object) -> bool:
    """Whether ``text`` is spelt as an id; asked before an id from outside reaches SQL or a path."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def number_of(item_id: str) -> int:
    """The time part of a valid id: milliseconds since 1970, unique among one store's ids."""
    number = 0
    for char in item_id[:_TIME_CHARS]:
        number = number * 32 + _VALUE[char]
    return number


def month_of(item_id: str) -> str:
    """``yyyy/mm`` of a valid id, the folder its files live under."""
    return datetime.fromtimestamp(number_of(item_id) / 1000, UTC).strftime("%Y/%m")


def new_token() -> str:
    """A share link's secret: 192 random bits, 32 characters that are safe in a URL."""
    return secrets.token_urlsafe(24)


def _encode(number: int, length: int) -> str:
    chars = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        chars.append(_ALPHABET[digit])
    return "".join(reversed(chars))
