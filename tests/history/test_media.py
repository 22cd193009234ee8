"""The media store: names that cannot escape, folders that appear whole, the same on a bucket."""

from __future__ import annotations

import os
from pathlib import Path

import fsspec
import pytest

from aigc_demo.history.ids import IdMaker
from aigc_demo.history.media import LocalMedia, Media, is_name, job_key, make_media, upload_key
from aigc_demo.types import UserError
from tests.history.making import files_below, finished, opened, picture, submission, text

JOB = IdMaker()()


@pytest.fixture(params=["local", "remote"])
def media(request: pytest.FixtureRequest, tmp_path: Path) -> Media:
    fsspec.filesystem("memory").store.clear()
    return make_media(None if request.param == "local" else "memory://bucket/media", tmp_path)


def test_what_was_put_is_found_until_it_is_deleted(media: Media) -> None:
    media.put(job_key(JOB), {"a.png": b"abc", "a.png.json": b""})
    found = media.find(job_key(JOB), "a.png")
    assert (found.size, found.path.read_bytes()) == (3, b"abc")
    media.delete(job_key(JOB))
    media.delete(job_key(JOB))
    with pytest.raises(UserError) as caught:
        media.find(job_key(JOB), "a.png")
    assert caught.value.problem.code == "file_missing"


def test_a_second_put_replaces_the_first(media: Media) -> None:
    media.put(job_key(JOB), {"a.png": b"1"})
    media.delete(job_key(JOB))
    media.put(job_key(JOB), {"a.png": b"22"})
    assert media.find(job_key(JOB), "a.png").path.read_bytes() == b"22"


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", ".hidden", "a..b", "A.png", "a.png\n"),
        *("a\x00.png", "é.png", "-a.png", "x" * 100 + ".png", "a.b.c.d.e", "a. png", "a%2fb.png", "~.png"),
    ],
)
def test_no_other_name_is_written_or_read(media: Media, name: str) -> None:
    assert not is_name(name)
    with pytest.raises(UserError):
        media.put(job_key(JOB), {"fine.png": b"1", name: b"2"})
    with pytest.raises(UserError):
        media.find(job_key(JOB), name)
    with pytest.raises(UserError):  # all or nothing
        media.find(job_key(JOB), "fine.png")


@pytest.mark.parametrize(
    "job_id", ["", "..", "../../etc", "0" * 25, "0" * 27, "Z" * 26, "/" * 26, "8" + "0" * 25]
)
def test_only_an_id_names_a_folder(job_id: str) -> None:
    for key in (job_key, upload_key):
        with pytest.raises(ValueError, match="not an id"):
            key(job_id)


def test_a_link_planted_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    media = LocalMedia(tmp_path / "media", tmp_path / "tmp")
    media.put(job_key(JOB), {"a.png": b"1"})
    secret = tmp_path / "secret"
    secret.write_text("secret")
    planted = tmp_path / "media" / job_key(JOB) / "b.png"
    planted.symlink_to(secret)
    os.mkfifo(planted.with_name("c.png"))
    planted.with_name("d.png").mkdir()
    for name in ("b.png", "c.png", "d.png"):
        with pytest.raises(UserError):
            media.find(job_key(JOB), name)


def test_a_put_that_fails_midway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    media = LocalMedia(tmp_path / "media", tmp_path / "tmp")
    real, calls = os.fsync, []

    def fail_at(number: int) -> None:
        calls.clear()

        def fsync(fd: int) -> None:
            calls.append(fd)
            if len(calls) == number:
                raise OSError(5, "Input/output error")
            real(fd)

        monkeypatch.setattr(os, "fsync", fsync)

    for number in range(1, 20):
        fail_at(number)
        try:
            media.put(job_key(JOB), {"a.png": b"1", "b.png": b"2"})
        except OSError:
            assert files_below(tmp_path / "tmp") == []
            media.delete(job_key(JOB))  # what the caller does
            assert files_below(tmp_path) == []
        else:
            assert len(files_below(tmp_path / "media")) == 2
            return
    pytest.fail("the put never succeeded")


def test_files_are_on_the_disk_before_the_folder_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = LocalMedia(tmp_path / "media", tmp_path / "tmp")
    target = tmp_path / "media" / job_key(JOB)
    seen: list[tuple[str, bool]] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        seen.append((Path(f"/proc/self/fd/{fd}").readlink().name, target.exists()))
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    media.put(job_key(JOB), {"a.png": b"1", "b.png": b"2"})
    assert seen[:2] == [("a.png", False), ("b.png", False)]
    assert seen[2][0].startswith(JOB) and not seen[2][1]  # the draft's list of names
    assert seen[-1] == (target.parent.name, True)  # and after the rename, the month's list


def test_a_history_can_keep_its_files_in_a_bucket(tmp_path: Path) -> None:
    fsspec.filesystem("memory").store.clear()
    with opened(tmp_path, media_url="memory://bucket/m") as history:
        job = finished(history, submission(), text(), picture())
        assert history.file("alice", job.id, "picture.png").size == job.outputs[1].size
        assert files_below(tmp_path / "media") == []
    with opened(tmp_path, media_url="memory://bucket/m") as history:
        assert history.file("alice", job.id, "answer.txt").path.read_text() == "Cats sleep."
        history.clear("alice")
    assert [name for name in fsspec.filesystem("memory").store if job.id in name] == []


def test_a_file_url_names_a_folder(tmp_path: Path) -> None:
    with opened(tmp_path / "data", media_url=f"file://{tmp_path}/elsewhere") as history:
        job = finished(history, submission(), text())
        assert history.file("alice", job.id, "answer.txt").path.is_relative_to(tmp_path / "elsewhere")
