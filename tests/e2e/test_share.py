"""Sharing asks before it publishes, and shows no more than was chosen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import PATIENCE, Visit, scanned
from tests.e2e.conftest import NewVisit

pytestmark = pytest.mark.browser


def open_sheet(visit: Visit) -> None:
    visit.page.locator("studio-job [data-action=share]").click()
    expect(visit.page.locator("dialog.sheet")).to_be_visible()


def make_link(visit: Visit) -> str:
    """Press for the link and return it."""
    visit.page.locator('[data-share="ui.share.make"]').click()
    box = visit.page.locator("dialog.sheet input[readonly]")
    expect(box).to_be_visible(timeout=PATIENCE)
    return box.input_value()


def links(visit: Visit) -> list[str]:
    return [url for url in visit.asked if url.endswith("/share")]


def test_nothing_is_published_before_it_is_asked_for(ann: Visit) -> None:
    ann.generate("a secret wish").expect_status("done")
    open_sheet(ann)
    ann.page.keyboard.press("Escape")
    expect(ann.page.locator("dialog")).to_have_count(0)
    assert links(ann) == []


def test_the_words_are_shown_only_where_that_was_chosen_and_the_choice_is_remembered(
    ann: Visit, visitor: NewVisit
) -> None:
    ann.generate("a secret wish").expect_status("done")
    open_sheet(ann)
    link = make_link(ann)
    ben = visitor()
    ben.page.goto(link)
    assert "a secret wish" not in ben.page.content()
    ann.page.get_by_label("Show my words as well").check()
    expect(ann.page.locator("dialog.sheet input[type=checkbox]")).to_be_checked()
    ann.page.wait_for_function(
        "performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/share')).length > 1"
    )
    ben.page.reload()
    expect(ben.page.locator("body")).to_contain_text("a secret wish")
    ann.page.reload()
    ann.ready()
    open_sheet(ann)
    expect(ann.page.get_by_label("Show my words as well")).to_be_checked()


def test_a_link_can_be_ended(ann: Visit, visitor: NewVisit) -> None:
    ann.generate("for a while").expect_status("done")
    open_sheet(ann)
    link = make_link(ann)
    ann.page.get_by_role("button", name="End the link").click()
    expect(ann.page.locator("dialog")).to_have_count(0)
    expect(ann.page.locator(".toast")).to_contain_text("no longer opens")
    answer = visitor().page.goto(link)
    assert answer is not None and answer.status == 404


def test_what_was_stopped_can_be_shared(patient: Visit, visitor: NewVisit) -> None:
    patient.generate("to be stopped", "Debug text, slow").expect_status("running")
    expect(patient.answer).to_be_visible(timeout=PATIENCE)
    patient.page.keyboard.press("Escape")
    patient.expect_status("cancelled")
    kept = patient.answer.inner_text()
    open_sheet(patient)
    ben = visitor()
    ben.page.goto(make_link(patient))
    expect(ben.page.locator("article")).to_contain_text(kept[:20])


def test_the_code_in_the_sheet_is_the_link(ann: Visit) -> None:
    """Read off a picture of the screen, as a phone would."""
    ann.generate("to be scanned").expect_status("done")
    open_sheet(ann)
    link = make_link(ann)
    assert scanned(ann.page, "img.share-code") == link


def test_what_was_chosen_for_a_link_is_there_when_the_sheet_is_opened_again(ann: Visit) -> None:
    ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ann.generate("kept as chosen").expect_status("done")
    open_sheet(ann)
    ann.page.get_by_label("Caption").fill("Look at this")
    ann.page.get_by_label("Opens").select_option("7")
    link = make_link(ann)
    ann.page.get_by_label("Caption").fill("Look at that")
    ann.page.get_by_label("Caption").press("Tab")
    expect(ann.page.locator(".share-said").first).to_contain_text("from now on")
    ann.page.reload()
    ann.ready()
    open_sheet(ann)
    expect(ann.page.locator("dialog.sheet input[readonly]")).to_have_value(link)
    expect(ann.page.get_by_label("Caption")).to_have_value("Look at that")
    expect(ann.page.locator(".share-opened")).to_contain_text("Opens until")
    ann.page.get_by_role("button", name="Copy embed code").click()
    assert f'<iframe src="{link}/embed"' in ann.call("navigator.clipboard.readText()")


def test_my_links_are_listed_with_how_often_others_opened_them_and_can_be_ended(
    ann: Visit, visitor: NewVisit
) -> None:
    ann.generate("to be counted").expect_status("done")
    open_sheet(ann)
    link = make_link(ann)
    ben = visitor(user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    for _ in range(2):
        ben.page.goto(link)
    ann.page.keyboard.press("Escape")
    ann.history().page.get_by_role("button", name="My links").click()
    row = ann.page.locator(".links-list li")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("to be counted")
    expect(row).to_contain_text("Opened 2 times by others")
    row.get_by_role("button", name="End the link").click()
    expect(row).to_have_count(0)
    expect(ann.page.locator(".links-none")).to_be_visible()
    answer = ben.page.reload()
    assert answer is not None and answer.status == 404


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_on_a_phone_everything_of_the_sheet_can_be_reached(visitor: NewVisit, locale: str) -> None:
    visit = visitor(locale, viewport={"width": 375, "height": 667}, has_touch=True, is_mobile=True).open()
    visit.generate("on a phone").expect_status("done")
    open_sheet(visit)
    make_link(visit)
    for one in visit.page.locator("dialog.sheet :is(button, input):visible").all():
        box = one.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 375, one
    visit.page.locator("dialog.sheet .sheet-head button").click()
    expect(visit.page.locator("dialog, .toast")).to_have_count(0)


def test_a_message_is_never_wider_than_a_phone(visitor: NewVisit) -> None:
    visit = visitor(viewport={"width": 375, "height": 667}, has_touch=True, is_mobile=True).open()
    visit.call(
        f"import('{visit.server.url}/assets/ui/toast.js').then(({{ toast }}) => "
        "toast('x'.repeat(300), { label: 'A long thing to press', act() {} }))"
    )
    for one in visit.page.locator(".toast, .toast button").all():
        box = one.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 375
