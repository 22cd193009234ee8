"""The page that a link opens, and its frame, in a real browser: with scripts and without, for every task."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit
from tests.e2e.test_remix import ALL, make, share

pytestmark = pytest.mark.browser

POEM = {"model": "debug-poem", "params": {"prompt": "秋夜"}}
KINDS = {**ALL, "poem": POEM}
SHOWN = {
    "film": ":is(img, video)",
    "speech": "audio",
    "text": ".prose",
    "apps": ".prose",
    "image": ".pictures img",
    "style": ".compared",
    "music": ".tune",
    "poem": ".poem",
}


def made(visit: Visit, kind: str) -> str:
    """The path of a link to something of this kind."""
    visit.page.goto(visit.server.url)
    if kind != "poem":
        return f"/r/{share(visit, make(visit, kind))}"
    asked = visit.context.request.post(f"{visit.server.url}/api/jobs", data={"task": "text", **POEM})
    where = f"{visit.server.url}/api/history/{asked.json()['id']}"
    for _ in range(300):
        if visit.context.request.get(where).json()["status"] == "done":
            break
        visit.page.wait_for_timeout(50)
    return f"/r/{share(visit, {'id': asked.json()['id']})}"


def shown(visit: Visit, kind: str) -> Locator:
    found = visit.page.locator(f".result {SHOWN[kind]}").first
    expect(found).to_be_visible(timeout=PATIENCE)
    return found


def fits(visit: Visit) -> bool:
    """Whether nothing runs out of the window sideways."""
    return bool(visit.call("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without"])
def test_a_stranger_opens_a_link_and_sees_what_was_made(visitor: NewVisit, kind: str, script: bool) -> None:
    path = made(visitor(), kind)
    for width in (1280, 375):
        ben = visitor("zh-CN", viewport={"width": width, "height": 812}, java_script_enabled=script)
        ben.page.goto(ben.server.url + path)
        shown(ben, kind)
        expect(ben.page.get_by_role("link", name="以此再创作")).to_have_attribute(
            "href", f"/?remix={path[3:]}"
        )
        pictures = ben.page.locator(".result img:visible").all()
        assert all(picture.evaluate("node => node.complete && node.naturalWidth > 0") for picture in pictures)
        assert fits(ben)
        if not script:
            expect(ben.page.locator("audio")).to_have_count(1 if kind in ("music", "speech") else 0)


def test_a_tune_is_played_from_where_one_presses_and_its_roll_moves(visitor: NewVisit) -> None:
    path = made(visitor(), "music")
    ben = visitor()
    ben.page.goto(ben.server.url + path)
    ben.page.wait_for_function("Number.isFinite(document.querySelector('audio')?.duration)")
    expect(ben.page.locator(".roll canvas")).to_be_visible()
    wave = ben.page.get_by_role("slider")
    expect(wave.locator("svg").first).to_be_visible()
    box = wave.bounding_box()
    assert box
    ben.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    now, length = ben.call(
        "(({currentTime, duration}) => [currentTime, duration])(document.querySelector('audio'))"
    )
    assert abs(now - length / 2) < 0.05 * length
    ben.page.wait_for_function(
        "/translateX\\([1-9]/.test(document.querySelector('.roll-now').style.transform)"
    )


def test_before_and_after_are_told_apart_by_a_slider(visitor: NewVisit) -> None:
    path = made(visitor(), "style")
    ben = visitor()
    ben.page.goto(ben.server.url + path)
    slider = ben.page.get_by_role("slider", name="Slide to see what it was made from")
    earlier = ben.page.locator(".earlier")
    before = earlier.evaluate("node => node.style.clipPath")
    slider.focus()
    ben.page.keyboard.press("End")
    assert earlier.evaluate("node => node.style.clipPath") != before


def test_a_poem_turns_from_columns_to_lines(visitor: NewVisit) -> None:
    path = made(visitor(), "poem")
    ben = visitor()
    ben.page.goto(ben.server.url + path)
    line = shown(ben, "poem").locator(".poem-line").first
    column = line.bounding_box()
    ben.page.get_by_role("button", name="In columns").click()
    row = line.bounding_box()
    assert column and row and column["height"] > column["width"] and row["width"] > row["height"]
    expect(ben.page.locator(".glyph-tone").first).to_be_visible()
    ben.page.get_by_role("button", name="Tones").click()
    expect(ben.page.locator(".glyph-tone").first).to_be_hidden()


def test_the_page_is_dark_where_the_visitor_chose_so_in_the_app(visitor: NewVisit) -> None:
    visit = visitor(color_scheme="light")
    path = made(visit, "text")
    visit.call("localStorage.setItem('aigc.theme', 'dark')")
    visit.page.goto(visit.server.url + path)
    ground = visit.call("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(18, 19, 17)"


@pytest.fixture
def elsewhere() -> Iterator[Any]:
    """Serves, as another origin, a page with one frame: ``elsewhere(address)`` gives its address."""
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(pages["frame"].encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def framing(html: str) -> str:
        pages["frame"] = f"<!doctype html><body>{html}"
        return f"http://127.0.0.1:{server.server_port}/"

    yield framing
    server.shutdown()


@pytest.mark.parametrize("kind", KINDS)
def test_another_site_shows_the_frame_by_its_embed_code_and_nothing_else(
    visitor: NewVisit, browser: Any, elsewhere: Any, kind: str
) -> None:
    visit = visitor()
    path = made(visit, kind)
    answer = visit.context.request.get(
        f"{visit.server.url}/api/oembed", params={"url": visit.server.url + path}
    ).json()
    stranger = browser.new_context().new_page()
    stranger.goto(elsewhere(answer["html"]))
    inside = stranger.frame_locator("iframe")
    expect(inside.locator(f".result {SHOWN[kind]}").first).to_be_visible(timeout=PATIENCE)
    frame = stranger.frames[1]
    room = frame.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert room[0] <= room[1]
    if kind in ("image", "style"):  # all of a picture is seen at once
        assert frame.evaluate("document.documentElement.scrollHeight <= innerHeight + 1")
    stranger.goto(elsewhere(f'<iframe src="{visit.server.url}{path}"></iframe>'))
    expect(stranger.frame_locator("iframe").locator(".result")).to_have_count(0)
    stranger.context.close()
