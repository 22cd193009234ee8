"""The stage: what is asked for and what came of it are seen at once, and one result alone for a projector.

Boxes are measured in a real browser, in every tab of the catalog.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.declared import CATALOG, asked_in
from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit
from tests.e2e.test_remix import expect_tab, make

pytestmark = pytest.mark.browser

TASKS = tuple(task.id for task in CATALOG.tasks.values() if not task.lesson)
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 720}}
PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True}
BOTH = pytest.mark.parametrize(
    ("locale", "screen"),
    [
        pytest.param("en-US", DESKTOP, id="en-desktop"),
        pytest.param("zh-CN", PHONE, id="zh-phone"),
        pytest.param("en-US", PHONE, id="en-phone", marks=pytest.mark.long),
        pytest.param("zh-CN", DESKTOP, id="zh-desktop", marks=pytest.mark.long),
    ],
)
"""Both languages and both screens; their whole crossing in the long form."""

SEEN = """(selector) => {
  const open = [...document.querySelectorAll(selector)].filter((node) => node.checkVisibility());
  return open.slice(0, 1).map((node) => {
    const box = node.getBoundingClientRect();
    const top = Math.max(0, box.top), bottom = Math.min(innerHeight, box.bottom);
    const left = Math.max(0, box.left), right = Math.min(innerWidth, box.right);
    const bars = [...document.querySelectorAll(".wish")].filter((bar) => bar.checkVisibility()
      && getComputedStyle(bar).position === "sticky" && !bar.contains(node));
    const floor = Math.min(bottom, ...bars.map((bar) => bar.getBoundingClientRect().top));
    const at = document.elementFromPoint((left + right) / 2, (top + floor) / 2);
    return { width: box.width, height: box.height, across: right - left, down: Math.max(0, floor - top),
             uncovered: !!at && (node.contains(at) || at.contains(node)) };
  })[0] ?? null;
}"""
"""How much of the first visible such element is in the window, and not below what stays at its lower edge."""

WHOLE = {
    "text": ".poem-scroll",
    "image": ".pic-frame :is(.pic-large, .pic-grid)",
    "style": ".made-image img",
    "music": ".roll-box",
    "film": ".made-video video",
    "speech": ".made-audio audio",
    "apps": ".answer-kind",
}
"""What of a result is seen whole, where it is there: a long text can't be."""


def open_tab(visit: Visit, task: str, shown: dict[str, Any] | None = None) -> None:
    """Open a tab as the next visit finds it, with this item as what it showed last."""
    if shown:
        visit.call(f"localStorage.setItem('aigc.shown.{task}', JSON.stringify('{shown['id']}'))")
    visit.page.goto(f"{visit.server.url}/?tab={task}")
    expect_tab(visit, task)
    job = visit.page.locator(f'studio-job[data-task="{task}"]')
    if shown:
        expect(job).not_to_have_attribute("data-example", "", timeout=PATIENCE)
    expect(job).to_have_attribute("data-status", "done", timeout=PATIENCE)
    expect(visit.page.locator(f"#{task}-go")).to_be_visible()
    visit.page.wait_for_timeout(300)  # pictures take their place


