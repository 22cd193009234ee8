"""Several items at once in a real browser: ranges, all found, out as a zip and in elsewhere, projects."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import CACHE
from tests.e2e.browser import PATIENCE, Server, Visit, scanned
from tests.e2e.conftest import NewVisit
from tests.e2e.test_access import AXE, violations
from tests.e2e.test_remix import REQUESTS, make

pytestmark = pytest.mark.browser


@pytest.fixture
def full(visitor: NewVisit) -> Visit:
    """A visitor with one item of each task, in the history."""
    ann = visitor()
    ann.page.goto(ann.server.url)
    for task in REQUESTS:
        make(ann, task)
    return at_history(ann, len(REQUESTS))


def at_history(visit: Visit, items: int) -> Visit:
    visit.page.goto(f"{visit.server.url}/?tab=history")
    expect(visit.items).to_have_count(items, timeout=PATIENCE)
    return visit


def select(visit: Visit) -> Visit:
    visit.page.locator("[data-action=select]").click()
    return visit


def box(visit: Visit, place: int) -> Any:
    return visit.page.locator(".select-box input").nth(place)


def act(visit: Visit, name: str) -> None:
    visit.page.locator(f"[data-select={name}]").click()


def files_of(visit: Visit) -> list[dict[str, bytes]]:
    """The files of every item, newest first, by name."""
    items = visit.context.request.get(f"{visit.server.url}/api/history").json()["items"]
    return [
        {
            output["name"]: visit.context.request.get(visit.server.url + output["url"]).body()
            for output in item["outputs"]
        }
        for item in items
    ]


def params_of(visit: Visit) -> list[dict[str, Any]]:
    items = visit.context.request.get(f"{visit.server.url}/api/history").json()["items"]
    return [item["params"] for item in items]


def test_all_goes_out_and_comes_into_an_empty_installation_byte_for_byte(
    full: Visit, browser: Any, tmp_path: Path
) -> None:
    with full.page.expect_download() as started:
        full.page.locator("[data-transfer=export]").click()
    archive = tmp_path / started.value.suggested_filename
    started.value.save_as(archive)
    other = Server(tmp_path / "empty", CACHE)
    other.start()
    try:
        ben = Visit.begin(other, browser.new_context(locale="en-US"))
        at_history(ben, 0)
        ben.page.locator("studio-transfer input").set_input_files(archive)
        expect(ben.items).to_have_count(len(REQUESTS), timeout=PATIENCE)
        expect(ben.page.locator(".toast")).to_contain_text("4 items were imported")
        assert files_of(ben) == files_of(full)
        assert params_of(ben) == params_of(full)
        ben.context.close()
    finally:
        other.stop()


def test_what_is_no_archive_is_said_in_place(full: Visit, tmp_path: Path) -> None:
    (tmp_path / "notes.zip").write_text("no zip")
    full.page.locator("studio-transfer input").set_input_files(tmp_path / "notes.zip")
    expect(full.page.locator("studio-transfer")).to_contain_text("“notes.zip” is not an archive")
    expect(full.items).to_have_count(len(REQUESTS))


def test_a_range_is_selected_with_shift_and_goes_out_as_one_zip(full: Visit, tmp_path: Path) -> None:
    select(full)
    box(full, 0).click()
    box(full, 2).click(modifiers=["Shift"])
    expect(full.page.locator(".select-count")).to_have_text("3 selected")
    expect(box(full, 2)).to_be_focused()
    full.page.keyboard.press("Space")
    expect(full.page.locator(".select-count")).to_have_text("2 selected")
    with full.page.expect_download() as started:
        act(full, "save")
    started.value.save_as(tmp_path / "two.zip")
    with zipfile.ZipFile(tmp_path / "two.zip") as archive:
        lines = archive.read("items.jsonl").decode().splitlines()
        assert [json.loads(line)["task"] for line in lines] == ["music", "style"]
        archive.extractall(tmp_path / "two")
    page = full.context.browser.new_context(java_script_enabled=False, offline=True).new_page()  # type: ignore[union-attr]
    page.goto((tmp_path / "two" / "index.html").as_uri())
    expect(page.locator(".items > li")).to_have_count(2)
    expect(page.locator("audio")).to_have_count(1)
    widths = page.eval_on_selector_all("img", "(all) => all.map((one) => one.naturalWidth)")
    assert widths
    assert min(widths) > 0
    page.context.close()


def test_all_found_are_starred_deleted_and_brought_back(full: Visit) -> None:
    select(full)
    act(full, "all")
    expect(full.page.locator(".select-count")).to_have_text("4 selected")
    act(full, "star")
    expect(full.page.locator(".history-item .icon-star")).to_have_count(4, timeout=PATIENCE)
    act(full, "trash")
    expect(full.items).to_have_count(0, timeout=PATIENCE)
    full.page.get_by_role("button", name="Undo").click()
    expect(full.items).to_have_count(4, timeout=PATIENCE)


def test_a_project_opens_for_anyone_without_a_script_until_its_link_ends(full: Visit) -> None:
    select(full)
    box(full, 0).click()
    box(full, 1).click()
    act(full, "folder")
    full.page.locator(".project-new input").fill("Our spring")
    full.page.keyboard.press("Enter")
    full.page.locator(".project-chip").click()
    sheet = full.page.locator(".project-sheet")
    expect(sheet.locator(".project-item")).to_have_count(2)
    sheet.get_by_role("button", name="Make the link").click()
    address = sheet.locator(".share-link input")
    expect(address).to_have_value(re.compile(r"/p/\S{20,}"))
    url = address.input_value()
    assert scanned(full.page, ".project-sheet img.setup-qr") == url
    sheet.locator("select").select_option("7")
    expect(sheet.locator(".share-opened")).to_contain_text("Opens until")
    reader = full.context.browser.new_context(java_script_enabled=False).new_page()  # type: ignore[union-attr]
    reader.goto(url)
    expect(reader.locator("h1")).to_have_text("Our spring")
    expect(reader.locator(".gallery > li")).to_have_count(2)
    expect(reader.locator("audio")).to_have_count(1)
    assert "a portrait of a woman" not in reader.content()
    sheet.locator(".project-item button").first.click()
    expect(sheet.locator(".project-item")).to_have_count(1)
    reader.reload()
    expect(reader.locator(".gallery > li")).to_have_count(1)
    sheet.get_by_role("button", name="End the link").click()
    expect(sheet.get_by_role("button", name="Make the link")).to_be_visible()
    answer = reader.goto(url)
    assert answer is not None
    assert answer.status == 404
    reader.context.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: `make check` does that.")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_axe_finds_nothing_in_an_exercise_a_selection_or_a_project(
    visitor: NewVisit, scheme: Any, width: int
) -> None:
    ann = visitor(color_scheme=scheme, viewport={"width": width, "height": 812}, reduced_motion="reduce")
    ann.page.goto(f"{ann.server.url}/?task=image&prompt=a+boat&steps=999&lock=model,prompt&hide=look")
    expect(ann.page.locator(".exercise-refused:visible")).to_be_visible()
    assert violations(ann) == [], "an exercise"
    ids = [make(ann, task)["id"] for task in ("text", "image")]
    made = ann.context.request.post(f"{ann.server.url}/api/projects", data={"name": "Spring", "ids": ids})
    project = made.json()["id"]
    ann.page.goto(ann.server.url + "/?tab=text")
    ann.ready()
    ann.unfold()
    ann.page.locator(".more > button:visible").first.click()
    ann.page.locator("[data-action=setup-link]:visible").click()
    expect(ann.page.locator(".setup-sheet .setup-qr")).to_be_visible()
    ann.page.locator(".setup-rest summary").click()
    assert violations(ann) == [], "the sheet of a link"
    select(at_history(ann, 2))
    act(ann, "all")
    expect(ann.page.locator(".select-count")).to_have_text("2 selected")
    assert violations(ann) == [], "a selection"
    act(ann, "folder")
    expect(ann.page.locator(".project-choice")).to_be_visible()
    assert violations(ann) == [], "into a project"
    ann.page.keyboard.press("Escape")
    ann.page.locator(".project-chip").click()
    ann.page.get_by_role("button", name="Make the link").click()
    expect(ann.page.locator(".project-sheet .setup-qr")).to_be_visible()
    assert violations(ann) == [], "a project's sheet"
    listed = ann.context.request.get(f"{ann.server.url}/api/projects/{project}").json()
    ann.page.goto(listed["link"]["url"])
    assert violations(ann) == [], "a project's page"
