"""Opening the database: where it is, how its connections are set, and that its tables are current.

Knows URLs, pragmas and Alembic; what is PostgreSQL's own is ``postgres``'s. Knows no query.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, table
from sqlalchemy import column as sql_column
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from aigc_demo.history import postgres, search
from aigc_demo.history.schema import HEAD
from aigc_demo.settings import Settings
from aigc_demo.types import UserError

log = logging.getLogger(__name__)

ALONE = "aigc_alone"
"""The execution option of a connection that wants no transaction (PRAGMA, VACUUM)."""

_BUSY_SECONDS = 5.0
_READERS = 8


@dataclass(frozen=True)
class Database:
    """Two doors to one database: ``writing`` for the writer's thread alone, ``reading`` for all.

    ``path`` is SQLite's file, None elsewhere. ``new`` says that there were no tables before.
    """

    writing: Engine
    reading: Engine
    path: Path | None
    new: bool

    def close(self) -> None:
        """Close every connection; SQLite's log is folded into its file by the last one."""
        self.reading.dispose()
        self.writing.dispose()

    def size(self) -> int:
        """Bytes on disk, a file's write-ahead log included."""
        if self.path is None:
            with self.reading.begin() as connection:
                return postgres.size(connection)
        files = (self.path, wal_of(self.path))
        return sum(file.stat().st_size for file in files if file.exists())


def database_path(settings: Settings) -> Path | None:
    """The SQLite file these settings mean, or None for a database server."""
    if settings.database_url is None:
        return settings.data / "studio.db"
    url = _url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise ValueError("AIGC_DATABASE_URL must name a file for SQLite: history in memory would be lost.")
    return Path(url.database).expanduser().resolve()


def _url(address: str) -> URL:
    try:
        return make_url(address)
    except (ArgumentError, ValueError) as error:  # whose words may hold the password
        raise UserError("database_url", "error.database_url", status=503) from error


def wal_of(path: Path) -> Path:
    """The write-ahead log beside a SQLite file."""
    return path.with_name(path.name + "-wal")


def connect(settings: Settings) -> Database:
    """Open (and if need be create) the database and bring its tables up to date."""
    path = database_path(settings)
    if path is not None:
        return connect_file(path)
    return _connect_server(_url(settings.database_url or ""))


def _connect_server(url: URL) -> Database:
    if url.get_backend_name() != "postgresql":
        raise UserError("database_kind", "error.database_kind", status=503, kind=url.get_backend_name())
    address = postgres.address_of(url)
    writing, reading = postgres.engines(url, **_shared())
    try:
        postgres.check(reading, address)
        return Database(writing, reading, None, new=migrate(writing))
    except BaseException as error:
        reading.dispose()
        writing.dispose()
        if not isinstance(error, SQLAlchemyError):
            raise
        code = "database_in_use" if postgres.is_taken(error) else "database_away"
        reason = str(error.args[0] if error.args else error).splitlines()[0]
        raise UserError(code, f"error.{code}", status=503, address=address, reason=reason) from error


def connect_file(path: Path) -> Database:
    """Open (and if need be create) a SQLite file and bring its tables up to date."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = not path.exists() or path.stat().st_size == 0
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    database = Database(_sqlite(path, "rw", 2), _sqlite(path, "ro", _READERS), path, new)
    migrate(database.writing)
    return database


def _shared() -> dict[str, Any]:
    return {"json_serializer": _to_json}


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _sqlite(path: Path, mode: str, connections: int) -> Engine:
    def open_file() -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{quote(str(path))}?mode={mode}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,  # transactions begin where `_begin` says so
            check_same_thread=False,
        )

    engine = create_engine(
        URL.create("sqlite"),
        creator=open_file,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=30,
        poolclass=QueuePool,
        **_shared(),
    )
    pragmas = ["foreign_keys=ON", "trusted_schema=OFF", "temp_store=MEMORY", "cache_size=-8000"]
    if mode == "rw":
        # WAL lets readers go on while we write; FULL makes a commit survive a power cut; secure_delete
        # overwrites what is removed, so that "deleted" is true of the bytes as well.
        pragmas = ["journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", *pragmas]
        pragmas.append("journal_size_limit=67108864")
    statement = "BEGIN IMMEDIATE" if mode == "rw" else "BEGIN"

    def set_up(connection: Any, _record: object) -> None:
        for pragma in pragmas:
            answer = connection.execute(f"PRAGMA {pragma}").fetchone()
            if pragma == "journal_mode=WAL" and answer[0] != "wal":
                log.warning("this file system allows no write-ahead log: visitors may wait for each other")
        if mode == "ro":
            connection.execute(search.VOCABULARY)  # of this connection alone, while it may still make it
            connection.execute("PRAGMA query_only=ON")

    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get(ALONE):
            connection.exec_driver_sql(statement)

    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", begin)
    return engine


# -- migrations -----------------------------------------------------------------------------------


def migrate(engine: Engine) -> bool:
    """Run the steps this database has not seen; whether it had seen none.

    A current one costs one look, and no Alembic. Raises UserError ``database_newer`` for one that a newer
    version of the app has brought further.
    """
    with engine.begin() as connection:
        version = _version(connection)
        if version == HEAD:
            return False
        if version is not None and version > HEAD:
            raise UserError("database_newer", "error.database_newer", status=503, version=version)
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", "aigc_demo.history:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return version is None


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = table("alembic_version", sql_column("version_num"))
    found: str | None = connection.scalar(select(version.c.version_num))
    return found
