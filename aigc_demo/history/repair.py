"""A damaged database: noticed at start, kept aside untouched, and what can be read is saved.

Knows SQLite's check and how to copy rows past broken pages. Runs before anything else opens the file.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import Table, create_engine

from aigc_demo.history import records, uploading
from aigc_demo.history.database import migrate, wal_of
from aigc_demo.history.naming import Namer
from aigc_demo.history.schema import metadata, uses, words
from aigc_demo.types import Problem, UserError

log = logging.getLogger(__name__)

_ALWAYS_CHECKED = 64_000_000
"""Bytes up to which a database is checked at every start: it takes well under a second."""


_NOT_DAMAGE = ("SQLITE_BUSY", "SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR_SHM")
"""Errors that say something about the disk or the neighbours, nothing about what the file holds."""


def check(path: Path, data: Path, namer: Namer) -> Problem | None:
    """None for a sound (or no) database.

    A damaged one is copied to ``<data>/damaged/<time>/`` and replaced by one with all rows that could
    be read; the Problem tells the visitors so. If not one job could, UserError ``data_damaged`` is
    raised and nothing is changed: never is a history silently empty.
    """
    if not path.exists() or path.stat().st_size == 0 or _is_sound(path):
        return None
    aside = data / "damaged" / time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    aside.mkdir(parents=True, exist_ok=True, mode=0o700)
    for file in (path, wal_of(path)):
        if file.exists():
            shutil.copy2(file, aside)
    log.error("the database %s is damaged; a copy is in %s", path, aside)
    saved = _save(path, aside / "saved.db", namer)
    if saved == 0:
        raise UserError("data_damaged", "error.data_damaged", status=503, copy=str(aside), file=str(path))
    for leftover in (wal_of(path), path.with_name(path.name + "-shm")):
        leftover.unlink(missing_ok=True)
    (aside / "saved.db").replace(path)
    log.warning("%d jobs were saved from the damaged database", saved)
    return Problem("data_repaired", "error.data_repaired", {"jobs": saved})


def seal(path: Path) -> None:
    """Note, after an orderly stop, how the file was left."""
    if path.exists() and not _has_log(path):
        _seal_of(path).write_text(_state(path))


def break_seal(path: Path) -> bool:
    """Whether the file is large and exactly as an orderly stop left it.

    Then nothing can have been torn or orphaned, and looking through it all would delay the start by
    seconds. A small one is looked through every time.
    """
    note = _seal_of(path)
    try:
        sealed = note.read_text() == _state(path) and not _has_log(path)
    except OSError:
        sealed = False
    note.unlink(missing_ok=True)
    return sealed and path.stat().st_size > _ALWAYS_CHECKED


def _seal_of(path: Path) -> Path:
    return path.with_name(path.name + ".sealed")


def _state(path: Path) -> str:
    info = path.stat()
    return f"{info.st_ino} {info.st_size} {info.st_mtime_ns}\n"


def _has_log(path: Path) -> bool:
    log_file = wal_of(path)
    return log_file.exists() and log_file.stat().st_size > 0


def _is_sound(path: Path) -> bool:
    try:
        connection = sqlite3.connect(path)
        try:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname.startswith(_NOT_DAMAGE):
            raise
        return False


def _save(path: Path, target: Path, namer: Namer) -> int:
    """Copy every readable row of our tables into a fresh database; how many jobs came through."""
    engine = create_engine(f"sqlite:///{target}")
    migrate(engine)
    saved: dict[str, int] = {}
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as fresh:
        for table in metadata.sorted_tables:
            if table in (words, uses):  # made anew below
                continue
            names = _columns(source, table)
            places = f"({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
            saved[table.name] = 0
            for row in _readable(source, table.name, names):
                done = fresh.execute(f"INSERT OR IGNORE INTO {table.name} {places}", row)
                saved[table.name] += done.rowcount
            if "job" in table.columns:  # what belonged to a job that is lost
                fresh.execute(f"DELETE FROM {table.name} WHERE job NOT IN (SELECT number FROM jobs)")  # noqa: S608
        fresh.commit()
    with engine.begin() as connection:
        records.index_all(connection, namer)
        uploading.link_all(connection)
    engine.dispose()
    return saved["jobs"]


def _columns(source: sqlite3.Connection, table: Table) -> list[str]:
    """Those of the table's columns that the damaged database has: it may be of an older version."""
    names = [column.name for column in table.columns]
    try:
        there = {row[1] for row in source.execute(f"PRAGMA table_info({table.name})")}
    except sqlite3.DatabaseError:
        return names
    return [name for name in names if name in there] or names


def _readable(source: sqlite3.Connection, table: str, names: list[str]) -> Iterator[tuple[object, ...]]:
    """Rows from both ends up to a break, then one by one between two breaks; some may come twice."""
    columns = ", ".join(names)
    for order in ("ASC", "DESC"):
        statement = f"SELECT {columns} FROM {table} NOT INDEXED ORDER BY rowid {order}"  # noqa: S608 - our names
        try:
            yield from source.execute(statement)
            return
        except sqlite3.DatabaseError as error:
            log.warning("table %s: %s", table, error)
    for key_found in _keys_from_indexes(source, table, names):
        statement = f"SELECT {columns} FROM {table} WHERE {names[0]} = ?"  # noqa: S608 - our own names
        try:
            row = source.execute(statement, (key_found,)).fetchone()
        except sqlite3.DatabaseError:
            continue
        if row is not None:
            yield row


def _keys_from_indexes(source: sqlite3.Connection, table: str, names: list[str]) -> Iterator[object]:
    """Keys as the indexes know them, to look up rows one by one between two breaks."""
    if names[0] not in ("number", "id"):
        return
    try:
        indexes = [row[1] for row in source.execute(f"PRAGMA index_list({table})")]
    except sqlite3.DatabaseError:
        return
    for index in indexes:
        statement = f"SELECT {names[0]} FROM {table} INDEXED BY {index}"  # noqa: S608 - our own names
        try:
            for row in source.execute(statement):
                yield row[0]
            return
        except sqlite3.DatabaseError:
            continue
