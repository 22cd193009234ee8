"""PostgreSQL's own ways: how its connections are set, who may write, and whether a lost commit got through.

Knows sessions, advisory locks, transaction ids and what the server's errors mean. Knows no table.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError

from aigc_demo.types import UserError

_OLDEST = 13
"""The first version that tells by a transaction's id whether it was committed."""
_KEY = 0x41494743
"""The advisory lock of whoever writes."""
_SECONDS = 5
_READERS = 8

_LOST = ("08", "57P01", "57P02", "57P03")
"""SQLSTATEs of a connection that broke, and of a server that stops, has crashed or is starting."""
_FULL = ("53100",)
_READ_ONLY = ("25006",)


def engines(url: URL, **shared: Any) -> tuple[Engine, Engine]:
    """The writer's door, of one connection that nobody else may have, and everybody's, which only looks.

    Raises UserError ``database_driver`` where the packages for it are not installed.
    """
    if url.get_driver_name() != "psycopg":
        url = url.set(drivername="postgresql+psycopg")
    arguments = {
        "connect_timeout": _SECONDS,
        "application_name": "AIGC Studio",
        "client_encoding": "utf8",
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "options": f"-c lock_timeout={_SECONDS}s",
    }
    try:
        writing = create_engine(url, pool_size=1, max_overflow=0, connect_args=arguments, **shared)
        reading = create_engine(
            url,
            pool_size=_READERS,
            max_overflow=0,
            pool_timeout=30,
            pool_pre_ping=True,
            connect_args=arguments,
            isolation_level="REPEATABLE READ",  # one look sees one state, as on SQLite
            **shared,
        ).execution_options(postgresql_readonly=True)
    except ImportError as error:
        raise UserError("database_driver", "error.database_driver", status=503) from error
    event.listen(writing, "connect", _claim)
    return writing, reading


def check(engine: Engine, address: str) -> None:
    """Raise UserError ``database_unfit`` for a server that is too old, or a database that is not UTF-8."""
    with engine.begin() as connection:
        version = int(connection.scalar(text("SHOW server_version_num")) or 0)
        encoding = str(connection.scalar(text("SHOW server_encoding")))
    if version < _OLDEST * 10_000 or encoding != "UTF8":
        raise UserError(
            "database_unfit",
            "error.database_unfit",
            status=503,
            address=address,
            version=f"{version // 10_000}.{version % 10_000}",
            encoding=encoding,
            oldest=_OLDEST,
        )


def address_of(url: URL) -> str:
    """Where a database is, without whoever asks and their password."""
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database or ''}"


def _claim(connection: Any, _record: object) -> None:
    """Whatever may write holds the one lock, so that no second server can; its end gives it back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (_KEY,))
    connection.commit()


def size(connection: Connection) -> int:
    """Bytes of the database on the server's disk."""
    return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def is_lost(error: BaseException) -> bool:
    """The server is away, or was: waiting helps, and whatever was not committed is undone."""
    if not isinstance(error, DBAPIError):
        return False
    state = _state(error)
    if state is None:
        return error.connection_invalidated or (isinstance(error, OperationalError) and _is_of_server(error))
    return error.connection_invalidated or state.startswith(_LOST)


def is_taken(error: BaseException) -> bool:
    """Another session kept a lock for as long as one is waited for."""
    return isinstance(error, DBAPIError) and _state(error) == "55P03"


def is_full(error: BaseException) -> bool:
    """The server's disk takes nothing more."""
    return isinstance(error, DBAPIError) and _state(error) in _FULL


def is_read_only(error: BaseException) -> bool:
    """The server is a standby, or was told to change nothing."""
    return isinstance(error, DBAPIError) and _state(error) in _READ_ONLY


def transaction(connection: Connection) -> str | None:
    """The id of the transaction in hand, None where it has changed nothing or the database is a file."""
    if connection.dialect.name == "sqlite":
        return None
    found: str | None = connection.scalar(text("SELECT CAST(pg_current_xact_id_if_assigned() AS text)"))
    return found


def committed(engine: Engine, transaction_id: str) -> bool | None:
    """Whether a transaction whose end was not heard of got through; None while it is still under way."""
    question = text("SELECT pg_xact_status(CAST(:id AS xid8))")
    with engine.begin() as connection:
        status = connection.scalar(question, {"id": transaction_id})
    return None if status == "in progress" else bool(status == "committed")


def _state(error: DBAPIError) -> str | None:
    found: str | None = getattr(error.orig, "sqlstate", None)
    return found


def _is_of_server(error: OperationalError) -> bool:
    """A failed attempt to connect has no SQLSTATE."""
    return type(error.orig).__module__.startswith("psycopg")
