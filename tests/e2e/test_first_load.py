"""The first visit asks for little, and the next for nothing that a browser has kept."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import Visit
from tests.e2e.conftest import NewVisit

pytestmark = pytest.mark.browser

TRANSFERRED = """() => performance.getEntriesByType("resource")
  .filter((entry) => entry.transferSize > 0).map((entry) => new URL(entry.name).pathname)"""
NAMED = re.compile(r"\.[0-9a-f]{12}\.(?:js|css|svg)$|^/assets/[\w-]+-[\w-]{8,}\.(?:js|css)$")


def assets(visit: Visit) -> list[str]:
    """What was asked for below ``/assets``, and Gradio's theme."""
    paths = [re.sub(r"^https?://[^/]+|\?.*", "", url) for url in visit.asked]
    return [path for path in paths if path.startswith(("/assets/", "/theme"))]


def test_every_file_of_the_first_load_is_named_by_its_content_and_named_beforehand(ann: Visit) -> None:
    """Gradio asks one file after another; none may come that the head did not name, and no sheet twice."""
    asked = assets(ann)
    document = ann.page.request.get(ann.server.url).text()
    assert [path for path in asked if not NAMED.search(path)] == []
    assert [path for path in asked if f".{path}" not in document] == []
    assert len(asked) == len(set(asked)) < 60
    assert sum(path.endswith(".css") for path in asked) <= 3


def test_the_next_load_asks_the_network_for_nothing_of_ours(ann: Visit) -> None:
    ann.page.reload()
    ann.ready()
    paths = ann.call(TRANSFERRED)
    assert [path for path in paths if path.startswith(("/assets/", "/theme"))] == []


def test_a_later_tab_brings_its_own_modules_once(ann: Visit) -> None:
    before = len(assets(ann))
    for tab in ("image", "music", "image"):
        ann.page.locator(f'[role=tab][data-tab-id="{tab}"]').click()
        expect(ann.page.locator(f"#{tab}-go")).to_be_visible()
    expect(ann.page.locator("studio-vocabulary > *, studio-piano > *").first).to_be_attached()
    later = assets(ann)[before:]
    scripts = [path for path in later if path.startswith("/assets/ui/") and path.endswith(".js")]
    assert [re.sub(r"\.[0-9a-f]{12}", "", path) for path in scripts] == [
        "/assets/ui/image.js",
        "/assets/ui/music.js",
    ]


def test_a_language_kept_where_the_cookie_is_gone_is_asked_for(visitor: NewVisit) -> None:
    visit = visitor()
    visit.context.add_init_script("localStorage.setItem('aigc.language', 'zh')")
    visit.open()
    expect(visit.page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(visit.go).to_have_text("生成")
