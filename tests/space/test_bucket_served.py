"""The real server with a folder for its bucket: SIGTERM, a new disk, and every visitor is who they were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.faults.running_server import RunningServer, Visitor
from tests.space.zerogpu_host import ZeroGpuHost
from tests.space.zerogpu_space import ZeroGpuSpace


@contextmanager
def server(kind: str, data: Path, bucket: Path) -> Iterator[RunningServer]:
    """A server on a disk of its own, as any other or as a ZeroGPU Space starts it."""
    with ZeroGpuHost().serving() as host:
        if kind == "zerogpu":
            made: RunningServer = ZeroGpuSpace(data, host, AIGC_BUCKET_DIR=str(bucket))
        else:
            made = RunningServer(data, AIGC_BUCKET_DIR=str(bucket))
        try:
            yield made.start()
        finally:
            if made.process is not None and made.process.poll() is None:
                made.stop()


@pytest.mark.parametrize("kind", ["serve", "zerogpu"])
def test_a_restart_on_a_new_disk_keeps_visitors_and_their_history(tmp_path: Path, kind: str) -> None:
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with server(kind, tmp_path / "a" / "data", bucket) as first:
        visitor = Visitor(first)
        job = visitor.submit("a cat")
        text = visitor.until(job, "done")["outputs"][0]["text"]
        cookies = visitor.http.cookies
        assert first.stop() in (0, 130), first.log()
    assert [path.name for path in (bucket / "snapshots").iterdir()], first.log()
    with server(kind, tmp_path / "b" / "data", bucket) as second:
        back = httpx.Client(base_url=second.url, cookies=cookies, timeout=30)
        found = back.get(f"/api/history/{job}")
        assert found.status_code == 200, found.text + second.log()
        assert found.json()["outputs"][0]["text"] == text
        usage = back.get("/api/history/usage").json()
        assert (usage["passing"], usage["notice"], usage["items"]) == (False, None, 1)


def test_a_second_server_on_one_bucket_says_so_and_computes_nothing(tmp_path: Path) -> None:
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with server("serve", tmp_path / "a" / "data", bucket) as first:
        visitor = Visitor(first)
        job = visitor.submit("a cat")
        visitor.until(job, "done")
        with server("serve", tmp_path / "b" / "data", bucket) as second:
            asked = {"task": "text", "model": "debug-text", "params": {"prompt": "a dog"}}
            other = httpx.Client(base_url=second.url, timeout=30, headers={"Accept-Language": "en"})
            refused = other.post("/api/jobs", json=asked)
            assert refused.status_code == 503
            assert "Another copy of this app is writing to this history" in refused.json()["error"]["message"]
            assert other.get("/api/history/usage").json()["notice"] == refused.json()["error"]["message"]
            assert other.get("/healthz").status_code == 200
            assert other.get("/readyz").status_code == 503
