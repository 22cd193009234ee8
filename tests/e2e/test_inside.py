"""Looking inside a result in a real browser: by pointer, by keyboard and in words."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit

pytestmark = pytest.mark.browser

FIRST = 120_000
"""Milliseconds until a first poem: torch is loaded for it, on a busy machine."""


@pytest.fixture
def reader(visitor: NewVisit) -> Visit:
    """A visitor with a poem on the page."""
    visit = visitor(locale="en-GB").open().choose("Debug poet")
    visit.prompt.fill("秋夜")
    visit.go.click()
    expect(visit.job.first).to_have_attribute("data-status", "done", timeout=FIRST)
    return visit


def looked(visit: Visit) -> Locator:
    """Press the button beside the result and wait for what is seen."""
    visit.page.locator("studio-job [data-action=inside]").click()
    part = visit.page.locator(".inside-part[data-kind=tokens]")
    expect(part).to_be_visible(timeout=PATIENCE)
    return part


def test_a_poem_is_looked_into_by_pointer_and_by_keyboard(reader: Visit) -> None:
    part = looked(reader)
    pieces = part.locator(".pieces .piece")
    expect(pieces).to_have_count(34)
    pieces.nth(3).click()
    expect(pieces.nth(3)).to_have_attribute("aria-pressed", "true")
    heading = part.locator(".alternatives h4")
    before = heading.inner_text()
    reader.page.keyboard.press("ArrowRight")
    expect(pieces.nth(4)).to_be_focused()
    expect(heading).not_to_have_text(before)
    expect(part.locator(".alternative")).not_to_have_count(0)
    part.locator("summary").click()
    expect(part.locator(".inside-table tbody tr")).to_have_count(34)
    reader.page.keyboard.press("Escape")
    expect(reader.page.locator("dialog.inside")).to_have_count(0)
    assert reader.errors == []


def test_what_lets_nobody_look_inside_offers_no_button(ann: Visit) -> None:
    ann.generate("a cat").expect_status("done")
    expect(ann.page.locator("studio-job [data-action=share]")).to_be_visible()
    expect(ann.page.locator("studio-job [data-action=inside]")).to_have_count(0)
