"""Page: what a first visit costs in a real browser, and what a shared link does.

Both builds take turns in one browser, each visit by somebody who was never here. The servers run and are
warm: what is packed once for everybody has been packed. Bytes are those of the network, headers included.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil  # type: ignore[import-untyped]

from aigc_demo import bench
from aigc_demo.bench.served import Request, Server
from aigc_demo.settings import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

ROUNDS = 7
SETTLE = 1000.0
"""Milliseconds after the last answer, in which a page on a busy machine may still ask for something."""
CALM = 60.0
"""Seconds that a server has at most to come to rest."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)
READY = "() => document.querySelector('#text-go:not([disabled])') ? performance.now() : false"
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? false"
MEDIA = ("image/", "audio/", "video/")
SHARED = {
    "text": Request("text", {"prompt": "秋夜"}, "shigpt"),
    "picture": Request("image", {"prompt": "a blue cat"}),
    "style": Request("style", {"photo": "cat"}),
    "tune": Request("music", {}),
}
"""One of each kind, to be shared."""


@dataclass
class Traffic:
    """What a page asked of the network, by the browser's own log."""

    size: dict[str, float] = field(default_factory=dict)
    """Bytes by request."""
    kind: dict[str, str] = field(default_factory=dict)
    """Media type by request."""
    kept: set[str] = field(default_factory=set)
    """Requests that the browser answered from its cache."""

    @classmethod
    def of(cls, page: Page) -> Traffic:
        """Listens from now on."""
        found = cls()
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", found._asked)
        session.on("Network.responseReceived", found._answered)
        session.on("Network.requestServedFromCache", lambda event: found.kept.add(event["requestId"]))
        session.on("Network.loadingFinished", found._finished)
        return found

    def _asked(self, event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            self.size.setdefault(event["requestId"], 0.0)

    def _answered(self, event: dict[str, Any]) -> None:
        self.kind[event["requestId"]] = event["response"]["mimeType"]
        if event["response"].get("fromDiskCache"):
            self.kept.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self.size:
            self.size[event["requestId"]] = event["encodedDataLength"]

    def requests(self) -> int:
        """How many went over the network."""
        return len(self.size.keys() - self.kept)

    def kilobytes(self, *, media: bool = True) -> float:
        """What came over the network, perhaps without pictures and sound."""
        sent = self.size.keys() - self.kept
        return (
            sum(self.size[one] for one in sent if media or not self.kind.get(one, "").startswith(MEDIA)) / 1e3
        )


@dataclass(frozen=True)
class Visit:
    """One first load: kilobytes, requests, seconds until Generate can be pressed; and the load after it."""

    kilobytes: float
    requests: int
    seconds: float
    again: int
    """Requests that the next load of the same visitor sent."""


def main() -> None:
    """Measure and tell."""
    folders = [ROOT, *(Path(argument) for argument in sys.argv[1:2])]
    with tempfile.TemporaryDirectory() as room, ExitStack() as running:
        servers = [
            running.enter_context(Server(folder, Path(room) / str(n) / "data", Path(room) / str(n) / "cache"))
            for n, folder in enumerate(folders)
        ]
        browser = running.enter_context(_browser())
        for server in servers:
            _visit(browser, server)
            _calm(server)
        visits: list[list[Visit]] = [[] for _ in servers]
        for _ in range(ROUNDS):
            for place, server in enumerate(servers):
                visits[place].append(_visit(browser, server))
        bench.tell([*first_load(visits), *_shared(browser, servers[0])])


@contextmanager
def _browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, names)), None)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


def _calm(server: Server) -> None:
    """Waits until the server has done what a first visit makes it do: models are loaded ahead."""
    if server.process is None:
        raise RuntimeError("The server was not started.")
    process = psutil.Process(server.process.pid)
    family = [process, *process.children(recursive=True)]
    began = time.perf_counter()
    while time.perf_counter() - began < CALM:
        before = sum(sum(one.cpu_times()[:2]) for one in family)
        time.sleep(1.0)
        if sum(sum(one.cpu_times()[:2]) for one in family) - before < 0.05:
            return


def _visit(browser: Browser, server: Server) -> Visit:
    """Somebody who was never here opens the page, and opens it again."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    try:
        first, seconds = _load(context, server.url)
        again, _ = _load(context, server.url)
        return Visit(first.kilobytes(), first.requests(), seconds, again.requests())
    finally:
        context.close()


def _load(context: BrowserContext, url: str) -> tuple[Traffic, float]:
    page = context.new_page()
    traffic = Traffic.of(page)
    page.goto(url)
    seconds = page.wait_for_function(READY, polling="raf").json_value() / 1e3
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLE)
    page.close()
    return traffic, seconds


def first_load(visits: Sequence[Sequence[Visit]]) -> list[bench.Figure]:
    """The figures of first visits: of this checkout's, and of another's where there is one."""

    def each(what: Callable[[Visit], float]) -> list[float]:
        return [statistics.median(map(what, ones)) for ones in visits]

    size, asked = each(lambda one: one.kilobytes), each(lambda one: one.requests)
    again = each(lambda one: one.again)
    # The best round of each: whatever else the machine does only ever adds time.
    ready = [min(one.seconds for one in ones) for ones in visits]
    figures = [
        _told("page.kilobytes", "KB", 392, size, "a first visit, over the network, headers included"),
        _told("page.requests", "requests", 74, asked, "the same"),
        _told("page.ready.seconds", "seconds", 2.0, ready, "from navigation until Generate can be pressed"),
        _told("page.again.requests", "requests", 12, again, "the next visit of the same browser"),
    ]
    limits = {"page.bytes": (size, 0.45), "page.requests.ratio": (asked, 0.75), "page.ready": (ready, 0.8)}
    for name, (values, limit) in limits.items():
        if len(values) > 1:
            said = f"over the other checkout's, {ROUNDS} visits each: {values[0]:.4g} over {values[1]:.4g}"
            figures.append(bench.at_most(name, values[0] / values[1], limit, said))
    return figures


def _told(name: str, unit: str, limit: float, values: Sequence[float], note: str) -> bench.Figure:
    ours, *theirs = (round(value, 3) for value in values)
    figure = bench.Figure(name, ours, limit, f"{unit}, at most", ours <= limit, note)
    return replace(figure, beside=theirs[0] if theirs else None)


def _shared(browser: Browser, server: Server) -> list[bench.Figure]:
    """Of the pages behind shared links, one of each kind: the largest and the slowest, without scripts."""
    size, painted = {}, {}
    for kind, request in SHARED.items():
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        traffic = Traffic.of(page)
        page.goto(f"{server.url}/r/{server.shared(request)}")
        page.wait_for_load_state("networkidle")
        size[kind] = traffic.kilobytes(media=False)
        painted[kind] = float(page.evaluate(PAINTED)) / 1e3
        context.close()
    largest, slowest = max(size, key=lambda kind: size[kind]), max(painted, key=lambda kind: painted[kind])
    return [
        _told("page.share.kilobytes", "KB", 60, [size[largest]], f"a shared {largest} without its media"),
        _told(
            "page.share.seconds",
            "seconds",
            1.0,
            [painted[slowest]],
            f"until a shared {slowest} is painted, no script",
        ),
    ]
