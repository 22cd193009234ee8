"""Fixtures for tests in a browser; without a browser they skip and say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import CACHE

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed.")

from tests.e2e.browser import FLAGS, Server, Visit, chromium  # noqa: E402

NewVisit = Callable[..., Visit]


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """One browser for all tests; every visitor is a context of its own."""
    with sync_api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        except sync_api.Error as error:
            pytest.skip(f"No browser can be started: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Server]:
    """A running app with a fresh data folder, shared by all tests: each brings visitors of its own."""
    server = Server(tmp_path_factory.mktemp("served") / "data", CACHE)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def visitor(server: Server, browser: Any) -> Iterator[NewVisit]:
    """Makes visitors; at the end none may have asked another host or met an error in a script."""
    visits: list[Visit] = []

    def make(locale: str = "en-US", tokens: int = 24, **options: Any) -> Visit:
        context = browser.new_context(
            **{"locale": locale, "viewport": {"width": 1280, "height": 900}, **options}
        )
        visits.append(Visit.begin(server, context, tokens))
        return visits[-1]

    yield make
    for visit in visits:
        visit.context.close()
    assert not {host for visit in visits for host in visit.other_hosts()}
    assert not [error for visit in visits for error in visit.errors]


@pytest.fixture
def ann(visitor: NewVisit) -> Visit:
    """An English-speaking visitor with the page open."""
    return visitor().open()


@pytest.fixture
def patient(visitor: NewVisit) -> Visit:
    """The same, whose answers from the slow model take long enough to do something meanwhile."""
    return visitor(tokens=200).open()