def seen(visit: Visit, selector: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = visit.page.evaluate(SEEN, selector)
    return found


def expect_whole(visit: Visit, selector: str, task: str) -> None:
    box = seen(visit, selector)
    assert box is not None, f"{task}: nothing is {selector}"
    assert box["uncovered"], f"{task}: {selector} is covered"
    assert box["down"] >= box["height"] - 1, f"{task}: {selector} is cut: {box}"
    assert box["across"] >= box["width"] - 1, f"{task}: {selector} is cut: {box}"


def expect_on_stage(visit: Visit, task: str) -> None:
    """What is asked for, the button and the result, without scrolling."""
    here = f'#tabs .tabitem:has(> div studio-job[data-task="{task}"])'
    stage = seen(visit, f'studio-job[data-task="{task}"] .job-stage')
    assert stage is not None and stage["uncovered"], task
    assert stage["down"] >= min(stage["height"], 200), f"{task}: only {stage['down']} pixels of the result"
    inside = f'studio-job[data-task="{task}"] .job-stage {WHOLE[task]}'
    if visit.page.locator(inside).count():
        expect_whole(visit, inside, task)
    expect_whole(visit, f"#{task}-go", task)
    asked = f"#{task}-{asked_in(task)} textarea"
    if seen(visit, asked):
        expect_whole(visit, asked, task)
    elif task != "film":  # which asks for a file or a sample, among its settings
        expect_whole(visit, f"{here} .at-hand .tile[aria-pressed=true]", task)


@BOTH
def test_request_button_and_result_are_seen_at_once_in_every_tab(
    visitor: NewVisit, locale: str, screen: dict[str, Any]
) -> None:
    """First the example, then a result of one's own; nothing has to be scrolled, not even sideways."""
    visit = visitor(locale, **screen)
    visit.page.goto(visit.server.url)
    items = {task: make(visit, task) for task in TASKS}
    for task in TASKS:
        open_tab(visit, task)
        expect_on_stage(visit, task)
        for tab in (*TASKS, "history"):
            expect_whole(visit, f'[role=tab][data-tab-id="{tab}"]', tab)
        open_tab(visit, task, items[task])
        expect_on_stage(visit, task)
        assert visit.call("document.documentElement.scrollWidth") <= screen["viewport"]["width"], task


def test_a_phone_keeps_the_button_at_hand_however_far_one_scrolls_and_unfolds_the_settings(
    visitor: NewVisit,
) -> None:
    visit = visitor(**PHONE)
    for task in TASKS:
        open_tab(visit, task)
        fold = visit.page.locator(f'studio-fold[data-task="{task}"] button')
        model = visit.page.locator(f"#{task}-model")
        expect(fold).to_have_attribute("aria-expanded", "false")
        expect(model).not_to_be_visible()
        fold.click()
        expect(fold).to_have_attribute("aria-expanded", "true")
        expect(model).to_be_visible()
        expect(visit.page.locator(f"#{task}-go")).to_be_in_viewport(ratio=1)
        open_tab(visit, task)
        expect(fold).to_have_attribute("aria-expanded", "true")
        fold.click()
        expect(model).not_to_be_visible()


@pytest.mark.parametrize("task", [task for task in TASKS if not CATALOG.task(task).lesson])
def test_the_first_press_on_a_phone_counts_whatever_the_form_says_meanwhile(
    visitor: NewVisit, task: str
) -> None:
    ann = visitor(viewport={"width": 375, "height": 812})  # a mouse: a press ends where it began, or is none
    refusal = {"error": {"code": "busy", "message": "Not now."}}
    ann.page.route("**/api/jobs", lambda route: route.fulfill(status=503, json=refusal))
    open_tab(ann, task)
    with ann.page.expect_request(lambda one: one.method == "POST" and one.url.endswith("/api/jobs")):
        ann.page.locator(f"#{task}-go").click()


def test_generate_stays_in_sight_on_a_desktop_with_every_setting_open(visitor: NewVisit) -> None:
    visit = visitor(**DESKTOP)
    for task in TASKS:
        visit.page.goto(visit.server.url)
        visit.call(f"localStorage.setItem('aigc.more.{task}', 'true')")
        open_tab(visit, task)
        expect_whole(visit, f"#{task}-go", task)


# -- for a projector ------------------------------------------------------------------------------


@pytest.mark.parametrize("task", TASKS)
def test_present_shows_one_result_large_and_arrows_walk_through_the_others(
    visitor: NewVisit, task: str
) -> None:
    visit = visitor(**DESKTOP)
    visit.page.goto(visit.server.url)
    first, second = make(visit, task), make(visit, task)
    open_tab(visit, task, second)
    visit.page.locator(f'studio-job[data-task="{task}"] [data-act=present]').click()
    stage = seen(visit, f'studio-job[data-task="{task}"] .job-stage')
    assert stage is not None
    assert stage["across"] * stage["down"] >= 0.75 * 1280 * 720
    for hidden in (".tools", ".wish", "studio-strip", ".job-foot", "#tabs [role=tab]"):
        assert seen(visit, hidden) is None, hidden
    count = visit.page.locator(".present-count")
    expect(count).to_have_text("1 / 2")
    shown = f"document.querySelector('studio-job[data-task=\"{task}\"]').item.id"
    assert visit.call(shown) == second["id"]
    for key, place, item in (
        ("ArrowRight", "2 / 2", first),
        ("ArrowRight", "2 / 2", first),
        ("ArrowLeft", "1 / 2", second),
        ("PageDown", "2 / 2", first),
    ):
        visit.page.keyboard.press(key)
        expect(count).to_have_text(place)
        assert visit.call(shown) == item["id"]
    visit.page.keyboard.press("Escape")
    expect(visit.page.locator(f"#{task}-go")).to_be_visible()
    expect(visit.page.locator(".present-bar")).to_have_count(0)


def test_a_short_text_fills_the_projector(visitor: NewVisit) -> None:
    visit = visitor(**DESKTOP, tokens=6).open()
    visit.generate("short").expect_status("done")
    visit.page.locator("studio-job [data-act=present]").click()
    size = "parseFloat(getComputedStyle(document.querySelector('.made-text p')).fontSize)"
    visit.page.wait_for_function(f"{size} >= 48")


def test_an_item_of_the_history_is_presented(ann: Visit) -> None:
    for task in ("text", "music"):
        make(ann, task)
    ann.page.goto(f"{ann.server.url}/?tab=history")
    ann.items.first.locator(".history-head").click()
    ann.items.first.locator("[data-action=present]").click()
    expect(ann.page.locator('studio-job[data-task="music"] .job-stage')).to_be_in_viewport()
    expect(ann.page.locator(".present-count")).to_have_text("1 / 1")


# -- where there is nothing yet -------------------------------------------------------------------


@BOTH
def test_an_empty_history_leads_into_every_tab(
    visitor: NewVisit, locale: str, screen: dict[str, Any]
) -> None:
    visit = visitor(locale, **screen)
    visit.page.goto(f"{visit.server.url}/?tab=history")
    for task in TASKS:
        visit.history()
        invitation = visit.page.locator(f'.invitation[data-task="{task}"]')
        expect(invitation).to_be_visible()
        wanted = invitation.locator("span").inner_text()
        invitation.click()
        expect_tab(visit, task)
        expect(visit.page.locator(f"#{task}-go")).to_be_in_viewport(ratio=1)
        if (words := asked_in(task)) is not None:
            expect(visit.page.locator(f"#{task}-{words} textarea")).to_have_value(wanted)
        elif task == "style":
            expect(visit.page.locator(".gallery-styles .tile[aria-pressed=true]")).to_be_visible()


def test_a_history_without_a_match_invites_to_nothing(ann: Visit) -> None:
    make(ann, "text")
    ann.history()
    expect(ann.page.locator(".invitation").first).not_to_be_visible()
    ann.page.locator("studio-history .search").fill("no such thing")
    expect(ann.items).to_have_count(0)
    expect(ann.page.locator(".invitation").first).not_to_be_visible()
