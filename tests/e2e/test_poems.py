"""Poems in a real browser: set in columns or lines, tones and rhymes marked, honest about what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit

pytestmark = pytest.mark.browser

POET = "Debug poet"
FIRST = 120_000
"""Milliseconds until a first poem: torch is loaded for it, on a busy machine."""


@pytest.fixture
def reader(visitor: NewVisit) -> Visit:
    """A Chinese-speaking visitor on the text tab with the poet chosen."""
    visit = visitor(locale="zh-CN").open()
    expect(visit.page.locator("studio-count .count")).to_be_attached(timeout=PATIENCE)
    return visit.choose(POET)


def write(visit: Visit, theme: str, **fields: str) -> Locator:
    """Ask for a poem and wait for it."""
    visit.prompt.fill(theme)
    for name, value in fields.items():
        visit.page.locator(f"#text-{name} input, #text-{name} textarea").first.fill(value)
    visit.go.click()
    expect(visit.page.locator("studio-job .job-prompt")).to_have_text(theme)
    expect(visit.job).to_have_attribute("data-status", "done", timeout=FIRST)
    poem = visit.page.locator('studio-job[data-task="text"] .poem')
    expect(poem).to_be_visible(timeout=PATIENCE)
    return poem


def newest(visit: Visit) -> dict[str, Any]:
    found = visit.call("fetch('api/history?task=text').then((r) => r.json())")
    return dict(found["items"][0]["outputs"][0]["meta"]["poem"])


def test_a_poem_is_set_in_columns_with_a_tone_beside_each_character(reader: Visit) -> None:
    poem = write(reader, "秋夜")
    expect(poem.locator(".poem-line")).to_have_count(4)
    expect(poem.locator(".glyph")).to_have_count(28)
    expect(poem.locator(".poem-title")).to_have_text("秋夜")
    assert poem.locator(".poem-sheet").evaluate("(n) => getComputedStyle(n).writingMode") == "vertical-rl"
    first, last = (
        poem.locator(".poem-line").first.bounding_box(),
        poem.locator(".poem-line").last.bounding_box(),
    )
    assert first and last and first["x"] > last["x"]
    expect(poem.locator(".glyph-tone:empty")).to_have_count(0)
    signs = set(poem.locator(".glyph-tone").all_inner_texts())
    assert signs <= {"○", "●", "◐", "·"}
    assert {"○", "●"} <= signs
    rhymes = [f"{row},{column}" for row, column in newest(reader)["rhymes"]]
    expect(poem.locator(".glyph[data-rhyme]")).to_have_count(len(rhymes))


def test_the_chinese_page_begins_with_a_poem_and_a_poet(visitor: NewVisit) -> None:
    visit = visitor(locale="zh-CN").open()
    expect(visit.page.locator("#text-model input")).to_have_value("ShiGPT")
    expect(visit.prompt).to_have_value("秋夜")
    job = visit.page.locator('studio-job[data-task="text"]')
    expect(job.locator(".job-about")).to_contain_text("示例")
    expect(job.locator(".poem .glyph")).to_have_count(28)


def test_the_run_card_promises_what_its_lane_keeps(reader: Visit) -> None:
    write(reader, "秋夜")
    reader.page.locator('studio-job[data-task="text"] .job-how summary').click()
    card = reader.page.locator('studio-job[data-task="text"] .run-card')
    expect(card).to_contain_text("同一种子得到同样的文字")
    expect(card).to_contain_text("同时写作的其他人")


def test_lines_and_pinyin_are_switches_that_are_remembered(reader: Visit) -> None:
    poem = write(reader, "春江")
    expect(poem.locator(".glyph-sound").first).to_be_hidden()
    poem.get_by_role("button", name="拼音").click()
    expect(poem.locator(".glyph-sound").first).to_be_visible()
    poem.get_by_role("button", name="竖排").click()
    assert poem.locator(".poem-sheet").evaluate("(n) => getComputedStyle(n).writingMode") == "horizontal-tb"
    reader.page.reload()
    again = reader.page.locator('studio-job[data-task="text"] .poem')
    expect(again).to_have_attribute("data-vertical", "false", timeout=PATIENCE)
    expect(again).to_have_attribute("data-pinyin", "true")
    expect(again.get_by_role("button", name="拼音")).to_have_attribute("aria-pressed", "true")


def test_an_enforced_poem_says_that_it_keeps_the_rules_and_a_free_one_where_it_does_not(
    reader: Visit,
) -> None:
    poem = write(reader, "秋夜")
    expect(poem.locator(".poem-keeps")).to_have_attribute("data-keeps", "true")
    expect(poem.locator(".glyph[data-broken]")).to_have_count(0)
    reader.page.locator(".more > button").click()
    reader.page.locator("#text-strictness").get_by_label("关闭").check()
    poem = write(reader, "冬夜")
    expect(poem.locator(".poem-keeps")).to_have_attribute("data-keeps", "false")
    expect(poem.locator(".poem-broken li")).to_have_count(len(newest(reader)["broken"]))
    expect(poem.locator(".glyph[data-broken]").first).to_be_visible()


def test_an_acrostic_and_words_are_in_the_poem(reader: Visit) -> None:
    poem = write(reader, "四季", acrostic="春夏秋冬", keywords="明月")
    heads = [line.locator(".glyph-char").first.inner_text() for line in poem.locator(".poem-line").all()]
    assert "".join(heads) == "春夏秋冬"
    expect(poem.locator('.poem-key[data-found="true"]')).to_contain_text("明月")


def test_a_wrong_acrostic_is_told_beside_its_field(reader: Visit) -> None:
    reader.prompt.fill("四季")
    reader.page.locator("#text-acrostic input, #text-acrostic textarea").first.fill("春夏")
    reader.go.click()
    job = reader.page.locator('studio-job[data-task="text"] .job-trouble')
    expect(job).to_contain_text("4 个字", timeout=PATIENCE)


def test_what_a_model_cannot_read_is_told_at_once_with_one_that_can(visitor: NewVisit) -> None:
    visit = visitor().open().choose("SmolLM2 135M Instruct")
    visit.prompt.fill("写一首关于秋夜的诗")
    note = visit.page.locator('studio-model[data-task="text"] .model-note')
    expect(note).to_contain_text("no Chinese")
    note.get_by_role("button", name="Use ShiGPT", exact=True).click()
    expect(visit.page.locator("#text-model input")).to_have_value("ShiGPT")
    expect(visit.prompt).to_have_value("写一首关于秋夜的诗")
    expect(note).to_have_count(0)
    visit.prompt.fill("autumn night")
    expect(note).to_contain_text("Chinese only")


def test_what_was_written_is_counted_under_the_box(reader: Visit) -> None:
    count = reader.page.locator("studio-poem-count .count")
    reader.prompt.fill("秋夜")
    expect(count).to_contain_text("2 个汉字")
    reader.prompt.fill("秋" * 13)
    expect(count).to_have_attribute("data-over", "true")
    reader.choose("Debug text")
    expect(count).to_be_empty()
    expect(reader.page.locator("studio-count .count")).to_contain_text("13 / 20,000 字")


def test_only_a_poets_settings_are_shown_for_a_poet(reader: Visit) -> None:
    expect(reader.page.locator("#text-form")).to_be_visible()
    expect(reader.page.locator("#text-max_new_tokens")).to_be_hidden()
    reader.choose("Debug text")
    expect(reader.page.locator("#text-form")).to_be_hidden()


def test_a_poem_fits_a_phone(visitor: NewVisit) -> None:
    visit = visitor(locale="zh-CN", viewport={"width": 375, "height": 800}).open()
    poem = write(visit.choose(POET), "秋夜")
    expect(poem.locator(".poem-sheet")).to_be_visible()
    assert visit.call("document.documentElement.scrollWidth <= innerWidth")


def test_a_reader_of_the_screen_hears_the_poem_as_text(reader: Visit) -> None:
    poem = write(reader, "秋夜")
    expect(poem.locator(".poem-sheet")).to_have_attribute("aria-hidden", "true")
    spoken = poem.locator(".visually-hidden").inner_text()
    assert all("".join(line) in spoken for line in newest(reader)["lines"])
