"""A scene in a real browser: made of words, arranged by mouse, finger and keys, changed, filmed."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit
from tests.e2e.test_request_line import generate, on_tab

pytestmark = pytest.mark.browser


NEWEST = "fetch('api/history?task=image').then((r) => r.json()).then((all) => all.items[0])"


def things(visit: Visit) -> list[dict[str, Any]]:
    """What the newest scene holds, as the history tells it."""
    expect(visit.page.locator('studio-job[data-task="image"] [data-act="arrange"]')).to_be_visible(
        timeout=PATIENCE
    )
    newest = visit.page.evaluate(NEWEST)
    found: list[dict[str, Any]] = newest["outputs"][0]["meta"]["things"]
    return found


def arranged(visit: Visit) -> Locator:
    """The open editor."""
    visit.page.locator('studio-job[data-task="image"] [data-act="arrange"]').click()
    dialog = visit.page.locator("dialog.mask-dialog")
    expect(dialog).to_be_visible(timeout=PATIENCE)
    return dialog


def finished(visit: Visit, dialog: Locator) -> None:
    """Paint it so, and wait for the new picture."""
    before = visit.page.evaluate(NEWEST)["id"]
    dialog.locator('[data-act="done"]').click()
    newer = f"(id) => {NEWEST}.then((one) => one.id !== id && one.status === 'done')"
    visit.page.wait_for_function(newer, arg=before, timeout=4 * PATIENCE, polling=300)


def test_a_scene_is_arranged_by_mouse_finger_and_keys_changed_by_words_and_filmed(visitor: NewVisit) -> None:
    visit = on_tab(
        visitor(), "image", "debug-image", prompt="a cat and a dog at night", num_inference_steps=2, batch=1
    )
    generate(visit, "image")
    first = {one["name"]: one["box"] for one in things(visit)}
    dialog = arranged(visit)
    board = dialog.locator("canvas")
    box = board.bounding_box()
    assert box is not None
    scale = box["width"] / 768

    def at(name: str) -> tuple[float, float]:
        left, top, width, height = first[name]
        return box["x"] + (left + width / 2) * scale, box["y"] + (top + height / 2) * scale  # type: ignore[index]

    x, y = at("cat")
    visit.page.mouse.move(x, y)
    visit.page.mouse.down()
    visit.page.mouse.move(x + 40 * scale, y - 20 * scale, steps=4)
    visit.page.mouse.up()
    expect(dialog.get_by_role("button", name="cat")).to_have_attribute("aria-pressed", "true")
    board.press("ArrowLeft")
    board.press("f")
    dialog.locator('[data-act="lock"]').click()
    expect(dialog.locator('[data-act="flip"]')).to_be_disabled()
    board.press("ArrowLeft")
    board.press("Delete")
    board.press("l")
    expect(dialog.locator('[data-act="lock"]')).to_have_attribute("aria-pressed", "false")
    x, y = at("dog")
    finger = {"pointerId": 7, "pointerType": "touch", "bubbles": True, "button": 0}
    board.evaluate("(board) => { board.setPointerCapture = () => {}; }")
    board.dispatch_event("pointerdown", {**finger, "clientX": x, "clientY": y})
    board.dispatch_event("pointermove", {**finger, "clientX": x, "clientY": y - 30 * scale})
    board.dispatch_event("pointerup", {**finger, "clientX": x, "clientY": y - 30 * scale})
    dialog.locator('[data-act="larger"]').click()
    dialog.locator('[data-act="undo"]').click()
    finished(visit, dialog)
    moved = {one["name"]: one["box"] for one in things(visit)}
    assert moved["cat"][0] == pytest.approx(first["cat"][0] + 34, abs=2)
    assert moved["cat"][1] == pytest.approx(first["cat"][1] - 20, abs=2)
    assert moved["dog"][1] == pytest.approx(first["dog"][1] - 30, abs=2)
    assert moved["dog"][2:] == first["dog"][2:]

    dialog = arranged(visit)
    dialog.locator("textarea").fill("a cat and a dog at night, and a red balloon")
    finished(visit, dialog)
    more = {one["name"]: one["box"] for one in things(visit)}
    assert set(more) == {"cat", "dog", "balloon"}
    assert {name: more[name] for name in moved} == moved

    dialog = arranged(visit)
    board = dialog.locator("canvas")
    dialog.locator('[data-act="sketch"]').click()
    box = board.bounding_box()
    assert box is not None
    x, y, scale = box["x"] + 20, box["y"] + 30, box["width"] / 768
    visit.page.mouse.move(x, y)
    visit.page.mouse.down()
    visit.page.mouse.move(x + 150 * scale, y + 120 * scale, steps=3)
    visit.page.mouse.up()
    visit.page.keyboard.type("a rocket")
    visit.page.keyboard.press("Enter")
    board.press("n")
    board.press("ArrowLeft")
    board.press("Enter")
    visit.page.keyboard.type("a nothing at all")
    visit.page.keyboard.press("Enter")
    dialog.locator('[data-act="undo"]').click()
    finished(visit, dialog)
    drawn = {one["name"]: one["box"] for one in things(visit)}
    left, top, width, height = drawn["rocket"]
    assert left >= 20 / scale - 2
    assert left + width <= 20 / scale + 152
    assert top + height == pytest.approx(30 / scale + 120, abs=3)
    assert {name: drawn[name] for name in more} == more

    visit.page.locator('studio-job[data-task="image"] [data-act="film"]').click()
    expect(visit.page.locator('[role=tab][data-tab-id="film"]')).to_have_attribute("aria-selected", "true")
    visit.page.locator("#film-go").click()
    job = visit.page.locator('studio-job[data-task="film"]')
    expect(job).to_have_attribute("data-status", "done", timeout=4 * PATIENCE)
    expect(job.locator("video")).to_be_visible()
