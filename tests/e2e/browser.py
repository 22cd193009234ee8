"""A real server and a real browser for tests of the page.

Knows how to start and stop ``python -m aigc_demo serve`` on a free port with a data folder of its own,
and how a visitor moves on the page. Knows nothing of what a test wants to see.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import zxingcpp
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, Response, expect

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 30_000
"""Milliseconds an expectation may take: a bound for a busy machine, not a promise."""
expect.set_options(timeout=PATIENCE)


def scanned(page: Page, code: str) -> str:
    """What a phone reads off the screen where this selector's picture of a QR code stands; "" for nothing."""
    expect(page.locator(code)).to_be_visible()
    page.wait_for_function("(code) => document.querySelector(code).naturalWidth > 0", arg=code)
    picture = Image.open(io.BytesIO(page.locator(code).screenshot()))
    read = zxingcpp.read_barcode(picture)
    return "" if read is None else str(read.text)


def chromium() -> str | None:
    """The system's browser, or None where only Playwright's own can be tried.

    The one without windows first: it needs a third less computing for each page.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


class Server:
    """The app as visitors meet it, in a process of its own; may be stopped and started again."""

    def __init__(self, folder: Path, cache: Path, **variables: str) -> None:
        self.folder = folder
        self._variables = variables
        self.cache = cache
        self.port = _free_port()
        self.log = folder.parent / f"{folder.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until it can serve."""
        environment = {
            **os.environ,
            "AIGC_DATA_DIR": str(self.folder),
            "AIGC_CACHE_DIR": str(self.cache),
            "AIGC_PORT": str(self.port),
            "AIGC_DEBUG_MODELS": "1",
            **self._variables,
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "aigc_demo", "serve"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            assert self._process is not None
            assert self._process.poll() is None, self.log.read_text("utf-8", "replace")[-2000:]
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise AssertionError(f"The server did not start: {self.log.read_text('utf-8', 'replace')[-2000:]}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it in order, or as roughly as the signal says, its worker included."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _short(tokens: int) -> str:
    """What an earlier visit would have left in the browser: a length that keeps tests short."""
    left = json.dumps({"max_new_tokens": tokens})
    return f"localStorage.getItem('aigc.form.text') ?? localStorage.setItem('aigc.form.text', '{left}')"


@dataclass
class Visit:
    """One visitor's browser on the page, with what it asked for and what went wrong in it."""

    server: Server
    context: BrowserContext
    page: Page
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, server: Server, context: BrowserContext, tokens: int = 24) -> Visit:
        """Watch a new page of the context, whose form asks for ``tokens`` at first; opens nothing yet."""
        context.set_default_timeout(PATIENCE)
        context.add_init_script(_short(tokens))
        visit = cls(server, context, context.new_page())
        visit.page.on("request", lambda request: visit.asked.append(request.url))
        visit.page.on("response", visit._note)
        visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
        return visit

    def _note(self, response: Response) -> None:
        if response.status >= 400:
            self.refused.append(f"{response.request.method} {response.url}: {response.status}")

    def open(self, query: str = "") -> Visit:
        """Open the page and wait until its form holds something."""
        self.page.goto(f"{self.server.url}/{query}")
        return self.ready()

    def ready(self) -> Visit:
        """Wait until scripts and form have met."""
        expect(self.page.locator("studio-job .job").first).to_be_attached(timeout=PATIENCE)
        expect(self.prompt).not_to_have_value("", timeout=PATIENCE)
        return self

    def other_hosts(self) -> set[str]:
        """Hosts besides our own that anything was asked of."""
        ours = urlsplit(self.server.url).netloc
        hosts = {urlsplit(url).netloc for url in self.asked if not url.startswith(("data:", "blob:"))}
        return hosts - {ours}

    # -- the page -------------------------------------------------------------------------------

    @property
    def prompt(self) -> Locator:
        """The large box."""
        return self.page.locator("#text-prompt textarea")

    @property
    def go(self) -> Locator:
        """The button."""
        return self.page.locator("#text-go")

    @property
    def job(self) -> Locator:
        """The result area."""
        return self.page.locator("studio-job")

    @property
    def answer(self) -> Locator:
        """The text in the result area."""
        return self.page.locator("studio-job .made-text")

    @property
    def items(self) -> Locator:
        """The rows of the history."""
        return self.page.locator(".history-item")

    def unfold(self, task: str = "text") -> Visit:
        """Open the settings where a phone folds them away."""
        fold = self.page.locator(f'studio-fold[data-task="{task}"] button[aria-expanded=false]')
        if fold.is_visible():
            fold.click()
        return self

    def choose(self, model: str, task: str = "text") -> Visit:
        """Choose a model by the name in the list."""
        self.unfold(task)
        lessons = self.page.locator(f"#{task}-model select")
        if lessons.count():
            lessons.select_option(label=model)
            return self
        self.page.locator(f"#{task}-model input").click()
        self.page.get_by_role("option", name=model, exact=True).click()
        expect(self.page.locator(f"#{task}-model input")).to_have_value(model)
        return self

    def request(self, text: str, model: str = "Debug text") -> Visit:
        """Write a wish for a model, without sending it."""
        self.choose(model)
        self.prompt.fill(text)
        return self

    def generate(self, text: str, model: str = "Debug text") -> Visit:
        """Send a wish and wait until it is on its way."""
        self.request(text, model)
        self.go.click()
        expect(self.page.locator("studio-job .job-prompt")).to_have_text(text)
        return self

    def expect_status(self, status: str) -> Visit:
        """Wait until the result area shows this state."""
        expect(self.job).to_have_attribute("data-status", status, timeout=PATIENCE)
        return self

    def history(self) -> Visit:
        """Turn to the history."""
        self.page.locator('[role=tab][data-tab-id="history"]').click()
        expect(self.page.locator("studio-history .history")).to_be_visible()
        return self

    def text_tab(self) -> Visit:
        """Turn to the first task."""
        self.page.locator('[role=tab][data-tab-id="text"]').click()
        return self

    def call(self, script: str) -> Any:
        """Evaluate JavaScript in the page."""
        return self.page.evaluate(script)
