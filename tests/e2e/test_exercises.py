"""Texts that are gone on with in a browser: exercises by what was missed, conversations by another word."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewVisit
from tests.e2e.test_remix import expect_tab

pytestmark = pytest.mark.browser


def test_exercises_are_answered_and_marked_and_the_next_train_what_was_missed(visitor: NewVisit) -> None:
    visit = visitor()
    page = visit.page
    page.goto(
        f"{visit.server.url}/?task=text&model=scenarios&scenario=exercises&exercise=arithmetic&count=2&seed=5"
    )
    expect_tab(visit, "text")
    page.locator("#text-go").click()
    job = page.locator('studio-job[data-task="text"]')
    rows = job.locator(".exercises li")
    expect(rows).to_have_count(2)
    question = rows.first.locator(".exercise-question").inner_text()
    first, sign, second = question.split(" ")[:3]
    signs = {"+": int.__add__, "−": int.__sub__, "×": int.__mul__, "÷": int.__floordiv__}
    rows.first.locator("input").fill(str(signs[sign](int(first), int(second))))
    rows.last.locator("input").fill("-1")
    job.locator(".exercises button[type=submit]").click()
    expect(rows.first).to_have_attribute("data-right", "true")
    expect(rows.last).to_have_attribute("data-right", "false")
    expect(job.locator(".exercises-score")).to_contain_text("1")
    with page.expect_download() as waited:
        job.locator(".exercises-after button").last.click()
    lines = Path(waited.value.path()).read_text("utf-8-sig").splitlines()
    assert [line.rpartition(",")[2] for line in lines[1:]] == ['"1"', '"0"']
    assert '"\'-1"' in lines[2]
    missed = rows.last.locator(".exercise-question").inner_text().split(" ")[1]
    with page.expect_request(lambda sent: sent.url.endswith("/api/jobs") and sent.method == "POST") as asked:
        job.locator(".exercises-after button").first.click()
    assert asked.value.post_data_json["params"]["missed"] == [missed]
    expect(job.locator(".exercises-score")).to_be_empty()
    expect(rows).to_have_count(2)
    expect(rows.first.locator("input")).to_have_value("")


def test_a_conversation_goes_on_and_branches_from_an_earlier_word(visitor: NewVisit) -> None:
    visit = visitor()
    page = visit.page
    page.goto(f"{visit.server.url}/?task=text&model=debug-text&prompt=one&max_new_tokens=4&seed=1")
    expect_tab(visit, "text")
    page.locator("#text-go").click()
    job = page.locator('studio-job[data-task="text"]')
    box = job.locator(".chat-reply textarea")
    box.fill("two")
    job.locator(".chat-reply button[type=submit]").click()
    turns = job.locator(".chat-turn")
    expect(turns).to_have_count(3)
    expect(turns.first).to_contain_text("one")
    expect(turns.last).to_contain_text("two")
    turns.first.get_by_role("button").click()
    expect(box).to_have_value("one")
    box.fill("three")
    box.press("Control+Enter")
    expect(job.locator(".job-prompt")).to_have_text("three")
    expect(turns).to_have_count(0)
