"""A class in real browsers: a room is opened, a phone does the exercise, the wall shows it, and all vote."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import PATIENCE, Server, scanned
from tests.e2e.test_access import AXE

LINK = "?task=text&model=debug-text&prompt=&length=8&lock=length&hide=model"
PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True}


def faults(page: Page) -> list[str]:
    """What axe finds, where it is there."""
    if not AXE.exists():
        return []
    page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = page.evaluate("axe.run().then((all) => all.violations.map((one) => one.id))")
    return found


@pytest.mark.browser
def test_a_lesson_from_the_code_to_the_outcome_of_a_vote(server: Server, browser: Any) -> None:
    contexts = [browser.new_context(viewport={"width": 1280, "height": 900}), browser.new_context(**PHONE)]
    try:
        desk, phone = (context.new_page() for context in contexts)
        errors: list[str] = []
        for page in (desk, phone):
            page.set_default_timeout(PATIENCE)
            page.on("pageerror", lambda error: errors.append(str(error)))
        desk.goto(f"{server.url}/class")
        desk.fill("[name=name]", "7b")
        desk.check("[value=link]")
        desk.fill("[name=link]", LINK)
        desk.click("#open [type=submit]")
        expect(desk.locator(".desk-title")).to_be_attached()
        code = desk.locator(".desk-code .class-code").inner_text()
        assert scanned(desk, ".desk-qr img").endswith(f"/c/{code}")

        phone.goto(f"{server.url}/c/{code}")
        phone.fill("[name=name]", "Mia")
        phone.click("#join [type=submit]")
        phone.fill("#seat textarea", "half written")
        phone.reload()
        expect(phone.locator("#seat textarea")).to_have_value("half written")
        phone.context.set_offline(True)
        phone.click("#seat [type=submit]")
        expect(phone.locator(".class-error").last).to_contain_text("nothing is lost")
        phone.context.set_offline(False)
        for words in ("a blue cat", "a red boat"):
            phone.fill("#seat textarea", words)
            phone.click("#seat [type=submit]")
            expect(phone.locator(".phone-made .card-asked", has_text=words)).to_be_visible()
        expect(phone.locator(".phone-made .card-text")).to_have_count(2)
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")

        wall = desk.context.new_page()
        wall.goto(f"{desk.url}/wall")
        expect(wall.locator("#wall .card-who").first).to_contain_text("Mia")
        wall.keyboard.press("n")
        expect(wall.locator("#wall .card-who")).to_have_count(0)
        wall.keyboard.press("ArrowRight")
        wall.keyboard.press("h")
        expect(wall.locator("#wall .card")).to_have_count(1)
        wall.keyboard.press("u")
        expect(wall.locator("#wall .card")).to_have_count(2)

        for button in desk.locator(".desk-candidate").all():
            button.click()
        desk.click("#candidates button")
        desk.click(".desk-choose summary")
        desk.select_option("[name=kind]", "poll")
        desk.fill("[name=title]", "half prepared")
        phone.locator(".phone-options button").first.click()
        expect(phone.locator(".phone-kept")).to_be_visible()
        expect(wall.locator(".bars")).to_have_count(0)
        desk.locator(".desk-acts button").last.click()
        expect(wall.locator(".bars [data-best=true]")).to_have_count(1)
        expect(desk.locator("[name=title]")).to_have_value("half prepared")
        assert [faults(page) for page in (desk, phone, wall)] == [[], [], []]
        assert errors == []
    finally:
        for context in contexts:
            context.close()
