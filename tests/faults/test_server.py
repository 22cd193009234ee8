"""The server is killed, its worker is killed, it is stopped, doubled and starved: nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.faults.running_server import ROOT, RunningServer, Visitor, running


def test_a_killed_worker_fails_nobody_and_is_replaced(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        ann = Visitor(server)
        first = ann.submit(model="debug-text-slow", max_new_tokens=100)
        ann.until(first, "running")
        os.kill(server.worker(), signal.SIGKILL)
        assert ann.until(first, "done", "failed")["status"] == "done", "it is taken up once more"
        assert ann.until(ann.submit(), "done", "failed")["status"] == "done"


def test_a_job_that_kills_its_worker_twice_fails_in_words_while_others_go_on(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        ann, ben = Visitor(server), Visitor(server)
        bad = ann.submit("crash", model="debug-text-faulty")
        good = ben.submit()
        failed = ann.until(bad, "done", "failed")
        assert failed["status"] == "failed"
        assert failed["error"]["message"].endswith((".", "。"))
        assert ben.until(good, "done", "failed")["status"] == "done"


def test_after_kill_9_of_the_server_every_acknowledged_job_is_taken_up_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    visitors = []
    server = RunningServer(data, AIGC_LANES="1").start()
    for _ in range(7):
        visitor = Visitor(server)
        jobs = [visitor.submit(f"wish {n}", model="debug-text-slow", max_new_tokens=20) for n in range(3)]
        visitors.append((visitor, jobs))
    first = visitors[0]
    first[0].until(first[1][0], "running", "done")
    server.kill()
    server.start()
    try:
        for visitor, jobs in visitors:
            for job in jobs:
                assert visitor.until(job, "done", "failed", "cancelled")["status"] == "done"
    finally:
        server.kill()


def test_a_stopped_server_says_goodbye_in_order_and_goes_on_later(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data").start()
    ann = Visitor(server)
    job = ann.submit(model="debug-text-slow", max_new_tokens=600)
    ann.until(job, "running")
    before = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - before < 25
    server.start()
    try:
        assert ann.job(job)["status"] in ("queued", "loading", "running")
        ann.http.delete(f"/api/jobs/{job}")
    finally:
        server.kill()


def test_a_second_server_on_the_same_folder_is_refused_with_the_first_ones_pid(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        second = subprocess.run(
            [sys.executable, "-m", "aigc_demo", "serve", "--port", "0", "--data-dir", str(server.data)],
            cwd=ROOT,
            env=server.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 1
        assert server.process is not None
        assert str(server.process.pid) in second.stderr
        assert "Traceback" not in second.stderr


def test_the_command_line_works_beside_a_running_server(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "aigc_demo",
                "generate",
                "text",
                "--model",
                "debug-text",
                "--set",
                "prompt=a cat",
                "--set",
                "max_new_tokens=4",
                "--seed",
                "7",
                "--json",
            ],
            cwd=ROOT,
            env={**server.environment, "AIGC_DATA_DIR": str(server.data)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert '"status": "done"' in done.stdout
