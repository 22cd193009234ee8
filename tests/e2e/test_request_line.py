"""The request line in a real browser: understood while one types, asked before, told after."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit

pytestmark = pytest.mark.browser


def line(visit: Visit, task: str) -> Locator:
    return visit.page.locator(f'studio-request[data-task="{task}"] .request-line')


def account(visit: Visit, task: str) -> Locator:
    return visit.page.locator(f'studio-job[data-task="{task}"] .request-account')


def on_tab(visit: Visit, task: str, model: str, **left: Any) -> Visit:
    """Open a tab whose form an earlier visit left with a test model."""
    values = ", ".join(f"{name}: {value!r}" for name, value in {"model": model, **left}.items())
    visit.context.add_init_script(
        f"localStorage.getItem('aigc.form.{task}') ?? "
        f"localStorage.setItem('aigc.form.{task}', JSON.stringify({{{values}}}))"
    )
    visit.page.goto(f"{visit.server.url}/?tab={task}")
    expect(visit.page.locator(f"#{task}-go")).to_be_visible(timeout=4 * PATIENCE)
    return visit


def write(visit: Visit, task: str, text: str) -> None:
    visit.page.locator(f"#{task}-prompt textarea").fill(text)


def made(visit: Visit, task: str) -> int:
    found = visit.page.evaluate(
        f"Promise.all(['api/history?task={task}', 'api/jobs'].map((one) => fetch(one).then((r) => r.json())))"
    )
    return len(found[0]["items"]) + len(found[1]["items"])


def generate(visit: Visit, task: str) -> None:
    visit.page.locator(f"#{task}-go").click()
    job = visit.page.locator(f'studio-job[data-task="{task}"]')
    expect(job).to_have_attribute("data-status", "done", timeout=4 * PATIENCE)


def test_words_for_another_tab_go_there_by_one_press_though_it_was_never_opened(ann: Visit) -> None:
    ann.open().request("please draw me a cat", "Debug text")
    step = line(ann, "text").get_by_role("button", name="Take them to Image")
    step.click()
    expect(ann.page.locator("#image-prompt textarea")).to_have_value("a cat", timeout=PATIENCE)
    expect(ann.page.locator('[role=tab][data-tab-id="image"]')).to_have_attribute("aria-selected", "true")


def test_what_asks_for_prose_is_told_of_before_a_poem_is_made_and_the_line_stays(visitor: NewVisit) -> None:
    visit = on_tab(visitor("zh-CN"), "text", "debug-poem", prompt="秋夜", form="七绝")
    write(visit, "text", "给奶奶写一段生日祝福")
    expect(line(visit, "text")).to_contain_text("我只会写古体诗")
    visit.page.locator("#text-go").click()
    expect(line(visit, "text")).to_have_attribute("data-asking", "true")
    assert made(visit, "text") == 0
    line(visit, "text").get_by_role("button", name="以“祖母生日”为题作一首").click()
    expect(visit.prompt).to_have_value("祖母生日")
    expect(line(visit, "text")).to_contain_text("题：祖母生日")
    generate(visit, "text")
    expect(account(visit, "text")).to_contain_text("题：祖母生日")
    visit.page.reload()
    expect(account(visit, "text")).to_contain_text("题：祖母生日", timeout=PATIENCE)
    visit.history()
    visit.items.first.locator(".history-head").click()
    expect(visit.items.first.locator(".request-line")).to_contain_text("题：祖母生日")


def test_what_is_not_understood_is_made_when_it_is_asked_for_again(visitor: NewVisit) -> None:
    visit = on_tab(visitor(), "music", "debug-music", prompt="", bars=4)
    write(visit, "music", "asdfghjkl")
    visit.page.locator("#music-go").click()
    expect(line(visit, "music")).to_contain_text("I do not know “asdfghjkl”.")
    again = line(visit, "music").locator('[data-act="anyway"]')
    expect(again).to_be_focused()
    expect(visit.page.locator('studio-request[data-task="music"] [role=status]')).to_contain_text("asdfghjkl")
    assert made(visit, "music") == 0
    again.press("Enter")
    job = visit.page.locator('studio-job[data-task="music"]')
    expect(job).to_have_attribute("data-status", "done", timeout=4 * PATIENCE)
    expect(account(visit, "music")).to_contain_text("asdfghjkl")
    assert made(visit, "music") == 1


def test_settings_in_words_are_solid_and_what_is_left_out_is_struck_until_it_is_pressed(
    visitor: NewVisit,
) -> None:
    visit = on_tab(visitor(), "music", "debug-music", prompt="", bars=4)
    visit.page.wait_for_load_state("networkidle")  # the form has got its values back
    write(visit, "music", "a spooky waltz for piano and violin")
    terms = line(visit, "music")
    expect(terms.locator('[data-kind="kept"] b')).to_have_text(["Waltz", "Violin"])
    expect(terms.locator('[data-kind="unknown"] s')).to_have_text("spooky")
    terms.locator('[data-kind="left_out"] button').click()
    expect(visit.page.locator("#music-instrument input")).to_have_value("Piano")


def test_a_picture_says_what_was_painted_and_what_else_came_to_mind(visitor: NewVisit) -> None:
    visit = on_tab(visitor(), "image", "debug-image", prompt="a cat", num_inference_steps=2, batch=1)
    generate(visit, "image")
    expect(account(visit, "image").locator('[data-kind="kept"] b')).to_be_visible()
    other = account(visit, "image").locator('[data-kind="also"] button').first
    words = re.sub(r" \d+ %$", "", other.inner_text())
    other.click()
    expect(visit.page.locator("#image-prompt textarea")).to_have_value(words)
    expect(line(visit, "image").locator('[data-kind="kept"] b').first).to_be_visible()


def test_a_style_that_is_not_known_is_told_with_the_nearest(visitor: NewVisit) -> None:
    visit = on_tab(visitor(), "style", "debug-style", size=96)
    expect(line(visit, "style")).to_contain_text("Pagoda")
    visit.unfold("style").page.locator("#tabs .more:visible button").first.click()
    box = visit.page.locator("#style-style").get_by_role("textbox")
    expect(box).to_have_value("ink_wash")
    box.fill("starry")
    expect(box).to_have_value("starry")
    line(visit, "style").get_by_role("button", name="Starry night").click()
    expect(line(visit, "style").locator("b")).to_have_text(["Pagoda", "Starry night"])
    generate(visit, "style")
    expect(account(visit, "style").locator("b")).to_have_text(["Pagoda", "Starry night"])


def test_a_text_says_how_much_it_is_and_offers_room_for_more(ann: Visit) -> None:
    ann.open().request("Write a 600 word story about a lighthouse")
    line(ann, "text").get_by_role("button", name="Allow 960 tokens").click()
    expect(line(ann, "text")).not_to_contain_text("Allow")
    expect(line(ann, "text").locator("b")).to_have_text(["a story", "words: 600"])


def test_the_line_fits_a_phone_and_says_nothing_of_nothing(visitor: NewVisit) -> None:
    visit = on_tab(
        visitor("zh-CN", viewport={"width": 375, "height": 812}), "music", "debug-music", prompt=""
    )
    expect(line(visit, "music")).to_be_hidden()
    write(visit, "music", "a" * 200 + " spooky " * 30)
    expect(line(visit, "music")).to_be_visible()
    assert visit.call("document.documentElement.scrollWidth") <= 375
