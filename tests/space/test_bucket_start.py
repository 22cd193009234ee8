"""A history on a mounted bucket (interposed file layer, no FUSE) is there on a new disk, or says why not."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from aigc_demo.guard.secret import load_secret
from aigc_demo.history import History
from aigc_demo.history.bucket import Bucket, bucket_of, is_bucket
from aigc_demo.history.pace import Pace
from aigc_demo.history.snapshots import Snapshots
from aigc_demo.settings import Settings
from aigc_demo.types import UserError
from tests.history.making import files_below, finished, picture, submission, text
from tests.space.bucket_mount import BucketMount

QUICK = Pace(after=0.05, rest=0.0, settle=0.3, beat=0.1, lease=1.0, stale=900.0)


@contextmanager
def served(disk: Path, bucket: Path, **other: object) -> Iterator[History]:
    """A history on a disk of its own beside the bucket, closed in order afterwards."""
    mount = BucketMount(bucket, disk.with_name(disk.name + "-mount"))
    history = History.open(Settings(data_dir=disk, **other), pace=QUICK, bucket=mount)
    try:
        yield history
    finally:
        history.close()


def snapshots(bucket: Path) -> list[Path]:
    return sorted((bucket / "snapshots").iterdir())


def test_an_orderly_stop_leaves_everything_to_a_new_disk(tmp_path: Path) -> None:
    bucket = tmp_path / "bucket"
    with served(tmp_path / "first", bucket) as history:
        job = finished(history, submission("a cat"), text("Cats sleep."), picture())
        upload = history.put_upload("alice", "cat.png", "image/png", b"a photo")
        waiting = history.create(submission("later"))
    with served(tmp_path / "second", bucket) as history:
        assert history.get("alice", job.id).params["prompt"] == "a cat"
        assert history.file("alice", job.id, "picture.png").path.read_bytes().startswith(b"\x89PNG")
        assert history.get_upload("alice", upload).path.read_bytes() == b"a photo"
        assert [one.id for one in history.waiting()] == [waiting.id]


def test_what_was_written_to_the_bucket_is_never_renamed_locked_mapped_or_opened_by_sqlite(
    tmp_path: Path,
) -> None:
    bucket, seen = tmp_path / "bucket", set[tuple[str, str]]()
    watched = {"sqlite3.connect", "os.rename", "fcntl.flock", "fcntl.lockf", "mmap.__new__", "os.link"}

    def notice(event: str, args: tuple[object, ...]) -> None:
        if event in watched and any(str(bucket) in str(arg) for arg in args):
            seen.add((event, str(args)))

    sys.addaudithook(notice)  # stays for good, and notices nothing outside this test's folder
    real = Bucket(bucket)
    bucket.mkdir()
    history = History.open(Settings(data_dir=tmp_path / "disk"), pace=QUICK, bucket=real)
    job = finished(history, submission("a cat"), picture())
    history.delete("alice", [job.id])
    history.purge(0.0)
    history.close()
    assert snapshots(bucket), "nothing was written: this test proves nothing"
    assert seen == set()


def test_the_disk_goes_on_where_it_knows_more_than_the_bucket(tmp_path: Path) -> None:
    bucket, disk = tmp_path / "bucket", tmp_path / "disk"
    with served(disk, bucket):
        pass
    kept = [path.read_bytes() for path in snapshots(bucket)]
    with served(disk, bucket) as history:
        job = finished(history, submission("newer"), text())
    for path in snapshots(bucket)[1:]:
        path.unlink()
    snapshots(bucket)[0].write_bytes(kept[-1])
    with served(disk, bucket) as history:
        assert history.get("alice", job.id).status == "done"


def test_a_disk_of_another_history_is_kept_aside(tmp_path: Path) -> None:
    bucket, disk = tmp_path / "bucket", tmp_path / "disk"
    with served(tmp_path / "first", bucket) as history:
        ours = finished(history, submission("ours"), text())
    with closing(History.open(Settings(data_dir=disk))) as history:
        other = finished(history, submission("another's"), picture())
    with served(disk, bucket) as history:
        assert history.get("alice", ours.id).status == "done"
        with pytest.raises(UserError, match="not_found"):
            history.get("alice", other.id)
    [aside] = (disk / "aside").iterdir()
    with closing(sqlite3.connect(aside / "studio.db")) as raw:
        assert raw.execute("SELECT id FROM jobs").fetchall() == [(other.id,)]
    assert any(path.name == "picture.png" for path in files_below(aside / "media"))


def test_a_disk_that_gets_a_bucket_brings_what_it_has_there(tmp_path: Path) -> None:
    bucket, disk = tmp_path / "bucket", tmp_path / "disk"
    with closing(History.open(Settings(data_dir=disk))) as history:
        job = finished(history, submission("before"), picture())
    with served(disk, bucket):
        pass
    with served(tmp_path / "second", bucket) as history:
        assert history.file("alice", job.id, "picture.png").size > 0


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.999])
def test_a_torn_snapshot_is_passed_over_for_the_one_before(tmp_path: Path, keep: float) -> None:
    bucket = tmp_path / "bucket"
    with served(tmp_path / "first", bucket) as history:
        job = finished(history, submission("a cat"), text())
    with served(tmp_path / "second", bucket) as history:
        finished(history, submission("a dog"), text())
    assert len(snapshots(bucket)) >= 2
    newest = snapshots(bucket)[-1]
    newest.write_bytes(newest.read_bytes()[: int(newest.stat().st_size * keep)])
    with served(tmp_path / "third", bucket) as history:
        assert history.get("alice", job.id).status == "done"


def test_a_first_snapshot_that_was_never_finished_lets_the_history_begin_anew(tmp_path: Path) -> None:
    bucket = tmp_path / "bucket"
    with served(tmp_path / "first", bucket) as history:
        finished(history, submission("a cat"), picture())
    first, *others = snapshots(bucket)
    for path in others:
        path.unlink()
    first.rename(first.with_name(re.sub(r"-\d{8}-", "-00000001-", first.name)))
    (torn,) = snapshots(bucket)
    torn.write_bytes(torn.read_bytes()[:-7])
    with served(tmp_path / "second", bucket) as history:
        assert history.page("alice").items == ()
        job = finished(history, submission("a dog"), text())
    with served(tmp_path / "third", bucket) as history:
        assert history.get("alice", job.id).status == "done"


def test_a_bucket_without_one_whole_snapshot_is_left_as_it_is_and_says_so(tmp_path: Path) -> None:
    bucket = tmp_path / "bucket"
    with served(tmp_path / "first", bucket) as history:
        finished(history, submission("a cat"), picture())
    for path in snapshots(bucket):
        path.write_bytes(path.read_bytes()[:-7])
    before = {path: path.read_bytes() for path in files_below(bucket) if path.name != "lease.json"}
    with pytest.raises(UserError, match="bucket_damaged"), served(tmp_path / "second", bucket):
        pass
    assert {path: path.read_bytes() for path in files_below(bucket) if path.name != "lease.json"} == before


def test_the_very_first_snapshot_may_be_torn(tmp_path: Path) -> None:
    bucket = tmp_path / "bucket"
    (bucket / "snapshots").mkdir(parents=True)
    (bucket / "snapshots" / "00000001-00000001-abcdef01.sqlite").write_bytes(b"SQLite form")
    with served(tmp_path / "disk", bucket) as history:
        assert finished(history, submission("a cat"), text()).status == "done"


def test_a_snapshot_of_a_newer_version_is_left_as_it_is_and_says_so(tmp_path: Path) -> None:
    bucket = tmp_path / "bucket"
    with served(tmp_path / "first", bucket) as history:
        finished(history, submission("a cat"), text())
    newest = snapshots(bucket)[-1]
    data = newest.read_bytes()
    newest.write_bytes(data[:-256] + data[-256:].replace(b'"schema": "0', b'"schema": "9'))
    with pytest.raises(UserError, match="bucket_newer"), served(tmp_path / "second", bucket):
        pass
    assert newest.read_bytes()[-256:].count(b'"schema": "9') == 1


def test_the_live_database_never_lies_on_the_bucket(tmp_path: Path) -> None:
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    with pytest.raises(UserError, match="data_on_bucket"):
        History.open(Settings(data_dir=bucket / "data", bucket_dir=bucket))
    with pytest.raises(UserError, match="bucket_gone"):
        History.open(Settings(data_dir=tmp_path / "disk", bucket_dir=tmp_path / "nowhere"))


def test_visitors_stay_who_they_were_without_a_secret_of_the_owner(tmp_path: Path) -> None:
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    first = load_secret(None, tmp_path / "first", bucket)
    assert load_secret(None, tmp_path / "second", bucket) == first
    (bucket / "secret").write_text(first[:10])
    assert load_secret(None, tmp_path / "third", bucket) != first[:10]


@pytest.mark.parametrize(
    ("line", "yes"),
    [
        ("36 28 0:51 / /data rw,relatime - fuse.hf-mount hf rw,user_id=0", True),
        ("36 28 0:51 / /data rw,relatime shared:1 - nfs4 127.0.0.1:/ rw", True),
        ("36 28 8:1 / /data rw,relatime - ext4 /dev/sda1 rw", False),
        ("36 28 0:51 / /data/more rw,relatime - fuse hf rw", False),
        ("", False),
    ],
)
def test_a_space_finds_its_bucket_by_the_kind_of_mount(tmp_path: Path, line: str, yes: bool) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"22 1 0:20 / / rw - overlay none rw\n{line}\n")
    assert is_bucket(Path("/data"), mounts) is yes
    assert bucket_of(Settings(data_dir=tmp_path)) is None
    assert bucket_of(Settings(data_dir=tmp_path, bucket_dir=tmp_path / "b")) == tmp_path / "b"
    assert bucket_of(Settings(data_dir=tmp_path, bucket_dir="")) is None


def test_two_settled_snapshots_always_stay(tmp_path: Path) -> None:
    bucket = tmp_path / "bucket"
    with served(tmp_path / "disk", bucket) as history:
        for number in range(12):
            history.create(submission(str(number)))
            history._standing.forgotten()
    mount = BucketMount(bucket, tmp_path / "other")
    there = Snapshots(mount, QUICK)
    whole = [name for name in there.names() if there.fetch(name, None)]
    assert len(whole) >= 2
