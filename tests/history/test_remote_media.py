"""Files in a real object store: whole or not at all, and what was written; else one sentence."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aigc_demo import i18n
from aigc_demo.history import remote_media, upkeep
from aigc_demo.history.ids import IdMaker
from aigc_demo.history.media import job_key, make_media
from aigc_demo.history.remote_media import RemoteMedia
from aigc_demo.types import UserError
from tests import s3
from tests.history.making import finished, opened, picture, submission, text

pytestmark = pytest.mark.on_sqlite

JOB = IdMaker()()


@pytest.fixture(scope="module")
def objects() -> Iterator[s3.Store]:
    with pytest.MonkeyPatch.context() as patch, s3.store(patch) as running:
        yield running


@pytest.fixture
def bucket(objects: s3.Store) -> str:
    return objects.bucket()


@pytest.fixture
def media(bucket: str, tmp_path: Path) -> RemoteMedia:
    made = make_media(f"s3://{bucket}/studio", tmp_path)
    assert isinstance(made, RemoteMedia)
    return made


def _refused(folder: Path, url: str) -> str:
    with pytest.raises(UserError) as caught, opened(folder, media_url=url):
        pass
    assert caught.value.status == 503
    said = i18n.t(caught.value.problem.key, "en", **caught.value.problem.values)
    assert "\n" not in said
    return said


def test_files_lie_under_the_hash_of_their_content_and_a_second_put_replaces_the_first(
    objects: s3.Store, bucket: str, media: RemoteMedia
) -> None:
    key = job_key(JOB)
    media.put(key, {"a.png": b"1", "a.png.json": b"{}"})
    media.put(key, {"a.png": b"22"})
    assert objects.keys(bucket) == [f"studio/{key}/a.png/{hashlib.sha256(b'22').hexdigest()}"]
    assert media.find(key, "a.png").path.read_bytes() == b"22"
    media.add(key, "look.json", b"{}")
    assert len(objects.keys(bucket)) == 2
    media.delete(key)
    media.delete(key)
    assert objects.keys(bucket) == []
    with pytest.raises(UserError, match="file_missing"):
        media.add(key, "look.json", b"{}")
    assert objects.keys(bucket) == []


def test_what_another_server_has_just_put_is_there_although_the_folder_was_listed(
    bucket: str, media: RemoteMedia, tmp_path: Path
) -> None:
    other = make_media(f"s3://{bucket}/studio", tmp_path / "other")
    with pytest.raises(UserError, match="file_missing"):
        media.find(job_key(JOB), "a.png")
    other.put(job_key(JOB), {"a.png": b"1"})
    mine, theirs = (place.find(job_key(JOB), "a.png").path for place in (media, other))
    assert mine.read_bytes() == b"1"
    assert mine.stat().st_mtime == theirs.stat().st_mtime, "parts asked of two servers are of one file"


@pytest.mark.parametrize("broken", [1, 2, 3])
def test_a_put_that_breaks_midway_leaves_nothing(
    objects: s3.Store, bucket: str, media: RemoteMedia, monkeypatch: pytest.MonkeyPatch, broken: int
) -> None:
    real = media._fs._pipe_file
    calls: list[str] = []

    async def breaks(path: str, data: bytes, **options: Any) -> object:
        calls.append(path)
        if len(calls) == broken:
            raise ConnectionResetError("the line broke")
        return await real(path, data, **options)

    monkeypatch.setattr(media._fs, "_pipe_file", breaks)
    with pytest.raises(OSError, match="the line broke"):
        media.put(job_key(JOB), {"a.png": b"1", "b.png": b"2", "c.png": b"3"})
    assert objects.keys(bucket) == []


def test_a_large_file_goes_in_parts_and_a_broken_one_leaves_neither_object_nor_parts(
    objects: s3.Store, bucket: str, media: RemoteMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = random.Random(3).randbytes(2 * remote_media._PART + 5)
    key = job_key(JOB)
    media.put(key, {"film.mp4": large})
    [name] = objects.keys(bucket)
    assert objects.client.head_object(Bucket=bucket, Key=name)["ETag"].endswith('-3"')
    assert media.find(key, "film.mp4").path.read_bytes() == large
    media.delete(key)

    real = media._fs._call_s3

    async def breaks(method: str, *args: Any, **named: Any) -> object:
        if method == "upload_part" and named["PartNumber"] == 2:
            raise ConnectionResetError("the line broke")
        return await real(method, *args, **named)

    monkeypatch.setattr(media._fs, "_call_s3", breaks)
    with pytest.raises(OSError, match="the line broke"):
        media.put(key, {"film.mp4": large})
    assert objects.keys(bucket) == []
    assert "Uploads" not in objects.client.list_multipart_uploads(Bucket=bucket)


def test_parts_that_a_killed_server_left_are_given_up_after_a_day(
    objects: s3.Store, bucket: str, media: RemoteMedia
) -> None:
    objects.client.create_multipart_upload(Bucket=bucket, Key="studio/2026/11/x")
    objects.client.create_multipart_upload(Bucket=bucket, Key="another/2026/11/x")
    assert media.abort_parts(1e12) == 0  # moto says of all that they were begun in 2010
    assert media.abort_parts(86_400) == 1
    left = objects.client.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [upload["Key"] for upload in left] == ["another/2026/11/x"]


def test_an_object_that_is_not_what_was_written_is_never_served(
    objects: s3.Store, bucket: str, media: RemoteMedia
) -> None:
    media.put(job_key(JOB), {"a.png": b"1"})
    objects.client.put_object(Bucket=bucket, Key=objects.keys(bucket)[0], Body=b"another")
    with pytest.raises(UserError, match="media_away"):
        media.find(job_key(JOB), "a.png")


def test_what_the_store_does_not_let_go_is_not_said_to_be_gone(
    media: RemoteMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    media.put(job_key(JOB), {"a.png": b"1"})
    monkeypatch.setattr(
        media._fs, "rm", lambda paths: None
    )  # no right to delete: an error for each, in a 200
    with pytest.raises(UserError, match="media_refused"):
        media.delete(job_key(JOB))


def test_a_put_that_cannot_be_seen_again_has_failed(
    media: RemoteMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "_send", lambda objects: None)
    with pytest.raises(OSError, match="has None bytes in place of 1"):
        media.put(job_key(JOB), {"a.png": b"1"})


def test_a_history_keeps_its_files_in_the_store_and_forgets_them_there(
    objects: s3.Store, bucket: str, tmp_path: Path
) -> None:
    url = f"s3://{bucket}/studio"
    with opened(tmp_path / "a", media_url=url) as history:
        job = finished(history, submission(), text(), picture())
        upload = history.put_upload("alice", "x.png", "image/png", picture().data or b"")
        assert history.get_upload("alice", upload).path.read_bytes() == picture().data
        with pytest.raises(UserError, match="not_found"):
            history.file("bob", job.id, "picture.png")
        assert len(objects.keys(bucket)) == 5
    with opened(tmp_path / "a", media_url=url) as history:
        assert history.file("alice", job.id, "answer.txt").path.read_text() == "Cats sleep."
        history.clear("alice")
    assert objects.keys(bucket) == []


def test_folders_without_a_row_are_swept_after_a_day_unless_they_are_most(
    objects: s3.Store, bucket: str, tmp_path: Path
) -> None:
    young = job_key(IdMaker()())
    before = job_key("00" + JOB[2:])
    with opened(tmp_path, media_url=f"s3://{bucket}/studio") as history:
        jobs = [finished(history, submission(), text()) for _ in range(3)]
        media = history._media
        assert isinstance(media, RemoteMedia)
        for key in (before, young, f"uploads/{before}"):
            media.put(key, {"stray.txt": b"1"})
        assert upkeep.sweep_remote(history._reading, media) == 2
        left = set(media.all_folders())
        assert left == {young, *(job_key(job.id) for job in jobs)}, "a young one may be in the making"
        for number in range(9):
            media.put(job_key(f"00{number}" + JOB[3:]), {"stray.txt": b"1"})
        assert upkeep.sweep_remote(history._reading, media) == 0, "the store of another database"
    assert len(set(objects.keys(bucket))) == 6 + 1 + 9


def test_copies_on_the_disk_leave_oldest_first(media: RemoteMedia, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_media, "_JUST_USED_SECONDS", -1.0)
    media.put(job_key(JOB), {"a.png": b"1" * 10, "b.png": b"2" * 10})
    first = media.find(job_key(JOB), "a.png").path
    time.sleep(0.02)
    second = media.find(job_key(JOB), "b.png").path
    media.trim(15)
    assert (first.exists(), second.exists()) == (False, True)
    assert media.find(job_key(JOB), "a.png").size == 10


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "AccessDenied", "media_refused"),
        (403, "RequestTimeTooSkewed", "media_refused"),
        (400, "QuotaExceeded", "media_full"),
        (503, "SlowDown", "media_slow"),
        (404, "NoSuchBucket", "media_refused"),
    ],
)
def test_what_a_store_complains_of_is_one_sentence_for_the_visitor(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, code: str, kind: str
) -> None:
    monkeypatch.setattr(RemoteMedia, "_try", lambda self: None)  # it worked when the server started
    monkeypatch.setattr("s3fs.core.asyncio.sleep", _at_once)
    with s3.complaining(status, code) as endpoint:
        s3.speak_to(monkeypatch, endpoint)
        with opened(tmp_path, media_url=f"s3://{bucket}/studio") as history:
            job = history.create(submission())
            history.start(job.id)
            with pytest.raises(UserError) as caught:
                history.finish(job.id, "done", [text()])
            assert caught.value.problem.code == kind
            assert history.get("alice", job.id).status == "failed"


async def _at_once(_seconds: float) -> None:
    """No waiting between two tries."""


def test_a_store_that_is_too_slow_is_given_up(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = {"config_kwargs": {"connect_timeout": 0.2, "read_timeout": 0.2, "retries": {"max_attempts": 1}}}
    monkeypatch.setattr(remote_media, "_S3", hasty)
    with s3.complaining(200, "", seconds=1.0) as endpoint:
        s3.speak_to(monkeypatch, endpoint)
        assert "The store for files in AIGC_MEDIA_URL can't be used" in _refused(tmp_path, f"s3://{bucket}/x")


def test_every_wrong_address_is_one_sentence_at_the_start(
    objects: s3.Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "can't be used" in _refused(tmp_path, "s3://there-is-no-such-bucket/studio")
    assert "not an address of a store" in _refused(tmp_path, "nonsense://bucket/studio")
    monkeypatch.setattr("fsspec.core.url_to_fs", _not_installed)
    assert "requirements-scale.txt" in _refused(tmp_path, "s3://bucket/studio")


def _not_installed(*_: object, **__: object) -> None:
    raise ImportError("Install s3fs to access S3")
