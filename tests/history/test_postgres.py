"""On a real PostgreSQL: found whatever its locale, and nothing lost when it goes away."""

from __future__ import annotations

import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from aigc_demo import i18n
from aigc_demo.bench.postgres_server import Server
from aigc_demo.history import History
from aigc_demo.history.grams import entries, wanted
from aigc_demo.types import UserError
from tests import postgres
from tests.history.making import finished, opened, picture, submission, text
from tests.proving import Proof

pytestmark = pytest.mark.on_sqlite
"""Each test here has a database of its own."""

POEM = "春江潮水连海平，海上明月共潮生。滟滟随波千万里，何处春江无月明！𠀀"


@pytest.fixture
def url(postgres_server: Server, empty_postgres: str) -> Iterator[str]:
    url = postgres_server.database(empty_postgres)
    postgres.empty(url)  # other tests leave rows in what this is a copy of
    yield url
    postgres_server.drop(url)


def _refused(folder: Path, url: str) -> UserError:
    with pytest.raises(UserError) as caught, opened(folder, database_url=url):
        pass
    return caught.value


def _said(error: UserError) -> str:
    return i18n.t(error.problem.key, "en", **error.problem.values)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_one_to_four_chinese_characters_are_found_in_a_database_of_any_locale(
    postgres_server: Server, tmp_path: Path, locale: str
) -> None:
    url = postgres_server.database("template0", f"--lc-ctype={locale}")
    runs = {POEM[at : at + size] for size in (1, 2, 3, 4) for at in range(len(POEM) - size + 1)}
    runs = {run for run in runs if not set(run) & set("，。！")}
    assert len(runs) > 60
    with opened(tmp_path, database_url=url) as history:
        made = history.create(submission(POEM))
        others = [history.create(submission("".join(random.Random(n).sample(POEM, 12)))) for n in range(8)]
        for run in runs:
            found = {job.id for job in history.page("alice", query=run).items}
            assert made.id in found, run
            for other in others:  # nothing that only holds the same characters elsewhere
                bare = str(other.params["prompt"]).translate(dict.fromkeys(map(ord, "，。！")))
                assert (other.id in found) == (run in bare), run
    postgres_server.drop(url)


def test_the_index_answers_and_not_a_look_through_everything(
    postgres_server: Server, url: str, tmp_path: Path
) -> None:
    with opened(tmp_path, database_url=url) as history:
        history.create(submission(POEM))
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("SET enable_seqscan = off")
        asked = wanted("海 上 明 月")
        assert asked is not None
        plan = connection.execute(
            "EXPLAIN SELECT job FROM search WHERE entries @@ %s::tsquery", [asked.match]
        ).fetchall()
    assert any("ix_search_entries" in row[0] for row in plan), plan


def test_a_text_larger_than_one_entry_list_of_the_server_is_kept_and_found(url: str, tmp_path: Path) -> None:
    rng = random.Random(5)
    huge = ["".join(chr(rng.randrange(0x4E00, 0x9FA5)) for _ in range(20_000)) for _ in range(9)]
    with opened(tmp_path, database_url=url) as history:
        job = finished(history, submission("a wish"), *(text(part) for part in huge))
        assert history.page("alice", query=huge[0][10_000:10_004]).items[0].id == job.id
    assert sum(len(entry.encode()) + 1 for entry in entries(" ".join("".join(huge)))) <= 900_000


# -- the server goes away -------------------------------------------------------------------------


def _work(history: History, stop: threading.Event, acknowledged: list[str], done: list[str]) -> None:
    while not stop.is_set():
        try:
            job = history.create(submission("kept"))
            acknowledged.append(job.id)
            history.start(job.id)
            history.mark(job.id, "running")
            history.finish(job.id, "done", [text("kept"), picture()], seconds=0.1)
            done.append(job.id)
        except UserError as error:
            assert error.status == 503, error


def test_a_server_that_is_restarted_under_load_loses_nothing_acknowledged(
    postgres_server: Server, url: str, tmp_path: Path, proof: Proof
) -> None:
    acknowledged: list[str] = []
    done: list[str] = []
    stop = threading.Event()
    with opened(tmp_path, database_url=url) as history:
        threads = [threading.Thread(target=_work, args=(history, stop, acknowledged, done)) for _ in range(3)]
        for thread in threads:
            thread.start()
        restarts = proof.times(2, 30)
        for number in range(restarts):
            seen = len(done)
            while len(done) < seen + 5:  # in mid-work, not before it
                time.sleep(0.01)
            postgres_server.stop(signal.SIGQUIT if number % 2 else signal.SIGINT)
            postgres_server.start()
        stop.set()
        for thread in threads:
            thread.join()
        assert len(done) == len(acknowledged), "who waits for a server that comes back is served in the end"
        for job_id in acknowledged:
            assert history.get("alice", job_id).status == "done"
            assert history.file("alice", job_id, "answer.txt").path.read_text() == "kept"
        assert history._writer.retries > 0
        proof.count("A database server restarted under load", "restarts", restarts)
        proof.count("A database server restarted under load", "jobs acknowledged", len(acknowledged))
        proof.count("A database server restarted under load", "lost", 0)


