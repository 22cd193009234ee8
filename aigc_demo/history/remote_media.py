"""Files in an object store, through fsspec: named by their hash, and seen again before they count.

Knows that a put of one object is atomic while several are not, that listings may come out of a cache, and
what a store says that is slow, full or closed to us. A file ``a.png`` of the folder ``2026/11/<id>`` is the
object ``2026/11/<id>/a.png/<sha256>``. Knows nothing of rows.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aigc_demo.history.errors import MediaError, as_user_error
from aigc_demo.history.ids import is_id, number_of
from aigc_demo.history.media import Stored, checked, job_key, missing
from aigc_demo.types import UserError

log = logging.getLogger(__name__)

MOST_COPIES = 4_000_000_000
"""Bytes of copies on the disk, beyond which the oldest leave."""
_TRIMMED_EVERY = 256_000_000
_JUST_USED_SECONDS = 600.0
_PART = 8 * 2**20
"""Bytes of a part; an object of two parts or more is sent in parts, each with its checksum."""
_HASH = 64

_S3: Mapping[str, Any] = {
    "config_kwargs": {"connect_timeout": 5, "read_timeout": 20, "retries": {"max_attempts": 2}},
}
_FULL = ("quota", "storagefull", "insufficientstorage", "no space", "507")
_SLOW = ("slowdown", "reduce your request rate", "timed out", "timeout")
_REFUSED = ("denied", "forbidden", "credentials", "signature", "accesskey", "access key", "skewed")


class RemoteMedia:
    """Folders of objects, with copies on the disk of what was read."""

    def __init__(self, url: str, fetched: Path) -> None:
        """Find the store and try it: ``fetched`` holds local copies of what is read.

        Raises MediaError where it can't be written, read and listed, and UserError ``media_url`` or
        ``media_driver`` where ``url`` names no store, or one whose package is not installed.
        """
        self._fs, self._root = _opened(url)
        self._s3 = url.startswith(("s3:", "s3a:"))
        self._fetched = fetched
        self._since_trimmed = 0
        self._gate = threading.Lock()
        shutil.rmtree(fetched, ignore_errors=True)
        fetched.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._try()

    def put(self, key: str, files: Mapping[str, bytes]) -> None:
        """All objects, then one listing that must show each in full; what else lies there leaves.

        On failure what was put is taken away again; what a broken connection leaves all the same has no
        row, and is swept.
        """
        objects = {f"{checked(name)}/{_sha256(data)}": data for name, data in files.items()}
        try:
            with _told():
                self._send({f"{self._root}/{key}/{name}": data for name, data in objects.items()})
                older = self._verify(key, {name: len(data) for name, data in objects.items()})
                self._remove(key, older)
        except BaseException:
            with contextlib.suppress(Exception):
                self.delete(key)
            raise
        shutil.rmtree(self._fetched / key, ignore_errors=True)

    def add(self, key: str, name: str, data: bytes) -> None:
        """One more object, unless nothing else is in the folder."""
        target = f"{checked(name)}/{_sha256(data)}"
        with _told():
            if not self._listed(key):
                raise missing()
            self._send({f"{self._root}/{key}/{target}": data})
            others = self._verify(key, {target: len(data)})
            self._remove(key, [path for path in others if path.startswith(f"{name}/")])
        (self._fetched / key / name).unlink(missing_ok=True)

    def find(self, key: str, name: str) -> Stored:
        """A local copy, fetched at the first asking and held against its hash."""
        local = self._fetched / key / checked(name)
        if not local.is_file():
            with _for_a_visitor(), _told():
                data = self._read(key, name)
            local.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = local.with_name(f"{name}.{secrets.token_hex(4)}")
            draft.write_bytes(data)
            _date(draft, key)
            draft.rename(local)
            self._count(len(data))
        return Stored(local, local.stat().st_size)

    def delete(self, key: str) -> None:
        """Objects and local copies."""
        shutil.rmtree(self._fetched / key, ignore_errors=True)
        with _for_a_visitor(), _told():
            self._remove(key, list(self._listed(key)))

    def folders(self) -> Iterator[str]:
        """Nothing: a start does not wait for the listing of a bucket; see :meth:`all_folders`."""
        return iter(())

    def all_folders(self) -> Iterator[str]:
        """Every folder there is, each once; a request for every thousand objects."""
        last = None
        with _told():
            paths = sorted(self._listed(""))
        for path in paths:
            parts = path.split("/")
            at = 4 if parts[0] == "uploads" else 3
            key = "/".join(parts[:at])
            name = parts[at - 1] if len(parts) > at else ""
            if key != last and is_id(name) and key.removeprefix("uploads/") == job_key(name):
                last = key
                yield key

    def abort_parts(self, older_than_seconds: float) -> int:
        """Give up on S3 what was begun in parts that long ago and never ended, and is paid for; how many."""
        if not self._s3:
            return 0
        bucket, _, prefix = self._root.partition("/")
        given_up = 0
        with _told():
            answer = self._fs.call_s3(
                "list_multipart_uploads", Bucket=bucket, Prefix=f"{prefix}/".lstrip("/")
            )
            for upload in answer.get("Uploads", []):
                if time.time() - upload["Initiated"].timestamp() >= older_than_seconds:
                    named = {"Bucket": bucket, "Key": upload["Key"], "UploadId": upload["UploadId"]}
                    self._fs.call_s3("abort_multipart_upload", **named)
                    given_up += 1
        return given_up

    def set_aside(self, key: str, folder: Path) -> None:
        """Never asked for, as nothing is listed at a start."""
        raise NotImplementedError("folders of an object store are not listed, so none is set aside")

    def free_bytes(self) -> int | None:
        """Object stores say nothing of the kind."""
        return None

    def trim(self, most: int = MOST_COPIES) -> None:
        """Let the oldest copies leave the disk while there are more bytes of them than ``most``."""
        found = [(path.stat(), path) for path in self._fetched.rglob("*") if path.is_file()]
        total = sum(info.st_size for info, _ in found)
        for info, path in sorted(found, key=lambda pair: pair[0].st_ctime):
            if total <= most or time.time() - info.st_ctime < _JUST_USED_SECONDS:
                return
            path.unlink(missing_ok=True)
            total -= info.st_size

    # -- the store ----------------------------------------------------------------------------------

    def _try(self) -> None:
        probe = f".probe-{secrets.token_hex(8)}"
        self.put(probe, {"probe.txt": b"probe"})
        try:
            with _told():
                self._read(probe, "probe.txt")
        except UserError:
            raise MediaError("what was just written can't be read") from None
        self.delete(probe)

    def _send(self, objects: Mapping[str, bytes]) -> None:
        """Side by side, for a call may take seconds."""
        options = {"chunksize": _PART} if self._s3 else {}
        self._fs.pipe(dict(objects), **options)

    def _verify(self, key: str, sizes: Mapping[str, int]) -> list[str]:
        """Raise MediaError unless these objects are all there, whole; the names of what else is."""
        there = self._listed(key)
        for name, size in sizes.items():
            if there.get(name) != size:
                raise MediaError(f"{key}/{name} has {there.get(name)} bytes in place of {size}")
        return [name for name in there if name not in sizes]

    def _remove(self, key: str, names: Sequence[str]) -> None:
        """Objects of a folder; a store may say of each that it stays, which its client does not tell."""
        if not names:
            return
        self._fs.rm([f"{self._root}/{key}/{name}" for name in names])
        if kept := set(names).intersection(self._listed(key)):
            raise MediaError(f"{len(kept)} objects of {key} could not be removed", "refused")

    def _read(self, key: str, name: str) -> bytes:
        found = [path for path in self._listed(f"{key}/{name}") if len(path) == _HASH]
        for path in found:
            try:
                data: bytes = self._fs.cat_file(f"{self._root}/{key}/{name}/{path}")
            except FileNotFoundError:  # deleted meanwhile
                break
            if _sha256(data) == path:
                return data
            log.error("the object %s/%s is not what was written", key, name)
            raise MediaError(f"{key}/{name} is not what was written")
        raise missing()

    def _listed(self, key: str) -> dict[str, int]:
        """Bytes of the objects below a folder, by the rest of their names; never out of a cache."""
        self._fs.invalidate_cache()
        base = f"{self._root}/{key}".rstrip("/")
        found: Mapping[str, Any] = self._fs.find(base, detail=True)
        start = len(base.lstrip("/")) + 1
        return {path.lstrip("/")[start:]: int(info["size"]) for path, info in found.items()}

    def _count(self, size: int) -> None:
        with self._gate:
            self._since_trimmed += size
            due = self._since_trimmed >= _TRIMMED_EVERY
            if due:
                self._since_trimmed = 0
        if due:
            self.trim()


def _opened(url: str) -> tuple[Any, str]:
    import fsspec

    options: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
    if url.startswith(("s3:", "s3a:")):
        options |= _S3
    try:
        fs, root = fsspec.core.url_to_fs(url, **options)
    except ImportError as error:
        raise UserError("media_driver", "error.media_driver", status=503) from error
    except ValueError as error:
        raise UserError("media_url", "error.media_url", status=503) from error
    if hasattr(fs, "retries"):
        fs.retries = 2
    return fs, str(root).rstrip("/")


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Whatever a store or its client raises is a MediaError with one line of reason."""
    try:
        yield
    except (UserError, MediaError):
        raise
    except Exception as error:
        raise MediaError(_reason(error), _kind(error)) from error


@contextlib.contextmanager
def _for_a_visitor() -> Iterator[None]:
    try:
        yield
    except MediaError as error:
        log.warning("the store of files: %s", error)
        raise as_user_error(error) from error


def _kind(error: Exception) -> str:
    said = f"{type(error).__name__} {error}".lower()
    for kind, signs in (("full", _FULL), ("slow", _SLOW), ("refused", _REFUSED)):
        if any(sign in said for sign in signs):
            return kind
    if isinstance(error, TimeoutError):
        return "slow"
    return "refused" if isinstance(error, PermissionError | FileNotFoundError) else "away"


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def _date(copy: Path, key: str) -> None:
    """The day of its item: so that every copy, here and elsewhere, is the same file to a browser's cache."""
    item = key.rpartition("/")[2]
    if is_id(item):
        moment = number_of(item) / 1000
        os.utime(copy, (moment, moment))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
