"""A history in a fresh folder: on SQLite, and the same tests on a real PostgreSQL.

By ``--scale`` every test here runs on both, otherwise PostgreSQL has a selection. Tests marked ``on_sqlite``
are about SQLite's own file.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from aigc_demo.bench.postgres_server import Server
from aigc_demo.history import History
from tests import postgres
from tests.history.making import opened

ALWAYS_ON_BOTH = {
    "test_migrations": {"test_migrations_and_schema_agree", "test_down_and_up_again"},
    "test_search": {"test_a_query_finds", "test_made_text_and_titles_are_found_too"},
    "test_states": {"test_what_was_under_way_at_a_crash_is_taken_up_once_and_then_failed"},
    "test_writer": {"test_a_faulty_piece_fails_alone_and_leaves_no_half"},
}
"""Modules, with the tests of each or None for all, whose answers could differ by the database."""


OWN_TABLES = ("test_migrations", "test_writer")
"""Modules whose tests make or remove tables: each has a database of its own."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test here runs on SQLite; what may run on PostgreSQL does so too."""
    stores = ["sqlite"]
    if "store" in metafunc.fixturenames and not any(
        mark.name == "on_sqlite" for mark in metafunc.definition.iter_markers()
    ):
        names = ALWAYS_ON_BOTH.get(metafunc.module.__name__.rsplit(".", 1)[-1], frozenset())
        chosen = names is None or metafunc.function.__name__ in names
        if chosen or metafunc.config.getoption("--scale"):
            stores.append("postgresql")
    if "store" in metafunc.fixturenames:
        metafunc.parametrize("store", stores, indirect=True, scope="session")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables, made once: copying it is quicker than making it."""
    folder = tmp_path_factory.mktemp("template")
    with opened(folder):
        pass
    return folder / "studio.db"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A server whose databases know no letters but ASCII's: where Chinese is most easily lost."""
    with postgres.server("C") as running:
        yield running


@pytest.fixture(scope="session")
def empty_postgres(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database of it with all tables, by name."""
    url = postgres_server.database()
    with opened(tmp_path_factory.mktemp("template"), database_url=url):
        pass
    return url.rsplit("/", 1)[1]


@pytest.fixture(scope="session")
def store(request: pytest.FixtureRequest) -> str:
    """Where the rows of this test are kept."""
    return str(getattr(request, "param", "sqlite"))  # a TestCase has no parameters


@pytest.fixture(autouse=True)
def where_rows_are(
    store: str, request: pytest.FixtureRequest, clean_environment: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str | None]:
    """The URL that every history of this test opens by itself; None for a file in its folder."""
    if store == "sqlite":
        yield None
        return
    server: Server = request.getfixturevalue("postgres_server")
    template: str = request.getfixturevalue("empty_postgres")
    if request.module.__name__.endswith(OWN_TABLES):
        url = server.database(template)
        monkeypatch.setenv("AIGC_DATABASE_URL", url)
        yield url
        server.drop(url)
    else:
        url = server.url(template)
        postgres.empty(url)
        monkeypatch.setenv("AIGC_DATABASE_URL", url)
        yield url


@pytest.fixture
def history(tmp_path: Path, empty_database: Path, store: str) -> Iterator[History]:
    if store == "sqlite":
        target = tmp_path / "studio.db"
        shutil.copy(empty_database, target)
        target.chmod(0o600)
    with opened(tmp_path) as history:
        yield history
