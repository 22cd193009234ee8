"""The tables the migrations make are the tables the code asks."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from aigc_demo.history import database
from aigc_demo.history.schema import HEAD, metadata
from aigc_demo.settings import Settings
from tests.history.making import opened, submission


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "aigc_demo.history:migrations")
    return config


def test_the_newest_step_is_the_one_the_code_knows() -> None:
    assert ScriptDirectory.from_config(_config()).get_heads() == [HEAD]


def test_migrations_and_schema_agree(tmp_path: Path) -> None:
    db = database.connect(Settings(data_dir=tmp_path))

    def ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return not (kind == "table" and str(name).startswith("search"))

    with db.reading.begin() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        assert compare_metadata(context, metadata) == []
    db.close()


def test_down_and_up_again(tmp_path: Path) -> None:
    db = database.connect(Settings(data_dir=tmp_path))
    config = _config()
    with db.writing.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
        command.upgrade(config, "head")
    db.close()
    with opened(tmp_path) as history:
        assert history.create(submission()).status == "queued"


def test_titles_of_owners_are_told_from_first_words_when_the_mark_comes_in(tmp_path: Path) -> None:
    with opened(tmp_path) as history:
        renamed, plain = history.create(submission("a cat")), history.create(submission("a dog"))
        history.patch("alice", renamed.id, title="My cat")
    db = database.connect(Settings(data_dir=tmp_path))
    config = _config()
    with db.writing.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        command.upgrade(config, "head")
    db.close()
    with opened(tmp_path) as history:
        assert [history.get("alice", job.id).titled for job in (renamed, plain)] == [True, False]


def test_a_start_with_current_tables_needs_no_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path):
        pass
    monkeypatch.setattr(command, "upgrade", lambda *_: pytest.fail("migrated again"))
    with opened(tmp_path):
        pass


@pytest.mark.on_sqlite
def test_every_connection_is_set_for_safety(tmp_path: Path) -> None:
    db = database.connect(Settings(data_dir=tmp_path))
    wanted = {"journal_mode": "wal", "foreign_keys": 1, "trusted_schema": 0}
    with db.writing.begin() as connection:
        found = {
            name: connection.scalar(text(f"PRAGMA {name}"))
            for name in [*wanted, "synchronous", "secure_delete"]
        }
        assert found == wanted | {"synchronous": 2, "secure_delete": 1}
    with db.reading.begin() as connection:
        assert {name: connection.scalar(text(f"PRAGMA {name}")) for name in wanted} == wanted
        with pytest.raises(Exception, match="readonly"):
            connection.execute(text("DELETE FROM jobs"))
    db.close()


@pytest.mark.on_sqlite
def test_the_database_may_live_elsewhere_but_not_in_memory(tmp_path: Path) -> None:
    with opened(tmp_path / "data", database_url=f"sqlite:///{tmp_path}/odd name #1.db") as history:
        history.create(submission())
    assert sqlite3.connect(tmp_path / "odd name #1.db").execute("SELECT count(*) FROM jobs").fetchone() == (
        1,
    )
    with pytest.raises(ValueError, match="memory"), opened(tmp_path / "data", database_url="sqlite://"):
        pass


def test_the_tables_can_be_made_on_postgresql() -> None:
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateIndex, CreateTable

    for table in metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))
        for index in table.indexes:
            assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=postgresql.dialect()))
