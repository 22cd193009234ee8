"""A PostgreSQL server of one's own: in a temporary folder, run by an ordinary user, gone afterwards.

Knows Debian's folders and PostgreSQL's programs. For measurements and tests; knows nothing of the history.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_SETTINGS = (
    "shared_buffers=32MB",
    "max_connections=60",
    "unix_socket_directories=",
    "timezone=Asia/Shanghai",  # not ours: nothing may depend on it
)


class NoServerError(Exception):
    """No PostgreSQL can be started here; the text says why."""


class Server:
    """A running server; ``locale`` is the LC_CTYPE of its databases."""

    def __init__(
        self, folder: Path, programs: Path, user: str | None, locale: str, settings: Sequence[str]
    ) -> None:
        """``settings`` are lines of its configuration."""
        self.locale = locale
        self._settings = (*_SETTINGS, *settings)
        self.folder = folder
        self._programs = programs
        self._user = user
        self._names = itertools.count()
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])

    def program(self, name: str, *arguments: str) -> str:
        """What one of PostgreSQL's programs printed."""
        done = subprocess.run(
            [str(self._programs / name), *arguments],
            user=self._user,
            cwd=self.folder,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise NoServerError(f"{name}: {done.stderr}")
        return done.stdout

    def make(self) -> None:
        """Make the folder of databases."""
        flags = ["--auth=trust", "--username=studio", "--no-sync", "--encoding=UTF8"]
        flags.append(f"--locale={self.locale}")
        self.program("initdb", "-D", str(self.folder / "data"), *flags)

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = [part for setting in self._settings for part in ("-c", setting)]
        where = ["-D", str(self.folder / "data"), "-p", str(self._port), "-h", "127.0.0.1"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._programs / "postgres"), *where, *settings],
                user=self._user,
                cwd=self.folder,
                env=_environment(),
                stdout=log,
                stderr=log,
            )
        ready = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)]
        for _ in range(600):
            if subprocess.run(ready, check=False).returncode == 0:
                return
            if self._process.poll() is not None:
                raise NoServerError((self.folder / "log").read_text())
            time.sleep(0.05)
        raise NoServerError("PostgreSQL did not start within half a minute.")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends every session at once and in order, SIGQUIT as a crash does."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def database(self, template: str = "template1", *flags: str) -> str:
        """The URL of a fresh database."""
        name = f"studio{next(self._names)}"
        self.program("createdb", *self._where(), "-T", template, *flags, name)
        return self.url(name)

    def drop(self, url: str) -> None:
        """Take a database away again."""
        self.program("dropdb", *self._where(), "--force", url.rsplit("/", 1)[1])

    def url(self, name: str) -> str:
        """Where a database is."""
        return f"postgresql+psycopg://studio@127.0.0.1:{self._port}/{name}"

    def _where(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self._port), "-U", "studio"]


@contextlib.contextmanager
def server(locale: str = "C", *settings: str) -> Iterator[Server]:
    """A server with nothing in it. Raises NoServerError where there can be none."""
    programs = next((folder for folder in [*_FOLDERS, *_on_path()] if (folder / "initdb").exists()), None)
    if programs is None:
        raise NoServerError("PostgreSQL is not installed here (Debian: apt-get install postgresql).")
    user = _ordinary_user() if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="studio-pg-"))
    if user is not None:
        shutil.chown(folder, user)
    running = Server(folder, programs, user, locale, settings)
    try:
        running.make()
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _on_path() -> list[Path]:
    found = shutil.which("initdb")
    return [] if found is None else [Path(found).parent]


def _ordinary_user() -> str:
    """PostgreSQL refuses to run as root."""
    import pwd  # which Windows has not

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise NoServerError("PostgreSQL does not run as root, and there is no user nobody.")


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
