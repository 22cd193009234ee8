"""A stand-in for the Hub on this machine: enough of its protocol to serve one repository."""

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class StandIn:
    """One repository in a folder. ``slow`` makes it wait at every MiB of weights."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slow = threading.Event()
        self.asked: list[str] = []
        self.ranges: list[str] = []
        self.commit = COMMIT
        self.url = ""

    def info(self) -> dict[str, Any]:
        return {"id": "tiny/llama", "sha": self.commit, "siblings": [self._entry(p) for p in self.files()]}

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if path.is_file())

    def _entry(self, path: Path) -> dict[str, Any]:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        size = path.stat().st_size
        entry: dict[str, Any] = {"rfilename": path.name, "size": size, "blobId": digest[:40]}
        if path.suffix == ".safetensors":
            entry["lfs"] = {"sha256": digest, "size": size, "pointerSize": 130}
        return entry


@contextmanager
def serving(stand_in: StandIn) -> Iterator[StandIn]:
    """Serve on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, *, with_body: bool) -> None:
            stand_in.asked.append(f"{self.command} {self.path}")
            if self.path.startswith("/api/models/tiny/llama/revision/"):
                self.send(200, json.dumps(stand_in.info()).encode(), {"Content-Type": "application/json"})
                return
            path = stand_in.folder / self.path.rsplit("/", 1)[-1]
            if not self.path.startswith("/tiny/llama/resolve/") or not path.is_file():
                self.send(404, b"", {})
                return
            data = path.read_bytes()
            headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": stand_in.commit}
            if not with_body:
                self.send(200, data, headers, with_body=False)
                return
            start = 0
            if (wanted := self.headers.get("Range")) is not None:
                stand_in.ranges.append(wanted)
                start = int(wanted.removeprefix("bytes=").partition("-")[0])
                headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            self.send(206 if start else 200, data[start:], headers, weights=path.suffix == ".safetensors")

        def send(
            self,
            status: int,
            body: bytes,
            headers: dict[str, str],
            *,
            with_body: bool = True,
            weights: bool = False,
        ) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if not with_body:
                return
            for start in range(0, len(body), 1 << 20):
                with contextlib.suppress(ConnectionError):  # the client may leave in the middle
                    self.wfile.write(body[start : start + (1 << 20)])
                if weights and stand_in.slow.is_set():
                    threading.Event().wait(0.05)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
