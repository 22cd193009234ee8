"""What a visitor sees and does, in a real browser against the real server."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit

pytestmark = pytest.mark.browser

LONG = 1000
"""Tokens that are still being written when a page has been loaded anew, on a busy machine."""


def test_a_chinese_browser_gets_a_chinese_page(visitor: NewVisit) -> None:
    visit = visitor("zh-CN").open()
    expect(visit.page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(visit.go).to_contain_text("生成")
    expect(visit.page.get_by_role("tab", name="历史")).to_be_visible()
    words = visit.page.locator("body").inner_text()
    assert not re.search(r"\b(ui|text|param|error)\.[a-z_]+|__i18n__|undefined|null", words)


@pytest.mark.parametrize("locale", ["zh", "zh-TW", "zh-HK"])
def test_every_chinese_browser_is_spoken_to_in_chinese(visitor: NewVisit, locale: str) -> None:
    visit = visitor(locale).open()
    expect(visit.go).to_contain_text("生成")


def test_the_first_click_works(ann: Visit) -> None:
    """Box, model and settings are filled; the result area shows a finished example, marked as one."""
    expect(ann.prompt).not_to_be_empty()
    expect(ann.page.locator("studio-job .job-about")).to_contain_text("Example")
    expect(ann.go).to_be_enabled()


def test_an_answer_streams_in_and_can_be_kept(patient: Visit) -> None:
    patient.generate("a quiet evening", "Debug text, slow").expect_status("running")
    expect(patient.answer).to_be_visible(timeout=PATIENCE)
    early = patient.answer.inner_text()
    expect(patient.page.get_by_role("progressbar")).to_be_visible()
    patient.expect_status("done")
    assert patient.answer.inner_text().startswith(early)
    assert len(patient.answer.inner_text()) > len(early)
    for action in ("again", "continue", "star", "copy", "save", "reuse"):
        expect(patient.page.locator(f"studio-job [data-action={action}]")).to_be_visible()
    patient.page.locator("studio-job summary").click()
    expect(patient.page.locator("studio-job .run-card")).to_contain_text("Debug text, slow")


def test_a_reload_in_mid_stream_finds_the_job_again(visitor: NewVisit) -> None:
    patient = visitor(tokens=LONG).open()
    patient.generate("a long walk", "Debug text, slow").expect_status("running")
    patient.page.reload()
    patient.ready().expect_status("running")
    expect(patient.page.locator("studio-job .job-prompt")).to_have_text("a long walk")
    patient.page.keyboard.press("Escape")
    patient.expect_status("cancelled")


def test_a_second_window_of_the_same_visitor_shows_the_running_job(visitor: NewVisit) -> None:
    patient = visitor(tokens=LONG).open()
    patient.generate("seen twice", "Debug text, slow").expect_status("running")
    second = Visit.begin(patient.server, patient.context).open()
    expect(second.page.locator("studio-job .job-prompt")).to_have_text("seen twice")
    patient.page.keyboard.press("Escape")
    second.expect_status("cancelled")


def test_stopping_keeps_what_was_there(patient: Visit) -> None:
    patient.generate("to be stopped", "Debug text, slow").expect_status("running")
    expect(patient.answer).to_be_visible(timeout=PATIENCE)
    patient.page.locator("studio-job [data-action=stop]").click()
    patient.expect_status("cancelled")
    expect(patient.answer).not_to_be_empty()
    expect(patient.page.locator("studio-job [data-action=continue]")).to_be_visible()


def test_a_text_can_be_continued_and_read_aloud(ann: Visit) -> None:
    ann.generate("a story").expect_status("done")
    before = ann.answer.inner_text()
    ann.page.locator("studio-job [data-action=continue]").click()
    expect(ann.answer).not_to_have_text(before, timeout=PATIENCE)
    ann.expect_status("done")
    assert ann.answer.inner_text().startswith(before)
    ann.page.locator("studio-job [data-action=aloud]").click()
    expect(ann.page.locator("studio-job .aloud audio")).to_be_visible(timeout=PATIENCE)
    expect(ann.page.locator("studio-job .aloud")).to_contain_text("Debug voice")
    kept = ann.page.evaluate("fetch('api/history?task=speech').then((all) => all.json())")
    assert [one["status"] for one in kept["items"]] == ["done"]


def test_retry_with_the_same_seed_gives_the_same_and_again_gives_another(ann: Visit) -> None:
    ann.generate("chance").expect_status("done")
    first = ann.answer.inner_text()
    ann.page.locator("studio-job [data-action=reuse]").click()
    ann.go.click()
    expect(ann.page.locator(".strip-card")).to_have_count(2, timeout=PATIENCE)
    ann.expect_status("done")
    expect(ann.answer).to_have_text(first)
    ann.page.locator("studio-job [data-action=again]").click()
    expect(ann.page.locator(".strip-card")).to_have_count(3, timeout=PATIENCE)
    ann.expect_status("done")
    assert ann.answer.inner_text() != first


def test_an_empty_wish_is_refused_beside_its_box(ann: Visit) -> None:
    ann.request(" ").go.click()
    expect(ann.page.locator("#text-prompt .field-error")).to_be_visible()
    expect(ann.prompt).to_have_attribute("aria-invalid", "true")
    ann.prompt.fill("something")
    expect(ann.page.locator("#text-prompt .field-error")).to_have_count(0)


def test_a_failure_says_what_happened_in_words_and_offers_another_try(ann: Visit) -> None:
    ann.generate("bug", "Debug text, faulty").expect_status("failed")
    trouble = ann.page.locator("studio-job .job-trouble")
    expect(trouble).to_contain_text("Try again")
    assert "Traceback" not in trouble.inner_text()
    expect(ann.page.locator("studio-job [data-action=again]")).to_have_text("Retry")


def test_keys_generate_stop_and_focus(patient: Visit) -> None:
    patient.request("by keyboard", "Debug text, slow")
    patient.prompt.press("Control+Enter")
    patient.expect_status("running")
    patient.page.keyboard.press("Escape")
    patient.expect_status("cancelled")
    patient.page.locator("studio-job .job-stage").focus()
    patient.page.keyboard.press("/")
    expect(patient.prompt).to_be_focused()


def test_one_key_leaves_only_wish_and_result_for_a_projector(ann: Visit) -> None:
    ann.page.locator("studio-job .job-stage").focus()
    ann.page.keyboard.press("p")
    expect(ann.prompt).not_to_be_visible()
    expect(ann.answer).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(ann.prompt).to_be_visible()


def test_arrows_walk_the_strip(ann: Visit) -> None:
    for text in ("one", "two"):
        ann.generate(text).expect_status("done")
    cards = ann.page.locator(".strip-card")
    expect(cards).to_have_count(2)
    cards.first.focus()
    ann.page.keyboard.press("ArrowRight")
    expect(cards.nth(1)).to_be_focused()
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator("studio-job .job-prompt")).to_have_text("one")


def test_the_language_switches_in_place_and_is_remembered(patient: Visit) -> None:
    patient.generate("kept through the switch", "Debug text, slow").expect_status("running")
    patient.prompt.fill("half-written")
    patient.page.get_by_role("button", name="切换到中文").click()
    expect(patient.go).to_contain_text("生成", timeout=PATIENCE)
    expect(patient.prompt).to_have_value("half-written")
    expect(patient.page.locator("studio-job .job-prompt")).to_have_text("kept through the switch")
    patient.page.reload()
    patient.ready()
    expect(patient.go).to_contain_text("生成")


def test_the_theme_is_remembered(ann: Visit) -> None:
    expect(ann.page.locator("body")).not_to_have_class(re.compile(r"\bdark\b"))
    ann.page.get_by_role("button", name="Dark").click()
    expect(ann.page.locator("body")).to_have_class(re.compile(r"\bdark\b"))
    ann.page.reload()
    ann.ready()
    expect(ann.page.locator("body")).to_have_class(re.compile(r"\bdark\b"))


def test_settings_and_fold_stay_as_they_were_left(ann: Visit) -> None:
    ann.page.get_by_role("button", name="More settings").click()
    ann.page.get_by_role("button", name="Inventive").click()
    number = ann.page.locator("#text-temperature input[type=number]")
    expect(number).to_have_value("1")
    ann.page.reload()
    ann.ready()
    expect(number).to_have_value("1")
    expect(ann.page.get_by_role("button", name="Inventive")).to_have_attribute("aria-pressed", "true")


def test_a_chinese_wish_for_a_model_without_chinese_gets_a_hint(ann: Visit) -> None:
    ann.choose("SmolLM2 135M Instruct")
    ann.prompt.fill("写一首关于月亮的诗")
    expect(ann.page.locator("studio-model .model-note")).to_contain_text("no Chinese")
    ann.prompt.fill("Write a poem about the moon")
    expect(ann.page.locator("studio-model .model-note")).to_have_count(0)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_phone_needs_no_sideways_scrolling_and_has_the_button_at_hand(
    visitor: NewVisit, locale: str
) -> None:
    visit = visitor(locale, viewport={"width": 375, "height": 667}, has_touch=True, is_mobile=True).open()
    expect(visit.go).to_be_in_viewport()
    visit.generate("on a phone").expect_status("done")
    expect(visit.job).to_be_in_viewport()
    assert visit.call("document.documentElement.scrollWidth") <= 375
    visit.history()
    expect(visit.items.first).to_be_visible()
    assert visit.call("document.documentElement.scrollWidth") <= 375


def test_a_shared_link_opens_for_anyone_and_can_be_remixed(ann: Visit, visitor: NewVisit) -> None:
    ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ann.generate("to be passed on").expect_status("done")
    ann.page.locator("studio-job [data-action=share]").click()
    ann.page.get_by_label("Show my words as well").check()
    ann.page.get_by_role("button", name="Make the link").click()
    expect(ann.page.locator("dialog")).to_contain_text("copied")
    link = ann.call("navigator.clipboard.readText()")
    ben = visitor()
    ben.page.goto(link)
    expect(ben.page.locator("body")).to_contain_text("to be passed on")
    ben.open(f"?remix={link.rsplit('/', 1)[-1]}")
    expect(ben.prompt).to_have_value("to be passed on", timeout=PATIENCE)


def test_a_double_click_makes_one_thing(ann: Visit) -> None:
    ann.request("only once").go.dblclick()
    ann.expect_status("done")
    ann.page.locator("studio-job [data-action=again]").dblclick()
    expect(ann.page.locator(".strip-card")).to_have_count(2, timeout=PATIENCE)
    ann.expect_status("done")
    ann.page.wait_for_timeout(500)
    assert len(ann.call("fetch('api/history').then((r) => r.json())")["items"]) == 2


def test_what_was_stopped_and_kept_is_said_to_be_kept(patient: Visit) -> None:
    patient.generate("to be stopped", "Debug text, slow").expect_status("running")
    expect(patient.answer).to_be_visible(timeout=PATIENCE)
    patient.page.keyboard.press("Escape")
    patient.expect_status("cancelled")
    expect(patient.page.locator("studio-job .job > [role=status]")).to_have_text(
        "Stopped; what was there is kept."
    )


def test_a_seed_that_reuse_keeps_is_told_beside_the_button(ann: Visit) -> None:
    ann.generate("chance").expect_status("done")
    note = ann.page.locator('studio-model [data-kind="seed"]')
    expect(note).to_have_count(0)
    ann.page.locator("studio-job [data-action=reuse]").click()
    expect(note).to_contain_text("is kept")
    note.get_by_role("button").click()
    expect(note).to_have_count(0)


def test_the_language_switch_stays_on_its_tab(visitor: NewVisit) -> None:
    visit = visitor()
    visit.page.goto(visit.server.url)
    visit.page.locator('[role=tab][data-tab-id="music"]').click()
    expect(visit.page.locator("#music-go")).to_be_visible(timeout=PATIENCE)
    visit.page.get_by_role("button", name="切换到中文").click()
    expect(visit.page.locator("#music-go")).to_contain_text("生成", timeout=PATIENCE)
    expect(visit.page.locator('[role=tab][data-tab-id="music"]')).to_have_attribute("aria-selected", "true")


def test_back_and_forward_walk_through_the_tabs(ann: Visit) -> None:
    tab = ann.page.locator('[role=tab][aria-selected="true"]')
    for name in ("image", "history"):
        ann.page.locator(f'[role=tab][data-tab-id="{name}"]').click()
        expect(tab).to_have_attribute("data-tab-id", name)
        assert f"tab={name}" in ann.page.url
    ann.page.go_back()
    expect(tab).to_have_attribute("data-tab-id", "image")
    ann.page.go_back()
    expect(tab).to_have_attribute("data-tab-id", "text")
    ann.page.go_forward()
    expect(tab).to_have_attribute("data-tab-id", "image")


def test_a_second_window_learns_what_the_first_one_made(ann: Visit) -> None:
    second = Visit.begin(ann.server, ann.context).open()
    ann.generate("made over there").expect_status("done")
    cards = second.page.locator('studio-strip[data-task="text"] .strip-card')
    expect(cards).to_have_count(1, timeout=PATIENCE)
    expect(cards.first).to_contain_text("made over there")
