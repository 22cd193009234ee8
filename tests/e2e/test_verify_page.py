"""The page that checks any file: dropped, chosen or pasted, in both languages, on a phone and by keyboard."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from aigc_demo.provenance import stamp
from aigc_demo.provenance.manifests import Manifests
from aigc_demo.types import Output, media
from tests.e2e.conftest import NewVisit
from tests.e2e.test_access import AXE, violations
from tests.test_provenance import FILES, METADATA
from tests.test_verify import OTHERS, manifest, picture

pytestmark = pytest.mark.browser

DROP = """(files) => {
  const carried = new DataTransfer();
  for (const [name, bytes] of files)
    carried.items.add(new File([Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0))], name));
  const options = { dataTransfer: carried, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new DragEvent("drop", options));
}"""


def drop(page: Page, *files: tuple[str, bytes]) -> None:
    """Files onto the page, as a hand lets go of them."""
    page.evaluate(DROP, [(name, base64.b64encode(data).decode()) for name, data in files])


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
    chooser = page.locator("input[name=file]")
    expect(chooser).to_have_css("opacity", "0")  # its words are the browser's, in the browser's language
    drop(page, ("cat.png", signed))
    expect(page.locator(".verdict")).to_have_attribute("data-verdict", "proved")
    expect(page.locator("#found")).to_be_focused()
    expect(page.get_by_role("heading", name="cat.png")).to_be_visible()
    assert "Somebody Else" in page.locator("[data-layer=c2pa]").inner_text()
    assert ann.call("document.documentElement.scrollWidth <= innerWidth")
    place, form = page.locator(".drop").bounding_box(), page.locator("form.verify").bounding_box()
    assert place and form and place["x"] + place["width"] < form["x"] + form["width"]
    if AXE.exists():
        assert violations(ann) == []
    page.locator("textarea").fill("just words")
    page.locator("textarea").press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_have_attribute("data-verdict", "nothing")


def test_every_kind_of_file_is_dropped_and_says_that_an_ai_made_it(visitor: NewVisit) -> None:
    ann = visitor()
    page = ann.page
    page.goto(f"{ann.server.url}/verify")
    for kind, data in FILES.items():
        row = media.of_type(kind)
        name = f"dropped.{row.suffix}"
        drop(page, (name, stamp(Output("file", "a", kind, data=data), METADATA).data))
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        expect(page.locator(".verdict")).to_have_attribute("data-verdict", "said")
        expect(page.locator("[data-layer=parameters]")).to_contain_text(METADATA.model_name)


def test_a_tune_is_dropped_with_the_manifest_beside_it(visitor: NewVisit) -> None:
    tune, elsewhere = FILES["text/vnd.abc"], Manifests(OTHERS)
    beside = elsewhere.sign(tune, "text/vnd.abc", manifest(), beside=True)
    elsewhere.close()
    ann = visitor()
    page = ann.page
    page.goto(f"{ann.server.url}/verify")
    drop(page, ("tune.abc.c2pa", beside), ("tune.abc", tune))
    expect(page.locator(".verdict")).to_have_attribute("data-verdict", "proved")
    drop(page, ("tune.abc", tune))  # alone it says nothing
    expect(page.locator(".verdict")).to_have_attribute("data-verdict", "nothing")
    drop(page, ("tune.abc.c2pa", beside))  # beside what is there already
    expect(page.locator(".verdict")).to_have_attribute("data-verdict", "proved")


def test_the_page_works_without_a_script(visitor: NewVisit, signed: bytes) -> None:
    ann = visitor(java_script_enabled=False)
    ann.page.goto(f"{ann.server.url}/verify")
    ann.page.locator("input[name=file]").set_input_files(
        {"name": "cat.png", "mimeType": "image/png", "buffer": signed}
    )
    ann.page.get_by_role("button", name="Check").click()
    expect(ann.page.locator(".verdict")).to_have_attribute("data-verdict", "proved")
