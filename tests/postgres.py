"""A real PostgreSQL for the tests. Where there is none, they say so and are skipped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from aigc_demo.bench import postgres_server
from aigc_demo.bench.postgres_server import Server
from aigc_demo.history.schema import metadata

_QUICK = ("fsync=off", "autovacuum=off")
"""A killed server keeps what it gave to the system; only a power cut would tell."""


@contextlib.contextmanager
def server(locale: str = "C") -> Iterator[Server]:
    """A server with nothing in it."""
    pytest.importorskip("psycopg", reason="psycopg is not installed (requirements-scale.txt)")
    with contextlib.ExitStack() as stack:
        try:
            running = stack.enter_context(postgres_server.server(locale, *_QUICK))
        except postgres_server.NoServerError as error:
            print(error)
            pytest.skip(str(error))
        yield running


def empty(url: str) -> None:
    """Take every row of a database away, which is quicker than a new one."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(f"DELETE FROM {table.name}")
