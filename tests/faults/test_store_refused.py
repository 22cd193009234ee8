"""A data folder that can't be written to ends in one sentence that says so, at the start and later."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_demo import i18n
from aigc_demo.history import History
from aigc_demo.settings import Settings
from aigc_demo.types import UserError
from tests.history.making import files_below, finished, opened, submission, text


def _refused(folder: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        History.open(Settings(data_dir=folder))
    return caught.value


def _fill(folder: Path) -> None:
    with pytest.raises(OSError), (folder / "ballast").open("wb") as file:
        while True:
            file.write(os.urandom(4096))
            file.flush()


def _remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


@pytest.mark.parametrize("used_before", [True, False])
def test_a_read_only_disk_is_told_at_the_start_and_harms_nothing(small_disk: Path, used_before: bool) -> None:
    if used_before:
        with opened(small_disk) as history:
            finished(history, submission("before"), text())
    _remount(small_disk, "ro")
    error = _refused(small_disk)
    assert error.problem.code == "read_only"
    assert str(small_disk) in i18n.message(error.problem, "en")
    _remount(small_disk, "rw")
    with opened(small_disk) as history:
        assert len(history.page("alice").items) == used_before


@pytest.mark.parametrize("used_before", [True, False])
def test_a_full_disk_is_told_at_the_start_and_is_no_damage(small_disk: Path, used_before: bool) -> None:
    if used_before:
        with opened(small_disk) as history:
            finished(history, submission("before"), text())
    _fill(small_disk)
    error = _refused(small_disk)
    assert error.problem.code == "disk_full"
    assert "is full" in i18n.message(error.problem, "en")
    assert not (small_disk / "damaged").exists()
    (small_disk / "ballast").unlink()
    with opened(small_disk) as history:
        assert len(history.page("alice").items) == used_before


def test_a_disk_that_becomes_read_only_is_told_in_one_sentence_and_all_goes_on_once_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as history:
        old = finished(history, submission("old"), text())
        history._writer.call(lambda c: c.exec_driver_sql("PRAGMA query_only = ON").close(), alone=True)
        for verb in (
            lambda: history.create(submission()),
            lambda: history.patch("alice", old.id, starred=True),
            lambda: history.put_upload("alice", "cat.png", "image/png", b"x"),
            history.ready,
        ):
            with pytest.raises(UserError) as caught:
                verb()
            assert (caught.value.problem.code, caught.value.status) == ("read_only", 503)
        assert history.get("alice", old.id) == old
        history._writer.call(lambda c: c.exec_driver_sql("PRAGMA query_only = OFF").close(), alone=True)
        upload = history.put_upload("alice", "cat.png", "image/png", b"x")
        with monkeypatch.context() as patched:
            patched.setattr(Path, "mkdir", _refuse(errno.EROFS))
            with pytest.raises(UserError) as caught:
                history.put_upload("alice", "cat.png", "image/png", b"x")
            assert caught.value.problem.code == "read_only"
        assert [path.parent.name for path in files_below(tmp_path / "media/uploads")] == [upload]


def _refuse(number: int) -> object:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    return refuse


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM])
@pytest.mark.parametrize("call", ["mkdir", "chmod"])
def test_whichever_way_the_system_refuses_the_folder_it_is_the_same_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, call: str
) -> None:
    monkeypatch.setattr(Path, call, _refuse(number))
    assert _refused(tmp_path / "data").problem.code == "read_only"


def test_a_place_that_is_no_folder_or_no_address_ends_in_a_sentence_too(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("I am a file")
    assert _refused(tmp_path / "data").problem.code == "store_failed"
    assert "I am a file" in (tmp_path / "data").read_text()


def test_a_database_that_cannot_be_opened_is_not_taken_for_a_damaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as history:
        finished(history, submission(), text())
    real = sqlite3.connect

    def refuse(*arguments: object, **named: object) -> sqlite3.Connection:
        connection = real(":memory:")
        connection.close()
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorname = "SQLITE_CANTOPEN"
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", refuse)
        assert _refused(tmp_path).problem.code == "store_failed"
    assert not (tmp_path / "damaged").exists()
    with opened(tmp_path) as history:
        assert history.notice is None
        assert len(history.page("alice").items) == 1


def test_the_server_itself_says_one_sentence_and_no_trace(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("I am a file")
    environment = {
        **os.environ,
        "AIGC_DATA_DIR": str(tmp_path / "data"),
        "AIGC_PORT": "0",
        "LC_ALL": "C.UTF-8",
    }
    for command in (["app.py"], ["-m", "aigc_demo", "serve"], ["-m", "aigc_demo", "history", "list"]):
        ended = subprocess.run(
            [sys.executable, *command], env=environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 1
        assert ended.stderr.startswith("The data folder ")
        assert ended.stderr.count("\n") == 1
