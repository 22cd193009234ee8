"""A damaged database: noticed at start, kept aside untouched, and what can be read is saved.

Knows SQLite's check and how to copy rows past broken pages. Runs before anything else opens the file.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from aigc_demo.history.database import wal_of
from aigc_demo.history.schema import metadata
from aigc_demo.types import Problem, UserError

log = logging.getLogger(__name__)

def check(path: Path, data: Path) -> Problem | None:
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
    saved = _save(path, aside / "saved.db")
    if saved == 0:
        raise UserError("data_damaged", "error.data_damaged", status=503, copy=str(aside), file=str(path))
    for leftover in (wal_of(path), path.with_name(path.name + "-shm")):
        leftover.unlink(missing_ok=True)
    (aside / "saved.db").replace(path)
    log.warning("%d jobs were saved from the damaged database", saved)
    return Problem("data_repaired", "error.data_repaired", {"jobs": saved})


def _is_sound(path: Path) -> bool:
    try:
        connection = sqlite3.connect(path)
        try:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise
        return False


def _save(path: Path, target: Path) -> int:
    """Copy every readable row of our tables into a fresh database; how many jobs came through."""
    from sqlalchemy import create_engine

    from aigc_demo.history.database import migrate

    engine = create_engine(f"sqlite:///{target}")
    migrate(engine)
    engine.dispose()
    saved: dict[str, int] = {}
    source, fresh = sqlite3.connect(path), sqlite3.connect(target)
    try:
        fresh.execute("PRAGMA foreign_keys=OFF")
        for table in metadata.sorted_tables:
            saved[table.name] = 0
            names = [column.name for column in table.columns]
            marks = ",".join("?" * len(names))
            for row in _readable(source, table.name, names):
                done = fresh.execute(f"INSERT OR IGNORE INTO {table.name} VALUES ({marks})", row)
                saved[table.name] += done.rowcount
        for table in metadata.sorted_tables:  # what belonged to a job that is lost
            if "job" in table.columns:
                fresh.execute(f"DELETE FROM {table.name} WHERE job NOT IN (SELECT number FROM jobs)")
        fresh.commit()
    finally:
        source.close()
        fresh.close()
    return saved["jobs"]


def _readable(source: sqlite3.Connection, table: str, names: list[str]) -> Iterator[tuple[object, ...]]:
    """Rows in order of their address; behind a broken page, go on at the next address that answers."""
    columns, key = ", ".join(names), "rowid"
    for descending in (False, True):  # a break in the tree hides what is behind it: come from both ends
        order, beyond = ("DESC", "<") if descending else ("ASC", ">")
        at = 2**62 if descending else -(2**62)
        try:
            for row in source.execute(
                f"SELECT {key}, {columns} FROM {table} NOT INDEXED WHERE {key} {beyond} ? ORDER BY {key} {order}",
                (at,),
            ):
                yield row[1:]
            return
        except sqlite3.DatabaseError as error:
            log.warning("table %s: %s", table, error)
    for key_found in _keys_from_indexes(source, table, names):
        try:
            row = source.execute(f"SELECT {columns} FROM {table} WHERE {names[0]} = ?", (key_found,)).fetchone()
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
        try:
            for row in source.execute(f"SELECT {names[0]} FROM {table} INDEXED BY {index}"):
                yield row[0]
            return
        except sqlite3.DatabaseError:
            continue
