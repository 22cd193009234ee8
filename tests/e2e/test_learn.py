"""Learn in a real browser: a lesson by its address, a training told what to do, its model used in Image."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, expect

from aigc_demo.lessons import lessons
from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit

pytestmark = pytest.mark.browser

LONG = "?tab=learn&lesson=gan&steps=100000&patience=0"


def learner(visitor: NewVisit, query: str = LONG) -> Visit:
    """A visitor on the page of a lesson, with the form below it filled."""
    visit = visitor()
    visit.page.goto(f"{visit.server.url}/{query}")
    expect(visit.page.locator(".lesson-title")).to_be_visible(timeout=PATIENCE)
    expect(visit.page.locator(".lesson-bench:not([hidden]) .go")).to_be_visible(timeout=PATIENCE)
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
    visit.page.locator(".lesson-bench:not([hidden]) .go").click()
    expect(visit.page.locator(".training-samples").first).to_be_visible(timeout=PATIENCE)
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
    expect(visit.page.locator(".lesson-code code").first).to_contain_text(
        "self._judging_adam.descend(judge_loss)"
    )
    visit.page.locator(".lesson-page summary", has_text="Exercises").click()
    visit.page.get_by_text("Show the answer").first.click()
    expect(visit.page.locator(".exercises details[open]")).to_contain_text("maximises")


@pytest.mark.parametrize(("locale", "width"), [("en-US", 1280), ("zh-CN", 375)])
def test_every_lesson_opens_draws_its_own_and_fits_the_screen(
    visitor: NewVisit, locale: str, width: int
) -> None:
    visit = visitor(locale, viewport={"width": width, "height": 812})
    for lesson in lessons():
        visit.page.goto(f"{visit.server.url}/?tab=learn&lesson={lesson.id}")
        expect(visit.page.locator(".lesson-link[aria-current=page]")).to_be_attached(timeout=PATIENCE)
        if lesson.element:
            expect(visit.page.locator(f"{lesson.element} > *").first).to_be_visible(timeout=PATIENCE)
            expect(visit.page.locator(f"{lesson.element} [role=alert]")).to_have_count(0)
        assert visit.call("document.documentElement.scrollWidth") <= width, lesson.id


def test_what_is_edited_by_hand_is_computed_anew_and_stands_in_the_address(visitor: NewVisit) -> None:
    visit = visitor()
    visit.page.goto(f"{visit.server.url}/?tab=learn&lesson=attention&k=1,1;1,1;1,1;1,1")
    said = visit.page.locator("lesson-attention .hand-said").first
    expect(said).to_contain_text("25 %", timeout=PATIENCE)
    visit.page.get_by_label("query of “drinks”, number 1").fill("3")
    visit.page.wait_for_function("new URL(location.href).searchParams.get('q')?.includes('3,1')")
    visit.page.get_by_role("button", name="Queries ten times as large").click()
    expect(said).not_to_contain_text("25 %")
    visit.page.reload()
    expect(said).not_to_contain_text("25 %", timeout=PATIENCE)
    expect(visit.page.locator(".hand-token")).to_have_count(33, timeout=PATIENCE)


def test_a_claim_is_judged_and_told_why(visitor: NewVisit) -> None:
    visit = visitor()
    visit.page.goto(f"{visit.server.url}/?tab=learn&lesson=losses")
    claim = visit.page.locator(".claim", has_text="about 0.027")
    claim.get_by_role("button", name="Wrong").click(timeout=PATIENCE)
    expect(claim.locator(".claim-verdict")).to_have_text("Well seen.")
    expect(claim.locator(".claim-answer")).to_contain_text("0.020")
    expect(visit.page.locator(".losses-score")).to_contain_text("1 of 1")


def test_who_has_guessed_sees_whose_it_is_and_how_well_a_coin_does(visitor: NewVisit) -> None:
    visit = visitor()
    visit.page.goto(f"{visit.server.url}/?tab=learn&lesson=real")
    cards = visit.page.locator("lesson-real .real-card")
    expect(cards).to_have_count(24, timeout=PATIENCE)
    cards.first.get_by_role("button", name="A model").click()
    expect(cards.first.locator(".claim-verdict")).not_to_be_empty()
    expect(cards.first.get_by_role("button", name="A person")).to_be_disabled()
    expect(visit.page.locator("lesson-real .losses-score").first).to_contain_text("of 1 guessed right")


def test_networks_of_lessons_draw_in_the_browser_what_is_asked(visitor: NewVisit) -> None:
    visit = visitor()
    visit.page.goto(f"{visit.server.url}/?tab=learn&lesson=flow&label=7&walk=3")
    expect(visit.page.locator("lesson-flow .hand-said").last).to_contain_text(
        "7, in 3 steps", timeout=PATIENCE
    )
    visit.page.goto(f"{visit.server.url}/?tab=learn&lesson=vae&beta=10")
    slider = visit.page.get_by_label("First number")
    expect(slider).to_be_visible(timeout=PATIENCE)
    slider.fill("1.5")
    expect(visit.page.locator("lesson-vae .hand-said")).to_contain_text("At (1.5, 0)")
    visit.page.wait_for_function("new URL(location.href).searchParams.get('x') === '1.5'")


def test_a_generator_that_runs_ahead_is_seen_to_collapse(visitor: NewVisit) -> None:
    visit = visitor()
    visit.page.goto(f"{visit.server.url}/?tab=learn&lesson=gan&ring_seed=1")
    said = visit.page.locator("lesson-gan .hand-said")
    expect(said).to_contain_text("After 0 steps", timeout=PATIENCE)
    visit.page.get_by_role("button", name="Provoke it").click()
    expect(said).not_to_contain_text("After 0 steps", timeout=PATIENCE)
    visit.page.locator("lesson-gan").get_by_role("button", name="Pause").click()
    expect(visit.page.locator("lesson-gan").get_by_role("button", name="Go on")).to_be_visible()


def test_rated_pairs_teach_a_head_and_runs_stand_on_one_chart(visitor: NewVisit) -> None:
    visit = visitor()
    page = visit.page
    page.goto(f"{visit.server.url}/?tab=learn&lesson=reward")
    bench = page.locator("#bench-preference")
    expect(bench.locator(".job-stage")).to_contain_text("Press Train", timeout=PATIENCE)
    visit.choose("Debug preference trainer", "preference")
    job = page.locator('studio-job[data-task="preference"]')
    for rated in (1, 2):
        page.locator("lesson-reward [data-better]").first.press("ArrowRight")
        expect(page.locator("lesson-reward .hand-said")).to_contain_text(f"Rated: {rated}.")
        bench.locator(".go").click()
        expect(page.locator(".preferred")).to_contain_text(f"Learnt from {rated} pairs.", timeout=PATIENCE)
    expect(page.locator(".preferred-weights li")).to_have_count(11)
    typed = page.locator("#preference-pairs textarea")
    page.locator(".wish:has(#preference-go) .more > summary").click()
    typed.fill('[["#3", "#7"], ["#9", "#4"], ["#2", "#5"]]')
    expect(page.locator("lesson-reward .hand-said")).to_contain_text("Rated: 3.", timeout=PATIENCE)
    expect(typed).to_have_value('[["#3", "#7"], ["#9", "#4"], ["#2", "#5"]]')
    page.get_by_label("n: so many are made").fill("1")
    expect(job.locator(".preferred figure").last).to_contain_text("Best of 1")
    page.get_by_text("Compare runs", exact=True).click()
    boxes = page.locator(".runs-list input")
    expect(boxes).to_have_count(2, timeout=PATIENCE)
    for place in (0, 1):
        boxes.nth(place).check()
    expect(page.locator(".runs .hand-said")).to_contain_text("Validation at the end. 1", timeout=PATIENCE)
    expect(page.locator(".runs canvas").first).to_be_visible()
    job.locator("[data-undo]").click()
    expect(page.locator(".runs-list input")).to_have_count(2)
    expect(job.locator("[data-undo]")).to_have_count(0, timeout=PATIENCE)


def test_a_grid_of_settings_is_trained_and_its_best_stands_in_the_form(visitor: NewVisit) -> None:
    visit = visitor()
    page = visit.page
    page.goto(f"{visit.server.url}/?tab=learn&lesson=network_sees")
    expect(page.locator("#bench-train_classifier .go")).to_be_visible(timeout=PATIENCE)
    visit.choose("Debug classifier trainer", "train_classifier")
    page.get_by_text("Try a grid of settings", exact=True).click()
    page.get_by_label("Learning rates").fill("0.0001 0.02")
    page.get_by_label("Widths").fill("2")
    page.get_by_role("button", name="Train the missing ones: 2").click()
    expect(page.locator(".sweep-map td[data-best]")).to_have_count(1, timeout=PATIENCE)
    expect(page.locator(".sweep .hand-said")).to_contain_text("learning rate 0.02", timeout=PATIENCE)
    page.get_by_role("button", name="Use the best").click()
    page.wait_for_function("new URL(location.href).searchParams.get('learning_rate') === '0.02'")
