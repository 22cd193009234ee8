"""Everyone can use it: names for screen readers, contrast, motion, a live region that speaks seldom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.declared import CATALOG
from tests.e2e.browser import Visit
from tests.e2e.conftest import NewVisit
from tests.e2e.test_remix import make, share

pytestmark = pytest.mark.browser

CONTRAST = """() => {
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return text.startsWith("color(") ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0.95) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const box = node.parentElement;
    if (!node.textContent.trim()) continue;
    if (!box.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (box.closest(".visually-hidden, :disabled, [aria-hidden=true], script, style, .tongue i")) continue;
    if (box.getBoundingClientRect().width < 2) continue;
    const [ink, paper] = [light(parse(getComputedStyle(box).color)), light(ground(box))];
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    const what = `${node.textContent.trim().slice(0, 40)} (${box.tagName}.${box.className})`;
    if (ratio < 4.5) faint.push(`${what} ${ratio.toFixed(2)}`);
  }
  return faint;
}"""

NAMELESS = """() => [...document.querySelectorAll("button, input, textarea, summary, a[href]")]
  .filter((node) => node.checkVisibility() && !node.closest("[aria-hidden=true]"))
  .filter((node) => !(node.textContent.trim() || node.getAttribute("aria-label") || node.title
    || node.labels?.[0]?.textContent.trim() || node.getAttribute("placeholder")))
  .map((node) => node.outerHTML.slice(0, 120))"""


TASKS = tuple(task.id for task in CATALOG.tasks.values() if not task.lesson)
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

VIOLATIONS = """() => axe.run(document, { resultTypes: ["violations"] }).then((found) => found.violations
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`))"""


def violations(visit: Visit) -> list[str]:
    """What axe finds on the page as it stands, once nothing moves any more."""
    visit.page.wait_for_function("document.getAnimations().every((one) => one.playState !== 'running')")
    if not visit.call("'axe' in window"):
        visit.call(AXE.read_text("utf-8"))
    found: list[str] = visit.call(VIOLATIONS)
    return found


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: `make check` does that.")
@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("light", 375),
        ("dark", 1280),
        pytest.param("light", 1280, marks=pytest.mark.long),
        pytest.param("dark", 375, marks=pytest.mark.long),
    ],
)
def test_axe_finds_nothing_on_any_tab_result_or_shared_page(
    visitor: NewVisit, scheme: Any, width: int
) -> None:
    visit = visitor(color_scheme=scheme, viewport={"width": width, "height": 812}, reduced_motion="reduce")
    visit.page.goto(f"{visit.server.url}/?tab=history")
    expect(visit.page.locator(".invitation").first).to_be_visible()
    assert violations(visit) == [], "the empty history"
    visit.page.goto(f"{visit.server.url}/?tab=learn")
    expect(visit.page.locator('[role=tab][data-tab-id="learn"]')).to_have_attribute("aria-selected", "true")
    assert violations(visit) == [], "the list of lessons"
    tokens = {task: share(visit, make(visit, task)) for task in TASKS}
    for task in TASKS:
        visit.page.goto(f"{visit.server.url}/?tab={task}")
        cards = visit.page.locator(f'studio-strip[data-task="{task}"] .strip-card')
        expect(cards.first).to_be_visible()
        assert violations(visit) == [], f"{task}, its example"
        visit.unfold(task)
        visit.page.locator(f".wish:has(#{task}-go) .more > button").click()
        assert violations(visit) == [], f"{task}, every setting"
        cards.first.click()
        result = visit.page.locator(f'studio-job[data-task="{task}"]')
        expect(result).to_have_attribute("data-status", "done")
        result.locator("summary").last.click()
        assert violations(visit) == [], f"{task}, a result"
        result.locator("[data-action=share]").click()
        expect(visit.page.locator("dialog.sheet")).to_be_visible()
        assert violations(visit) == [], f"{task}, the sheet"
        visit.page.keyboard.press("Escape")
        result.locator("[data-act=present]").click()
        expect(visit.page.locator(".present-count")).to_have_text("1 / 1")
        assert violations(visit) == [], f"{task}, before a projector"
        visit.page.keyboard.press("Escape")
    visit.page.goto(f"{visit.server.url}/?tab=history")
    expect(visit.items).to_have_count(len(TASKS))
    for row in visit.items.all():
        row.locator(".history-head").click()
        assert violations(visit) == [], "the history"
    for task, token in tokens.items():
        for path in (f"r/{token}", f"r/{token}/embed"):
            visit.page.goto(f"{visit.server.url}/{path}")
            assert violations(visit) == [], f"{task}, {path}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(visitor: NewVisit, scheme: Any) -> None:
    """WCAG AA for ordinary text, everywhere on the page, in both themes."""
    visit = visitor(color_scheme=scheme).open()
    visit.generate("contrast").expect_status("done")
    visit.page.locator("studio-job summary").click()
    visit.page.get_by_role("button", name="More settings").click()
    expect(visit.page.locator("#text-temperature")).to_be_visible()
    assert visit.call(CONTRAST) == []
    visit.history()
    expect(visit.items.first).to_be_visible()
    assert visit.call(CONTRAST) == []


def test_every_control_has_a_name(ann: Visit) -> None:
    ann.generate("names").expect_status("done")
    ann.page.get_by_role("button", name="More settings").click()
    expect(ann.page.locator("#text-temperature")).to_be_visible()
    assert ann.call(NAMELESS) == []
    ann.history()
    expect(ann.items.first).to_be_visible()
    assert ann.call(NAMELESS) == []


def test_the_live_region_speaks_of_states_and_not_of_words(ann: Visit) -> None:
    ann.call(
        """() => {
            window.__said = [];
            const region = document.querySelector("studio-job .visually-hidden[role=status]");
            const heard = new MutationObserver(() => window.__said.push(region.textContent));
            heard.observe(region, { childList: true, characterData: true, subtree: true });
        }"""
    )
    ann.generate("a quiet evening", "Debug text, slow").expect_status("done")
    said = ann.call("window.__said")
    assert 1 <= len(said) <= 5, said
    assert said[-1].startswith("Finished")


def test_motion_stops_for_those_who_ask(visitor: NewVisit) -> None:
    visit = visitor(reduced_motion="reduce", tokens=200).open()
    visit.generate("still", "Debug text, slow").expect_status("running")
    # A transition that the click began may still be ending; nothing may go on moving.
    visit.page.wait_for_function(
        "document.getAnimations().every((one) => one.playState !== 'running')", timeout=5000
    )
    visit.page.keyboard.press("Escape")
    visit.expect_status("cancelled")
