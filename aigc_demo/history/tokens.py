"""Bearer tokens: keys by which a visitor's programs act as that visitor, until they end.

Knows the tokens table, of which only a digest could ever be stolen. Knows nothing of requests. All
methods may be called from any thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from aigc_demo.guard.identity import new_token
from aigc_demo.history import rows
from aigc_demo.history.errors import not_found
from aigc_demo.history.schema import tokens
from aigc_demo.types import UserError

MOST_TOKENS = 20
"""Tokens of one visitor that are valid at once."""
_DAY = 86_400 * 1_000_000
_NOTED_EVERY = 3_600 * 1_000_000
"""Microseconds between two notes that a token was used: a busy one shall not write at every request."""


@dataclass(frozen=True)
class Token:
    """What is known of a token; never the token itself."""

    id: str
    name: str
    created: datetime
    expires: datetime
    used: datetime | None = None


class Tokens:
    """Every visitor's tokens, of one store.

    Args:
        write: runs work in the writer's next transaction and gives back what it returns.
        soon: the same without waiting.
        reading: one consistent look at the database.
        new_id: makes ids.
    """

    def __init__(
        self,
        write: Callable[[Callable[[Connection], Any]], Any],
        soon: Callable[[Callable[[Connection], None]], Future[None]],
        reading: Callable[[], AbstractContextManager[Connection]],
        new_id: Callable[[], str],
    ) -> None:
        self._write = write
        self._soon = soon
        self._reading = reading
        self._new_id = new_id

    def make(self, owner: str, name: str, days: int) -> tuple[str, Token]:
        """A new token, valid for ``days``, and what is known of it; its text is told this once only.

        Raises UserError ``too_many_tokens`` (409) for more than :data:`MOST_TOKENS` valid ones.
        """
        text, now = new_token(), rows.now()
        row: dict[str, Any] = {
            "id": self._new_id(),
            "owner": owner,
            "digest": _digest(text),
            "name": rows.one_line(rows.storable(name)),
            "created": now,
            "expires": now + days * _DAY,
            "used": None,
        }

        def add(connection: Connection) -> None:
            mine = select(func.count()).where(tokens.c.owner == owner, tokens.c.expires > now)
            if (connection.scalar(mine) or 0) >= MOST_TOKENS:
                raise UserError("too_many_tokens", "error.too_many_tokens", status=409, limit=MOST_TOKENS)
            connection.execute(insert(tokens).values(row))

        self._write(add)
        return text, Token(row["id"], row["name"], rows.moment(now), rows.moment(row["expires"]))

    def of(self, owner: str) -> tuple[Token, ...]:
        """The owner's valid tokens, oldest first."""
        mine = select(tokens).where(tokens.c.owner == owner, tokens.c.expires > rows.now())
        with self._reading() as connection:
            return tuple(map(_to_token, connection.execute(mine.order_by(tokens.c.id))))

    def revoke(self, owner: str, token_id: str) -> None:
        """End a token at once; the one 404 for unknown, ended and another's."""

        def remove(connection: Connection) -> None:
            mine = delete(tokens).where(tokens.c.owner == owner, tokens.c.id == token_id)
            if connection.execute(mine).rowcount == 0:
                raise not_found()

        self._write(remove)

    def owner_by(self, text: str) -> str | None:
        """Whom the bearer of this token acts as; None for an unknown, revoked or expired one."""
        now = rows.now()
        valid = select(tokens).where(tokens.c.digest == _digest(text), tokens.c.expires > now)
        with self._reading() as connection:
            row = connection.execute(valid).one_or_none()
        if row is None:
            return None
        if row.used is None or row.used <= now - _NOTED_EVERY:
            self._note(row.id, now)
        return str(row.owner)

    def _note(self, token_id: str, now: int) -> None:
        def write(connection: Connection) -> None:
            connection.execute(update(tokens).where(tokens.c.id == token_id).values(used=now))

        self._soon(write)


def forget(connection: Connection, owner: str) -> None:
    """End all of the owner's tokens."""
    connection.execute(delete(tokens).where(tokens.c.owner == owner))


def drop_expired(connection: Connection) -> None:
    """Remove what has ended by itself."""
    connection.execute(delete(tokens).where(tokens.c.expires <= rows.now()))


def _to_token(row: Row[Any]) -> Token:
    used = None if row.used is None else rows.moment(row.used)
    return Token(row.id, row.name, rows.moment(row.created), rows.moment(row.expires), used)


def _digest(text: str) -> str:
    """256 random bits need no salt and no slow hash."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
