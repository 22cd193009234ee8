"""The page that checks any file: dropped, chosen or pasted, in both languages, on a phone and by keyboard."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from aigc_demo.provenance.manifests import Manifests
from tests.e2e.conftest import NewVisit
from tests.e2e.test_access import AXE, violations
from tests.test_verify import OTHERS, manifest, picture

pytestmark = pytest.mark.browser

DROP = """([name, bytes]) => {
  const file = new File([Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0))], name);
  const carried = new DataTransfer();
  carried.items.add(file);
  const options = { dataTransfer: carried, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new DragEvent("drop", options));
}"""


@pytest.fixture(scope="module")
def signed() -> Iterator[bytes]:
    elsewhere = Manifests(OTHERS)
    yield elsewhere.sign(picture(), "image/png", manifest())
    elsewhere.close()


@pytest.mark.parametrize(("locale", "width"), [("en-US", 1280), ("zh-CN", 375)])
def test_a_file_is_dropped_and_a_text_pasted(
    visitor: NewVisit, signed: bytes, locale: str, width: int
) -> None:
    ann = visitor(locale, viewport={"width": width, "height": 812})
    page = ann.page
    page.goto(f"{ann.server.url}/verify")
    chooser = page.locator("input[type=file]")
    expect(chooser).to_have_css("opacity", "0")  # its words are the browser's, in the browser's language
    page.evaluate(DROP, ["cat.png", base64.b64encode(signed).decode()])
    expect(page.locator(".verdict")).to_have_attribute("data-verdict", "proved")
    expect(page.locator("#found")).to_be_focused()
    expect(page.get_by_role("heading", name="cat.png")).to_be_visible()
    assert "Somebody Else" in page.locator("[data-layer=c2pa]").inner_text()
    assert ann.call("document.documentElement.scrollWidth <= innerWidth")
    drop, form = page.locator(".drop").bounding_box(), page.locator("form.verify").bounding_box()
    assert drop and form and drop["x"] + drop["width"] < form["x"] + form["width"]
    if AXE.exists():
        assert violations(ann) == []
    page.locator("textarea").fill("just words")
    page.locator("textarea").press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_have_attribute("data-verdict", "nothing")


def test_the_page_works_without_a_script(visitor: NewVisit, signed: bytes) -> None:
    ann = visitor(java_script_enabled=False)
    ann.page.goto(f"{ann.server.url}/verify")
    ann.page.locator("input[type=file]").set_input_files(
        {"name": "cat.png", "mimeType": "image/png", "buffer": signed}
    )
    ann.page.get_by_role("button", name="Check").click()
    expect(ann.page.locator(".verdict")).to_have_attribute("data-verdict", "proved")
