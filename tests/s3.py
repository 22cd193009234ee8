"""An object store of the tests' own, spoken to as Amazon's is: moto's server, and one that only complains.

Where moto is not installed tests say so and are skipped.
"""

from __future__ import annotations

import contextlib
import http.server
import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

_NAMES = itertools.count()


class Store:
    """A running store; ``client`` is boto3's, another program that looks into the buckets."""

    def __init__(self, endpoint: str, client: Any) -> None:
        self.endpoint = endpoint
        self.client = client

    def bucket(self) -> str:
        """The name of a fresh bucket."""
        name = f"studio-{next(_NAMES)}"
        self.client.create_bucket(Bucket=name)
        return name

    def keys(self, bucket: str) -> list[str]:
        """All that is in it."""
        return [found["Key"] for found in self.client.list_objects_v2(Bucket=bucket).get("Contents", [])]


@contextlib.contextmanager
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store for as long as it is needed; skips the test where there is none, and prints why."""
    try:
        import boto3
        import s3fs  # noqa: F401
        from moto.server import ThreadedMotoServer
    except ImportError as error:
        reason = f"no object store can be started here ({error}; requirements-dev.txt)"
        print(reason)
        pytest.skip(reason)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        speak_to(monkeypatch, endpoint)
        yield Store(endpoint, boto3.client("s3", endpoint_url=endpoint))
    finally:
        server.stop()


def speak_to(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """The environment of whoever uses a store: Amazon's own names."""
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "studio",
        "AWS_SECRET_ACCESS_KEY": "studio",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


@contextlib.contextmanager
def complaining(status: int, code: str, seconds: float = 0.0) -> Iterator[str]:
    """A store that answers everything with one error, perhaps late; where it is."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def _answer(self) -> None:
            time.sleep(seconds)
            body = f"<Error><Code>{code}</Code><Message>{code} it is</Message></Error>".encode()
            with contextlib.suppress(OSError):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _answer

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
