"""A stand-in for the Hub's site as browsers see it: over TLS, a Space in a frame, its half of a handshake.

One front answers for every name. ``huggingface.co`` and any other site get a page that holds the Space in a
frame and hands out ZeroGPU tokens when asked; names below ``hf.space`` are passed on to the app, as the Hub's
proxy does.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import subprocess
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

HUB = "https://huggingface.co"
SPACE = "https://owner-studio.hf.space"
STRANGER = "https://stranger.example"

PAGE = """<!doctype html><html lang="en"><title>A Space</title>
<style>body { margin: 0 } iframe { border: 0; width: 100vw; height: 100vh }</style>
<script>
  window.asked = [];
  addEventListener("message", async (event) => {
    if (event.origin !== "SPACE") return;
    window.asked.push(event.data);
    if (event.data === "supports-zerogpu-headers") event.source.postMessage(event.data, event.origin);
    if (event.data === "zerogpu-headers") {
      const token = await (await fetch("/token")).text();
      event.ports[0].postMessage({ "X-IP-Token": token });
    }
  });
  const greet = () =>
    document.querySelector("iframe").contentWindow.postMessage("supports-zerogpu-headers", "*");
</script>
<iframe src="SPACE/QUERY" onload="greet()" allow="clipboard-write"></iframe>"""


class Site:
    """Both sites behind one port.

    Args:
        app: the port of the app.
        token: makes the token of whoever is logged in.
        folder: for a certificate.
        query: what the frame's address ends with.
        authorize: where the Hub sends somebody back to who comes to sign in, asked in these terms.
    """

    def __init__(
        self,
        app: int,
        token: Callable[[], str],
        folder: Path,
        query: str = "?lang=en",
        authorize: Callable[[dict[str, str]], str] | None = None,
    ) -> None:
        self.authorize = authorize
        self.app, self.token, self.query = app, token, query
        self.port = 0
        self.life = 600.0
        """Seconds that a token is good for."""
        self._tls = _certified(folder)
        self._loop = asyncio.new_event_loop()

    @contextlib.contextmanager
    def serving(self) -> Iterator[Site]:
        """Answer until the end of the block."""
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        start = asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        server = asyncio.run_coroutine_threadsafe(start, self._loop).result(10)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(server.close)
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            head = await reader.readuntil(b"\r\n\r\n")
            host = re.search(rb"^host: *([^\r:]+)", head, re.I | re.M)
            if host is not None and host[1].endswith(b".hf.space"):
                await self._passed_on(head, reader, writer)
            else:
                writer.write(self._answer(head.split(b" ")[1]))
                await writer.drain()
        writer.close()

    def _answer(self, path: bytes) -> bytes:
        where, _, query = path.decode().partition("?")
        if where == "/authorize" and self.authorize is not None:
            back = self.authorize(dict(urllib.parse.parse_qsl(query)))
            return f"HTTP/1.1 303 See Other\r\nLocation: {back}\r\nConnection: close\r\n\r\n".encode()
        body = (
            self.token() if path == b"/token" else PAGE.replace("SPACE", SPACE).replace("QUERY", self.query)
        )
        kind = "text/plain" if path == b"/token" else "text/html"
        fields = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close"
        head = f"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n"
        return (head + body).encode()

    async def _passed_on(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        from_app, to_app = await asyncio.open_connection("127.0.0.1", self.app)
        to_app.write(head)
        await asyncio.wait(
            [asyncio.create_task(_pump(reader, to_app)), asyncio.create_task(_pump(from_app, writer))],
            return_when=asyncio.FIRST_COMPLETED,
        )
        to_app.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


def _certified(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody has signed; the browser is told to take it."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=stand-in",
    ]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
