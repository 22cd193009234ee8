"""A page that is open while the server starts, and how long a history is kept, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import CACHE
from tests.e2e.browser import PATIENCE, Server, Visit

pytestmark = pytest.mark.browser

PASSING = "What you make is kept only until this server’s next restart."
AWAY = "This page goes on by itself"


@pytest.fixture
def space(tmp_path: Path, browser: Any) -> Iterator[Server]:
    """A server that takes itself for a Space without a bucket."""
    server = Server(tmp_path / "data", CACHE, SPACE_ID="owner/name", AIGC_HOST="127.0.0.1")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def visit(space: Server, browser: Any) -> Iterator[Visit]:
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    yield Visit.begin(space, context, 24)
    context.close()


def test_a_page_goes_on_by_itself_when_the_server_is_back(visit: Visit, space: Server) -> None:
    visit.open()
    space.stop()
    visit.history()
    expect(visit.page.locator(".toast[data-kind=away]")).to_contain_text(AWAY, timeout=PATIENCE)
    space.start()
    expect(visit.page.locator(".toast[data-kind=away]")).to_have_count(0, timeout=PATIENCE)
    expect(visit.page.locator("studio-history")).to_contain_text("Nothing yet", timeout=PATIENCE)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_that_answers_in_place_of_the_server_is_waited_for(visit: Visit, status: int) -> None:
    """A wish that the server never got is sent again; the page of the proxy is shown to nobody."""
    visit.open()
    answers = [status, status]

    def stand_in(route: Any) -> None:
        if answers:
            route.fulfill(status=answers.pop(), content_type="text/html", body="<h1>Starting</h1>")
        else:
            route.continue_()

    visit.page.route("**/api/jobs", stand_in)
    visit.generate("a quiet evening").expect_status("done")
    assert answers == []
    assert "<h1>" not in visit.page.locator("body").inner_text()


def test_a_space_without_a_bucket_says_once_how_long_it_keeps_with_the_way_out_beside_it(
    visit: Visit,
) -> None:
    visit.open().generate("a quiet evening").expect_status("done")
    told = visit.page.locator(".toast[data-kind=passing]")
    expect(told).to_contain_text(PASSING)
    with visit.page.expect_download() as taken:
        told.get_by_role("button", name="Export all").click()
    assert taken.value.suggested_filename.endswith(".zip")
    expect(told).to_have_count(0)
    visit.generate("a loud morning").expect_status("done")
    expect(told).to_have_count(0)
    visit.history()
    expect(visit.page.locator("studio-usage")).to_contain_text("Kept until the server’s next restart")
