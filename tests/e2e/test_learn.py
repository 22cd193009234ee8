"""Learn in a real browser: a lesson by its address, a training told what to do, its model used in Image."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit

pytestmark = pytest.mark.browser

LONG = "?tab=learn&lesson=gan&steps=100000&patience=0"


def learner(visitor: NewVisit, query: str = LONG) -> Visit:
    """A visitor on the page of a lesson, with the form below it filled."""
    visit = visitor()
    visit.page.goto(f"{visit.server.url}/{query}")
    expect(visit.page.locator(".lesson-title")).to_be_visible(timeout=PATIENCE)
    expect(visit.page.locator(".lesson-bench .go")).to_be_visible(timeout=PATIENCE)
    return visit


def job(visit: Visit) -> Locator:
    return visit.page.locator('studio-job[data-task="train_pictures"]')


def control(visit: Visit, action: str) -> Locator:
    return visit.page.locator(f'.training-controls [data-control="{action}"]')


def test_a_training_is_watched_paused_gone_on_with_finished_and_used(visitor: NewVisit) -> None:
    visit = learner(visitor)
    expect(visit.page.locator("#train_pictures-steps input")).to_have_value("100000")
    visit.choose("Debug picture trainer", "train_pictures")
    visit.page.locator("#train_pictures-steps input").fill("100000")
    visit.page.locator(".lesson-bench .go").click()
    expect(visit.page.locator(".training-samples")).to_be_visible(timeout=PATIENCE)
    expect(visit.page.locator(".curve canvas").first).to_be_visible(timeout=PATIENCE)
    control(visit, "pause").click()
    expect(control(visit, "continue")).to_be_visible(timeout=PATIENCE)
    control(visit, "continue").click()
    control(visit, "finish").click(timeout=PATIENCE)
    expect(job(visit)).to_have_attribute("data-status", "done", timeout=PATIENCE)
    visit.page.locator(".training-controls button", has_text="Use it in Image").click()
    expect(visit.page.locator("#image-model input")).to_have_value("Digits, GAN · mine", timeout=PATIENCE)
    visit.page.locator("#image-label :is(input, textarea)").fill("7")
    visit.page.locator("#image-go").click()
    drawn = visit.page.locator('studio-job[data-task="image"]')
    expect(drawn).to_have_attribute("data-status", "done", timeout=PATIENCE)
    expect(drawn.locator('img[src*="/media/"]').first).to_be_visible(timeout=PATIENCE)


def test_the_address_holds_the_lesson_and_its_settings(visitor: NewVisit) -> None:
    visit = learner(visitor, "?tab=learn&lesson=gan&method=vae&steps=77")
    expect(visit.page.get_by_role("radio", name="VAE", exact=True)).to_be_checked(timeout=PATIENCE)
    expect(visit.page.locator("#train_pictures-steps input")).to_have_value("77")
    visit.page.locator("#train_pictures-steps input").fill("78")
    visit.page.wait_for_function("new URL(location.href).searchParams.get('steps') === '78'")
    asked = parse_qs(urlsplit(visit.page.url).query)
    assert asked["lesson"] == ["gan"]
    assert asked["method"] == ["vae"]
    assert "learning_rate" not in asked, "what is as usual is not told"


def test_an_exercise_shows_its_answer_and_the_code_is_the_code_that_runs(visitor: NewVisit) -> None:
    visit = learner(visitor)
    visit.page.get_by_text("The code that runs").click()
    expect(visit.page.locator(".lesson-code code")).to_contain_text("self._judging_adam.descend(judge_loss)")
    visit.page.get_by_text("Exercises", exact=True).click()
    visit.page.get_by_text("Show the answer").first.click()
    expect(visit.page.locator(".exercises details[open]")).to_contain_text("maximises")
