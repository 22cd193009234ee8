"""What a start finds: another server, a damaged database, leftovers; never silence, never emptiness."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_demo.history import History
from aigc_demo.history.ids import IdMaker
from aigc_demo.history.media import job_key, upload_key
from aigc_demo.settings import Settings
from aigc_demo.types import UserError
from tests.history.making import files_below, finished, opened, picture, submission, text

PAGE = 4096


def _refused(folder: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        History.open(Settings(data_dir=folder))
    return caught.value


def test_a_second_server_on_one_folder_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    code = (
        "import sys; from aigc_demo.history import History; from aigc_demo.settings import Settings;"
        "History.open(Settings(data_dir=sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout is not None
    assert first.stdout.readline() == "open\n"
    error = _refused(tmp_path)
    assert (error.problem.code, error.problem.values["pid"]) == ("data_in_use", str(first.pid))
    first.kill()
    first.communicate()
    with opened(tmp_path) as history:  # the lock died with its holder
        history.create(submission())


def test_a_stale_lock_file_is_no_lock_and_a_failed_start_gives_the_lock_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "studio.lock").write_text("99999\n")
    with opened(tmp_path):
        assert (tmp_path / "studio.lock").read_text() == f"{os.getpid()}\n"
        assert _refused(tmp_path).problem.code == "data_in_use"
    with monkeypatch.context() as patched:
        patched.setattr("aigc_demo.history.database.migrate", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            History.open(Settings(data_dir=tmp_path))
    with opened(tmp_path):
        pass


# -- a damaged database ---------------------------------------------------------------------------


def _filled(folder: Path, count: int = 300) -> Path:
    with opened(folder) as history:
        for n in range(count):
            history.create(submission(f"wish {n} " + "long words " * 20))
        finished(history, submission("with a file"), text(), picture())
    return folder / "studio.db"


def _pages_of(path: Path, name: str) -> list[int]:
    """Numbers of the leaf pages of a table, found by their bytes (no dbstat here)."""
    raw = path.read_bytes()
    needle = {"jobs": b'"prompt":"wish', "words": b"wish 1"}[name]
    pages = range(1, len(raw) // PAGE)
    leaves = [n for n in pages if raw[n * PAGE] == 13 and needle in raw[n * PAGE : (n + 1) * PAGE]]
    return [n for n in leaves if b"with a file" not in raw[n * PAGE : (n + 1) * PAGE]]


def _smash(path: Path, page: int) -> None:
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(b"\xa5" * PAGE)


def test_with_a_smashed_page_most_is_saved_a_copy_is_kept_and_the_visitors_are_told(tmp_path: Path) -> None:
    path = _filled(tmp_path)
    pages = _pages_of(path, "jobs")
    _smash(path, pages[len(pages) // 3])
    damaged = path.read_bytes()
    with opened(tmp_path) as history:
        assert history.notice is not None and history.notice.code == "data_repaired"
        left = history.stats()["jobs_queued"]
        assert 250 <= left < 301
        assert history.notice.values["jobs"] >= left
        assert str(tmp_path) not in str(history.notice)
        ended = history.page("alice", status="done").items[0]
        assert history.file("alice", ended.id, "picture.png").size > 0
        assert history.page("alice", query="file").items == (ended,)
        history.create(submission())
    copies = list((tmp_path / "damaged").rglob("studio.db"))
    assert [copy.read_bytes() for copy in copies] == [damaged]
    with opened(tmp_path) as history:
        assert history.notice is None
        assert history.stats()["jobs_queued"] == left + 1


def test_a_damaged_search_index_costs_no_job(tmp_path: Path) -> None:
    path = _filled(tmp_path, 100)
    _smash(path, next(page for page in _pages_of(path, "words") if page not in _pages_of(path, "jobs")))
    with opened(tmp_path) as history:
        assert history.stats()["jobs_queued"] == 100
        if history.notice is not None:
            assert len(history.page("alice", query="wish 77").items) == 1


@pytest.mark.parametrize("seed", range(6))
def test_whatever_page_is_smashed_the_start_is_loud_or_whole(tmp_path: Path, seed: int) -> None:
    path = _filled(tmp_path, 60)
    page = 1 + (path.stat().st_size // PAGE - 2) * seed // 5
    _smash(path, page)
    try:
        with opened(tmp_path) as history:
            assert history.stats()["jobs_queued"] >= 1
            if history.notice is None:  # a page that held nothing
                assert history.stats()["jobs_queued"] == 60
    except UserError as error:
        assert error.problem.code == "data_damaged"
        assert path.exists()


@pytest.mark.parametrize("spoil", ["header", "text", "half"])
def test_a_database_that_is_none_any_more_is_refused_untouched(tmp_path: Path, spoil: str) -> None:
    path = _filled(tmp_path, 20)
    raw = path.read_bytes()
    path.write_bytes({"header": b"\0" * 200 + raw[200:], "text": b"hello " * 900, "half": raw[:2000]}[spoil])
    before = path.read_bytes()
    error = _refused(tmp_path)
    assert error.problem.code == "data_damaged"
    assert path.read_bytes() == before
    copies = list((tmp_path / "damaged").rglob("studio.db"))
    assert copies[0].read_bytes() == before
    assert len(files_below(tmp_path / "media")) > 0
    _refused(tmp_path)  # and again: nothing was made empty in between


def test_a_log_cut_by_a_power_loss_costs_only_what_was_not_acknowledged(tmp_path: Path) -> None:
    live, copy = tmp_path / "live", tmp_path / "copy"
    with opened(live) as history:
        marks: list[tuple[int, str]] = []
        for _ in range(12):
            job = history.create(submission())
            marks.append(((live / "studio.db-wal").stat().st_size, job.id))
        wal, db = (live / "studio.db-wal").read_bytes(), (live / "studio.db").read_bytes()
    for cut in range(0, len(wal) + PAGE, PAGE):
        copy.mkdir(exist_ok=True)
        for old in copy.glob("studio.db*"):
            old.unlink()
        (copy / "studio.db").write_bytes(db)
        (copy / "studio.db-wal").write_bytes(wal[:cut])
        with sqlite3.connect(copy / "studio.db") as raw:
            assert raw.execute("PRAGMA quick_check").fetchone() == ("ok",)
            tables = raw.execute("SELECT name FROM sqlite_master WHERE name = 'jobs'").fetchall()
            known = {row[0] for row in raw.execute("SELECT id FROM jobs")} if tables else set()
        raw.close()
        assert {job_id for size, job_id in marks if size <= cut} <= known


def test_a_large_database_is_checked_again_only_if_its_last_stop_was_not_orderly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aigc_demo.history import repair

    checks: list[Path] = []
    real = repair.check
    monkeypatch.setattr(repair, "_ALWAYS_CHECKED", 0)
    monkeypatch.setattr(repair, "check", lambda path, *rest: checks.append(path) or real(path, *rest))
    for _ in range(2):
        with opened(tmp_path) as history:
            history.create(submission())
    assert len(checks) == 1  # the first start; then the seal held
    path = tmp_path / "studio.db"
    seal = path.with_name("studio.db.sealed")
    for disturb in (seal.unlink, path.touch, lambda: path.with_name("studio.db-wal").write_bytes(b"torn")):
        before = len(checks)
        disturb()
        with opened(tmp_path):
            assert not seal.exists()  # a kill from here on means a check
        assert len(checks) == before + 1


# -- leftovers ------------------------------------------------------------------------------------


def test_orphans_are_swept_at_start_and_what_rows_name_stays(tmp_path: Path) -> None:
    with opened(tmp_path) as history:
        job = finished(history, submission(), text())
        upload = history.put_upload("alice", "x.png", "image/png", b"x")
        half = history.create(submission())
        history.start(half.id)
    stray = IdMaker(10**12)()
    for key in (job_key(half.id), job_key(stray), upload_key(stray)):
        folder = tmp_path / "media" / key
        folder.mkdir(parents=True)
        (folder / "a.png").write_bytes(b"x")
    (tmp_path / "tmp" / "half-written").mkdir()
    with opened(tmp_path) as history:
        assert history.file("alice", job.id, "answer.txt").size > 0
        assert history.get_upload("alice", upload).path.exists()
    kept = {path.parent.name for path in files_below(tmp_path / "media")}
    assert kept == {job.id, upload}
    assert files_below(tmp_path / "tmp") == []


def test_when_the_database_was_lost_its_files_are_set_aside_not_swept(tmp_path: Path) -> None:
    with opened(tmp_path) as history:
        finished(history, submission(), text("precious"))
    (tmp_path / "studio.db").unlink()
    with opened(tmp_path) as history:
        assert history.page("alice").items == ()
    assert files_below(tmp_path / "media") == []
    assert [path.read_text() for path in files_below(tmp_path / "lost") if path.suffix == ".txt"] == [
        "precious"
    ]
