"""What arrived in a Space is the whole app: it starts from that folder alone and makes something."""

from __future__ import annotations

import ast
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from aigc_demo.settings import ROOT
from tests.space.hub import WRITER, Hub


@pytest.fixture(scope="module")
def arrived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """The repository's files after ``deploy`` to the Hub's stand-in, as a Space has them in its folder."""
    home = tmp_path_factory.mktemp("space")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "AIGC_"))}
    with Hub().serving() as hub:
        hub.builds = ["RUNNING"]
        there = {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": WRITER, "HF_HOME": str(home)}
        words = ["-m", "aigc_demo", "deploy", "--space", "ann/studio", "--json"]
        done = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=clean | there, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        folder = home / "app"
        for path, content in hub.repos["ann/studio"].files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    return folder, json.loads(done.stdout)


@pytest.fixture(scope="module")
def space(arrived: tuple[Path, dict[str, object]]) -> Iterator[httpx.Client]:
    """The arrived folder's ``app.py``, run as a Space runs it, and a visitor behind the Space's proxy."""
    folder, _ = arrived
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AIGC_"))}
    own = {"SPACE_ID": "ann/studio", "AIGC_PORT": str(port), "AIGC_DEBUG_MODELS": "1", "AIGC_OFFLINE": "1"}
    log = folder.parent / "log"
    process = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=folder,
        env=clean | own,
        stdout=log.open("w"),
        stderr=subprocess.STDOUT,
    )
    headers = {"X-Forwarded-Proto": "https", "Host": "ann-studio.hf.space"}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as visitor:
            deadline = time.monotonic() + 120
            while not _is_up(visitor):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.2)
            yield visitor
    finally:
        process.terminate()
        process.wait(30)


def _is_up(visitor: httpx.Client) -> bool:
    try:
        return visitor.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def test_it_weighs_no_more_than_was_said(arrived: tuple[Path, dict[str, object]]) -> None:
    folder, done = arrived
    weight = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert weight - (folder / ".gitattributes").stat().st_size == done["bytes"]
    assert weight <= 150_000_000


def test_no_module_that_arrived_needs_one_that_did_not(arrived: tuple[Path, dict[str, object]]) -> None:
    """Read from the text, for what is imported late fails only when it is reached."""
    folder, _ = arrived
    modules = {
        ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (folder / "aigc_demo").rglob("*.py")
    }
    lacking = {
        (name, wanted)
        for name, path in modules.items()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for wanted in _imported(node)
        if wanted.startswith("aigc_demo") and wanted not in modules
    }
    assert not lacking


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def test_it_starts_and_makes_something_with_a_model_of_its_own(space: httpx.Client) -> None:
    assert space.get("/readyz").status_code == 200
    assert "AIGC Studio" in space.get("/").text
    submitted = space.post(
        "/api/jobs", json={"task": "text", "model": "debug-text", "params": {"prompt": "cat"}, "seed": 7}
    )
    assert submitted.status_code == 202, submitted.text
    cookie = submitted.headers["set-cookie"]
    assert "SameSite=None; Secure; Partitioned" in cookie
    mine = {"Cookie": cookie.partition(";")[0]}
    deadline = time.monotonic() + 120
    while (job := space.get(f"/api/jobs/{submitted.json()['id']}", headers=mine).json())["status"] != "done":
        assert job["status"] in ("queued", "loading", "running") and time.monotonic() < deadline, job
        time.sleep(0.2)
    assert job["outputs"][0]["text"]


def test_whoever_duplicates_it_need_not_fill_in_anything(
    space: httpx.Client, arrived: tuple[Path, dict[str, object]]
) -> None:
    """The Space that just served was started without a secret: it has made one of its own."""
    folder, _ = arrived
    assert space.get("/healthz").status_code == 200
    assert len((folder / "data" / "secret").read_text()) >= 32