@pytest.mark.parametrize("got_through", [True, False])
def test_a_commit_whose_answer_was_lost_is_neither_lost_nor_made_twice(
    url: str, tmp_path: Path, got_through: bool
) -> None:
    with opened(tmp_path, database_url=url) as history:
        _break_one_commit(history._standing.db.writing, got_through)
        job = history.create(submission("once"))
        assert [one.id for one in history.page("alice").items] == [job.id]
        assert history.page("alice", query="once").items == (job,)


def _break_one_commit(engine: Engine, got_through: bool) -> None:
    real: Callable[[Any], None] = engine.dialect.do_commit
    broken: list[bool] = []

    def commit(connection: Any) -> None:
        if broken:
            real(connection)
            return
        broken.append(True)
        if got_through:
            real(connection)
        connection.driver_connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    engine.dialect.do_commit = commit  # type: ignore[method-assign]


def test_while_the_server_is_away_a_visitor_is_told_to_ask_again(
    postgres_server: Server, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aigc_demo.history.store._VISITOR_PATIENCE", 0.3)
    with opened(tmp_path, database_url=url) as history:
        job = history.create(submission())
        postgres_server.stop()
        for verb in (lambda: history.create(submission()), lambda: history.page("alice"), history.ready):
            with pytest.raises(UserError) as caught:
                verb()
            assert (caught.value.problem.code, caught.value.status) == ("store_busy", 503)
        postgres_server.start()
        assert history.page("alice").items == (job,)
        assert history.create(submission()).status == "queued"


# -- what a start finds ---------------------------------------------------------------------------


def test_a_second_server_on_one_database_is_refused_until_the_first_stops(url: str, tmp_path: Path) -> None:
    with opened(tmp_path / "a", database_url=url) as first:
        error = _refused(tmp_path / "b", url)
        assert error.problem.code == "database_in_use"
        assert "Another server is writing to the database 127.0.0.1" in _said(error)
        assert first.create(submission()).status == "queued"
    with opened(tmp_path / "b", database_url=url) as second:
        assert len(second.page("alice").items) == 1


def test_every_wrong_address_is_one_sentence_that_never_tells_the_password(
    postgres_server: Server, url: str, tmp_path: Path
) -> None:
    away = url.replace("studio@", "studio:hush@")
    answers = {
        away.rsplit("/", 1)[0] + "/nowhere": "database_away",
        away.replace("studio:", "stranger:"): "database_away",
        "postgresql://studio:hush@127.0.0.1:9/studio": "database_away",
        "postgresql://studio:hush@127.0.0.1:many/studio": "database_url",
        "mysql://studio:hush@127.0.0.1/studio": "database_kind",
        "nonsense hush": "database_url",
    }
    for wrong, code in answers.items():
        error = _refused(tmp_path, wrong)
        assert error.problem.code == code, wrong
        assert "hush" not in _said(error) and "\n" not in _said(error), _said(error)
    latin = postgres_server.database("template0", "--encoding=LATIN1")
    assert "LATIN1" in _said(_refused(tmp_path, latin))


def test_a_database_of_a_newer_version_is_left_as_it_is(url: str, tmp_path: Path) -> None:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer version of this app (its tables are at 9999)" in _said(_refused(tmp_path, url))


def test_files_without_rows_are_set_aside_when_the_database_turns_out_to_be_empty(
    postgres_server: Server, url: str, tmp_path: Path
) -> None:
    with opened(tmp_path, database_url=url) as history:
        finished(history, submission(), text())
    wrong = postgres_server.database()
    with opened(tmp_path, database_url=wrong):
        pass
    assert [path.name for path in (tmp_path / "lost").rglob("answer.txt")] == ["answer.txt"]
    postgres_server.drop(wrong)


def test_a_backup_brings_everything_back(postgres_server: Server, url: str, tmp_path: Path) -> None:
    with opened(tmp_path / "a", database_url=url) as history:
        job = finished(history, submission("春江花月夜"), text(), picture())
        dump = postgres_server.folder / "studio.dump"
        # As docs/deploy.md has it: the rows first, then the files that they name.
        postgres_server.program("pg_dump", "--format=custom", f"--file={dump}", url.replace("+psycopg", ""))
        shutil.copytree(tmp_path / "a" / "media", tmp_path / "b" / "media")
    fresh = postgres_server.database("template0")
    where = f"--dbname={fresh.replace('+psycopg', '')}"
    postgres_server.program("pg_restore", "--no-owner", "--exit-on-error", where, str(dump))
    with opened(tmp_path / "b", database_url=fresh) as restored:
        assert restored.page("alice", query="花月").items == (job,)
        assert restored.file("alice", job.id, "picture.png").size == job.outputs[1].size
    postgres_server.drop(fresh)
