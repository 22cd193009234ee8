"""A bucket mounted by FUSE itself, where this machine lets us: the kernel's own view of such a file system.

A small file system in user space, spoken to the kernel directly (/dev/fuse, protocol 7.31). Files are written
from front to back and uploaded when they are closed, by whoever: the kernel closes those of a killed program,
torn as they are. No file is opened for both, nothing is renamed, locked or mapped for writing. The folder it
is made over is the bucket.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_IN = struct.Struct("<IIQQIIII")  # length, opcode, unique, node, uid, gid, pid, padding
_OUT = struct.Struct("<IiQ")
_ATTR = struct.Struct("<QQQQQQIIIIIIIIII")
_LIBC = ctypes.CDLL(None, use_errno=True)
_LAZY = 2


class Refusal(Exception):
    """An answer with an error number."""


class BucketFiles:
    """Answers the kernel. ``root`` holds what is in the bucket."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.paths: dict[int, str] = {1: ""}
        self.nodes: dict[str, int] = {"": 1}
        self.writing: dict[int, tuple[str, bytearray]] = {}
        self.reading: dict[int, bytes] = {}
        self.folders: set[str] = set()
        self.handles = 1
        self.verbs: dict[int, Callable[[int, bytes], bytes]] = {
            1: self.lookup,
            3: self.getattr,
            4: self.setattr,
            9: self.mkdir,
            10: self.unlink,
            11: self.rmdir,
            14: self.open,
            15: self.read,
            16: self.write,
            17: self.statfs,
            18: self.release,
            25: self.flush,
            27: self.opendir,
            28: self.readdir,
            29: lambda *_: b"",
            35: self.create,
        }

    def serve(self, device: int) -> None:
        """Until it is unmounted."""
        while True:
            try:
                asked = os.read(device, (1 << 20) + 4096)
            except OSError as error:
                if error.errno in (errno.ENODEV, errno.EBADF):
                    return
                raise
            _, verb, unique, node, *_ = _IN.unpack_from(asked)
            body = asked[_IN.size :]
            if verb in (2, 42, 36):  # forget, batch forget, interrupt: no answer
                continue
            try:
                said = self.begin() if verb == 26 else self.verbs[verb](node, body)
                status = 0
            except KeyError:
                said, status = b"", -errno.ENOSYS  # locks, renames, links, maps: not here
            except Refusal as refusal:
                said, status = b"", -int(refusal.args[0])
            except FileNotFoundError:
                said, status = b"", -errno.ENOENT
            except OSError as error:
                said, status = b"", -(error.errno or errno.EIO)
            with contextlib.suppress(FileNotFoundError):  # whoever asked is dead
                os.write(device, _OUT.pack(_OUT.size + len(said), status, unique) + said)

    def begin(self) -> bytes:
        """An open says that it truncates; a write has up to 128 kB."""
        return struct.pack("<IIIIHHIIHH28x", 7, 31, 65536, 1 << 3 | 1 << 5, 12, 10, 1 << 17, 1, 32, 0)

    # -- names --------------------------------------------------------------------------------------

    def path(self, node: int, name: bytes = b"") -> str:
        above = self.paths[node]
        if not name:
            return above
        own = name.split(b"\0")[0].decode()
        return f"{above}/{own}" if above else own

    def attributes(self, path: str) -> bytes:
        node = self.nodes.setdefault(path, len(self.paths) + 1)
        self.paths[node] = path
        open_now = [data for name, data in self.writing.values() if name == path]
        if path in self.folders or (self.root / path).is_dir():
            mode, size = stat.S_IFDIR | 0o700, 0
        elif open_now:
            mode, size = stat.S_IFREG | 0o600, len(open_now[-1])
        else:
            mode, size = stat.S_IFREG | 0o600, (self.root / path).stat().st_size
        now = int(time.time())
        return _ATTR.pack(node, size, (size + 511) // 512, now, now, now, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def entry(self, path: str) -> bytes:
        attributes = self.attributes(path)
        return struct.pack("<QQQQII", self.nodes[path], 0, 0, 0, 0, 0) + attributes

    def lookup(self, node: int, body: bytes) -> bytes:
        return self.entry(self.path(node, body))

    def getattr(self, node: int, _: bytes) -> bytes:
        return struct.pack("<QII", 0, 0, 0) + self.attributes(self.path(node))

    def setattr(self, node: int, _: bytes) -> bytes:
        return self.getattr(node, b"")  # modes and times are in memory alone; only an open truncates

    def mkdir(self, node: int, body: bytes) -> bytes:
        path = self.path(node, body[8:])
        self.folders.add(path)
        return self.entry(path)

    def unlink(self, node: int, body: bytes) -> bytes:
        (self.root / self.path(node, body)).unlink()
        return b""

    def rmdir(self, node: int, body: bytes) -> bytes:
        path = self.path(node, body)
        if self.listed(path):
            raise Refusal(errno.ENOTEMPTY)
        self.folders.discard(path)
        with contextlib.suppress(OSError):
            (self.root / path).rmdir()
        return b""

    def opendir(self, node: int, _: bytes) -> bytes:
        return struct.pack("<QII", 0, 0, 0)

    def listed(self, path: str) -> list[str]:
        found = {one.name for one in (self.root / path).glob("*")}
        prefix = f"{path}/" if path else ""
        found |= {
            one[len(prefix) :].split("/")[0] for one in self.folders if one.startswith(prefix) and one != path
        }
        return sorted(found)

    def readdir(self, node: int, body: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        said = b""
        for place, name in enumerate(self.listed(self.path(node))):
            raw = name.encode()
            line = struct.pack("<QQII", 1 << 40 | place, place + 1, len(raw), 0) + raw
            line += b"\0" * (-len(line) % 8)
            if place >= offset and len(said) + len(line) <= size:
                said += line
        return said

    # -- files --------------------------------------------------------------------------------------

    def create(self, node: int, body: bytes) -> bytes:
        path = self.path(node, body[16:])
        handle = self.handle()
        self.writing[handle] = path, bytearray()
        return self.entry(path) + struct.pack("<QII", handle, 1, 0)

    def open(self, node: int, body: bytes) -> bytes:
        (flags,) = struct.unpack_from("<I", body)
        path, handle = self.path(node), self.handle()
        access = flags & os.O_ACCMODE
        if access == os.O_RDWR or (access == os.O_WRONLY and not flags & os.O_TRUNC):
            raise Refusal(errno.EPERM)  # no random writes
        if access == os.O_WRONLY:
            self.writing[handle] = path, bytearray()
        else:
            self.reading[handle] = (self.root / path).read_bytes()
        return struct.pack("<QII", handle, 1, 0)  # direct: no map can be written

    def read(self, _: int, body: bytes) -> bytes:
        handle, offset, size = struct.unpack_from("<QQI", body)
        return self.reading[handle][offset : offset + size] if handle in self.reading else b""

    def write(self, _: int, body: bytes) -> bytes:
        handle, offset, size = struct.unpack_from("<QQI", body)
        data = self.writing[handle][1]
        if offset != len(data):
            raise Refusal(errno.EPERM)
        data += body[40 : 40 + size]
        return struct.pack("<II", size, 0)

    def flush(self, _: int, body: bytes) -> bytes:
        """A close, by the program or, when it was killed, by the kernel: uploaded as far as it came."""
        (handle,) = struct.unpack_from("<Q", body)
        if handle in self.writing:
            path, data = self.writing[handle]
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            draft = self.root.with_name(f"{self.root.name}.{handle}.upload")
            draft.write_bytes(data)
            draft.replace(target)
        return b""

    def release(self, _: int, body: bytes) -> bytes:
        (handle,) = struct.unpack_from("<Q", body)
        self.writing.pop(handle, None)
        self.reading.pop(handle, None)
        return b""

    def statfs(self, *_: object) -> bytes:
        return struct.pack("<QQQQQIIII24x", 1 << 40, 1 << 40, 1 << 40, 1 << 20, 1 << 20, 4096, 255, 4096, 0)

    def handle(self) -> int:
        self.handles += 1
        return self.handles


def mount(device: int, folder: Path) -> None:
    """Mount; OSError where this machine does not let us."""
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}".encode()
    if _LIBC.mount(b"bucket", str(folder).encode(), b"fuse.hf-mount", 0, options) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@contextlib.contextmanager
def mounted(bucket: Path, folder: Path) -> Iterator[Path]:
    """``bucket`` mounted at ``folder`` by a process of its own; OSError where that is not allowed."""
    bucket.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    device = os.open("/dev/fuse", os.O_RDWR)
    try:
        mount(device, folder)
    except OSError:
        os.close(device)
        raise
    served = subprocess.Popen([sys.executable, __file__, str(device), str(bucket)], pass_fds=[device])
    os.close(device)
    try:
        yield folder
    finally:
        _LIBC.umount2(str(folder).encode(), _LAZY)
        served.kill()
        served.wait()


if __name__ == "__main__":
    BucketFiles(Path(sys.argv[2])).serve(int(sys.argv[1]))
