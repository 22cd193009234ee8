"""The history in a real browser: kept, found, deleted, taken back, and nobody else's."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit
from tests.e2e.test_remix import make

pytestmark = pytest.mark.browser


def test_the_history_outlives_a_restart_of_the_server(ann: Visit) -> None:
    ann.generate("before the restart").expect_status("done")
    ann.server.stop()
    ann.server.start()
    ann.page.reload()
    ann.ready().history()
    expect(ann.items).to_have_count(1, timeout=PATIENCE)
    expect(ann.items).to_contain_text("before the restart")


def test_a_restart_in_mid_stream_is_survived_without_a_reload(patient: Visit) -> None:
    """The page stays open: it looks for the job until the server is back, and sees it through."""
    patient.generate("through the restart", "Debug text, slow").expect_status("running")
    patient.server.stop()
    patient.server.start()
    patient.expect_status("done")
    expect(patient.page.locator("studio-job .job-prompt")).to_have_text("through the restart")


def test_another_visitor_sees_nothing_of_it(ann: Visit, visitor: NewVisit) -> None:
    ann.generate("a secret wish").expect_status("done")
    ben = visitor().open().history()
    expect(ben.page.locator(".history-note")).to_contain_text("Nothing yet")
    expect(ben.items).to_have_count(0)
    assert "a secret wish" not in ben.page.content()


def test_a_deletion_can_be_taken_back(ann: Visit) -> None:
    ann.generate("gone and back").expect_status("done")
    ann.history()
    expect(ann.items).to_have_count(1)
    ann.items.first.get_by_role("button", name="Delete").click()
    expect(ann.items).to_have_count(0)
    ann.page.get_by_role("button", name="Undo").click()
    expect(ann.items).to_have_count(1, timeout=PATIENCE)


def test_search_finds_by_wish_in_both_languages(ann: Visit) -> None:
    for text in ("the quiet river", "月亮上的猫"):
        ann.generate(text).expect_status("done")
    ann.history()
    expect(ann.items).to_have_count(2)
    search = ann.page.get_by_role("searchbox")
    search.fill("月亮上")
    expect(ann.items).to_have_count(1, timeout=PATIENCE)
    expect(ann.items).to_contain_text("月亮上的猫")
    search.fill("no such words anywhere")
    expect(ann.page.locator(".history-note")).to_contain_text("Nothing here fits")


def test_starred_items_can_be_picked_out(ann: Visit) -> None:
    ann.generate("plain").expect_status("done")
    ann.generate("dear to me").expect_status("done")
    ann.page.locator("studio-job [data-action=star]").click()
    expect(ann.page.locator("studio-job [data-action=star]")).to_have_attribute("aria-pressed", "true")
    ann.history()
    expect(ann.items).to_have_count(2)
    ann.page.get_by_role("button", name="Starred").click()
    expect(ann.items).to_have_count(1, timeout=PATIENCE)
    expect(ann.items).to_contain_text("dear to me")


def test_settings_of_an_old_item_fill_the_form_again(ann: Visit) -> None:
    ann.generate("worth repeating").expect_status("done")
    ann.prompt.fill("something else")
    ann.history()
    ann.items.first.locator(".history-head").click()
    ann.items.first.locator("[data-action=reuse]").click()
    expect(ann.prompt).to_be_visible()
    expect(ann.prompt).to_have_value("worth repeating")
    expect(ann.page.locator("#text-model input")).to_have_value("Debug text")


def test_a_long_history_is_fetched_as_it_is_read(ann: Visit) -> None:
    """Rows are made over HTTP with the visitor's own cookie; the page shows the rest on demand."""
    for number in range(24):
        result = ann.context.request.post(
            f"{ann.server.url}/api/jobs",
            data={"task": "text", "model": "debug-text", "params": {"prompt": f"n {number}"}},
        )
        assert result.status == 202, result.text()
        _until_idle(ann)
    ann.history()
    expect(ann.items.first).to_contain_text("n 23")
    ann.items.last.scroll_into_view_if_needed()
    expect(ann.items).to_have_count(24, timeout=PATIENCE)


@pytest.mark.parametrize(
    ("locale", "before", "after"),
    [
        ("en-US", "Kept for you: 1 made here (", "files you brought in, 0.2 MB of 500 MB."),
        ("zh-CN", "为您保存：1 项作品（", "您上传的文件 0.2 MB（上限 500 MB）。"),
    ],
)
def test_the_history_says_how_much_is_kept_and_how_much_may_be(
    visitor: NewVisit, locale: str, before: str, after: str
) -> None:
    visit = visitor(locale=locale).open()
    visit.history()
    line = visit.page.locator(".history-kept")
    expect(line).to_be_hidden()
    tune = b"%abc-2.1\n" + b"%\n" * 100_000 + b"X: 1\nK: D\nD2F2A2d2 |]\n"
    upload = {"name": "tune.abc", "mimeType": "text/plain", "buffer": tune}
    sent = visit.context.request.post(f"{visit.server.url}/api/uploads", multipart={"file": upload})
    assert sent.status == 201, sent.text()
    result = visit.context.request.post(
        f"{visit.server.url}/api/jobs",
        data={"task": "text", "model": "debug-text", "params": {"prompt": "a cat"}},
    )
    assert result.status == 202, result.text()
    _until_idle(visit)
    visit.page.reload()
    visit.history()
    expect(line).to_contain_text(before, timeout=PATIENCE)
    expect(line).to_contain_text(after)


def _until_idle(visit: Visit) -> None:
    for _ in range(300):
        if not visit.context.request.get(f"{visit.server.url}/api/jobs").json()["items"]:
            return
        visit.page.wait_for_timeout(20)
    raise AssertionError("The jobs did not end.")


def test_a_row_of_music_has_its_name_on_a_phone(visitor: NewVisit) -> None:
    visit = visitor(viewport={"width": 375, "height": 812}, has_touch=True, is_mobile=True)
    visit.page.goto(visit.server.url)
    make(visit, "music")
    visit.page.goto(f"{visit.server.url}/?tab=history")
    name = visit.items.first.locator(".history-words b")
    expect(name).to_be_visible(timeout=PATIENCE)
    box, row = name.bounding_box(), visit.items.first.bounding_box()
    assert box and box["width"] > 100
    assert row and row["height"] < 130


@pytest.mark.parametrize("where", ["history", "image"])
def test_small_pictures_show_all_of_the_picture(visitor: NewVisit, where: str) -> None:
    visit = visitor()
    visit.page.goto(visit.server.url)
    make(visit, "image")
    visit.page.goto(f"{visit.server.url}/?tab={where}")
    thumb = visit.page.locator("img.thumb").first
    expect(thumb).to_be_visible(timeout=PATIENCE)
    expect(thumb).to_have_css("object-fit", "contain")
