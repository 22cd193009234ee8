"""The applications in a browser: an answer, a refusal, and the answer that somebody adds to it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewVisit
from tests.e2e.test_remix import expect_tab

pytestmark = pytest.mark.browser


def test_what_could_not_be_answered_becomes_a_pair_with_one_press(visitor: NewVisit) -> None:
    visit = visitor()
    page = visit.page
    page.goto(f"{visit.server.url}/?task=apps&model=debug-service")
    expect_tab(visit, "apps")
    box, job = page.locator("#apps-question textarea"), page.locator('studio-job[data-task="apps"]')
    box.fill("what is known here")
    page.locator("#apps-go").click()
    expect(job.locator('.answer[data-found="composed"]')).to_be_visible()
    box.fill("how warm is the pool")
    page.locator("#apps-go").click()
    expect(job.locator('.answer[data-found="none"]')).to_be_visible()

    page.locator("#tabs .tabitem:visible .more > button").click()
    asked = page.locator("studio-unanswered")
    asked.locator("summary").click()
    expect(asked.locator("li")).to_have_count(1)
    asked.get_by_label("how warm is the pool").fill("26 degrees")
    asked.get_by_role("button").click()
    expect(page.locator("#apps-own_pairs textarea")).to_have_value("how warm is the pool = 26 degrees")
    expect(asked.locator("li")).to_have_count(0)
