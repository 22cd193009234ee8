"""The style tab in a real browser: gallery, live sliders, blends, colours, learning, stopping."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Locator, expect

from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit

pytestmark = pytest.mark.browser


@pytest.fixture
def painter(visitor: NewVisit) -> Visit:
    """A visitor on the style tab, with the gallery drawn."""
    visit = visitor()
    visit.page.goto(f"{visit.server.url}/?tab=style")
    expect(visit.page.locator("studio-styles .gallery-styles .tile")).to_have_count(36, timeout=PATIENCE)
    return visit


def job(visit: Visit) -> Locator:
    return visit.page.locator('studio-job[data-task="style"]')


def choose(visit: Visit, name: str) -> None:
    visit.choose(name, "style")


def go(visit: Visit) -> None:
    visit.page.locator("#style-go").click()


def items(visit: Visit) -> list[dict[str, Any]]:
    found = visit.page.evaluate("fetch('api/history?task=style').then((r) => r.json())")
    return list(found["items"])


def painted(visit: Visit, *, other_than: str | None = None) -> str:
    """Wait for a finished picture, another than the one named, and return where it lies."""
    image = job(visit).locator('.made-image img:not(.before)[src*="/media/"]')
    expect(job(visit)).to_have_attribute("data-status", "done", timeout=PATIENCE)
    expect(image).to_be_visible(timeout=PATIENCE)
    if other_than:
        expect(image).not_to_have_attribute("src", other_than, timeout=PATIENCE)
        expect(job(visit)).to_have_attribute("data-status", "done", timeout=PATIENCE)
    return image.get_attribute("src") or ""


def pixels(visit: Visit, address: str) -> Image.Image:
    return Image.open(io.BytesIO(visit.context.request.get(address).body())).convert("RGB")


def apart(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures, of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other.resize(one.size))).mean) / 3


def set_slider(visit: Visit, field: str, value: float) -> None:
    box = visit.page.locator(f"#style-{field} input[type=number]")
    box.fill(str(value))
    box.blur()


def test_one_press_paints_and_a_moved_slider_paints_again(painter: Visit) -> None:
    choose(painter, "Debug painter")
    go(painter)
    first = painted(painter)
    expect(job(painter).locator(".before")).to_be_attached()
    set_slider(painter, "strength", 0.3)
    second = painted(painter, other_than=first)
    assert apart(pixels(painter, first), pixels(painter, second)) > 1


def test_choosing_another_style_paints_it_at_once(painter: Visit) -> None:
    choose(painter, "Debug painter")
    go(painter)
    first = painted(painter)
    painter.page.locator('.gallery-styles [data-name="ember"]').click()
    painted(painter, other_than=first)
    assert items(painter)[0]["params"]["style"] == "ember"


def test_two_styles_blend_by_their_sliders(painter: Visit) -> None:
    choose(painter, "Debug painter")
    painter.page.locator('.gallery-styles [data-name="ember"]').click()
    painter.page.locator('[data-toggle="blend"]').click()
    painter.page.locator('.gallery-styles [data-name="frost"]').click()
    expect(painter.page.locator(".gallery-mix input")).to_have_count(2)
    expect(painter.page.locator('.gallery-styles [aria-pressed="true"]')).to_have_count(2)
    go(painter)
    painted(painter)
    assert items(painter)[0]["params"]["style"] == "ember:1, frost:1"


def test_keeping_the_colours_keeps_them(painter: Visit) -> None:
    choose(painter, "Debug painter")
    go(painter)
    first = painted(painter)
    painter.page.locator("#style-keep_colours input").check()
    second = painted(painter, other_than=first)
    assert apart(pixels(painter, first), pixels(painter, second)) > 0.5
    assert items(painter)[0]["params"]["keep_colours"] is True


def test_a_photo_from_the_row_is_what_is_painted(painter: Visit) -> None:
    choose(painter, "Debug painter")
    painter.page.locator('.gallery-photos [data-name="cat"]').click()
    go(painter)
    painted(painter)
    assert items(painter)[0]["params"]["photo"] == "cat"


def test_a_style_that_was_taught_stands_first_and_paints(painter: Visit) -> None:
    choose(painter, "Debug learning")
    set_slider(painter, "steps", 3) if painter.page.locator("#style-steps").is_visible() else None
    go(painter)
    painted(painter)
    taught = painter.page.locator(".gallery-styles .tile[data-reference]")
    expect(taught).to_have_count(1, timeout=PATIENCE)
    taught.click()
    expect(taught).to_have_attribute("aria-pressed", "true")


def test_a_stopped_optimisation_leaves_its_last_preview_in_the_history(painter: Visit) -> None:
    # far more steps than are done when it is stopped, on a busy machine too
    painter.page.goto(f"{painter.server.url}/?task=style&model=debug-style-slow&steps=300")
    expect(painter.page.locator("#style-model input")).to_have_value("Debug optimisation", timeout=PATIENCE)
    expect(painter.page.locator("studio-styles .gallery-styles .tile")).to_have_count(36, timeout=PATIENCE)
    go(painter)
    # a preview carries itself; the example that stood there is a file
    expect(job(painter).locator('.made-image img:not(.before)[src^="data:"]')).to_be_visible(timeout=PATIENCE)
    job(painter).locator("[data-action=stop]").click()
    expect(job(painter)).to_have_attribute("data-status", "cancelled", timeout=PATIENCE)
    newest = items(painter)[0]
    assert newest["status"] == "cancelled"
    assert newest["outputs"][0]["kind"] == "image"
    expect(job(painter).locator(".gallery-more button")).to_be_visible()


def test_all_styles_come_on_one_sheet(painter: Visit) -> None:
    choose(painter, "Debug painter")
    painter.page.locator('[data-toggle="all"]').click()
    address = painted(painter)
    assert pixels(painter, address).width > 900


def test_the_gallery_speaks_chinese(visitor: NewVisit) -> None:
    visit = visitor("zh-CN")
    visit.page.goto(f"{visit.server.url}/?tab=style")
    expect(visit.page.locator('.gallery-styles [data-name="ink_wash"]')).to_contain_text(
        "水墨", timeout=PATIENCE
    )


def test_a_reload_paints_nothing_by_itself(painter: Visit) -> None:
    """The form may differ from the picture that is shown; only a visitor's own change is a wish."""
    choose(painter, "Debug painter")
    go(painter)
    painted(painter)
    painter.page.locator('[data-toggle="live"]').click()
    painter.page.locator('.gallery-styles [data-name="ember"]').click()
    expect(painter.page.locator('.gallery-styles [data-name="ember"]')).to_have_attribute(
        "aria-pressed", "true"
    )
    painter.page.evaluate("localStorage.setItem('aigc.style.live', 'true')")
    painter.page.reload()
    expect(painter.page.locator('.gallery-styles [data-name="ember"]')).to_have_attribute(
        "aria-pressed", "true", timeout=PATIENCE
    )
    painted(painter)
    painter.page.wait_for_timeout(1500)
    assert len(items(painter)) == 1


def test_the_first_press_on_a_style_paints(painter: Visit) -> None:
    """Nothing was generated before: "Live" is lit, and a style that is chosen is painted."""
    choose(painter, "Debug painter")
    painter.page.locator('.gallery-styles [data-name="ember"]').click()
    painted(painter)
    assert items(painter)[0]["params"]["style"] == "ember"


def test_the_first_press_on_a_photo_paints_it(painter: Visit) -> None:
    choose(painter, "Debug painter")
    painter.page.locator('.gallery-photos [data-name="cat"]').click()
    painted(painter)
    assert items(painter)[0]["params"]["photo"] == "cat"


def test_without_live_a_press_only_chooses(painter: Visit) -> None:
    choose(painter, "Debug painter")
    painter.page.locator('[data-toggle="live"]').click()
    painter.page.locator('.gallery-styles [data-name="ember"]').click()
    painter.page.wait_for_timeout(1000)
    assert items(painter) == []


@pytest.mark.parametrize("width", [1280, 375])
def test_a_picture_stands_whole_in_its_card_and_before_a_projector(visitor: NewVisit, width: int) -> None:
    visit = visitor(viewport={"width": width, "height": 800})
    visit.page.goto(f"{visit.server.url}/?tab=style")
    expect(visit.page.locator(".gallery-styles .tile")).to_have_count(36, timeout=PATIENCE)
    choose(visit, "Debug painter")
    go(visit)
    painted(visit)
    boxes = """() => ['.job-stage', '.made-image img:not(.before)', '.before', '.compare-slider']
        .map((name) => document.querySelector(`studio-job[data-task="style"] ${name}`))
        .map((node) => node.getBoundingClientRect().toJSON())"""
    stage, image, before, slider = visit.call(boxes)
    assert image["height"] > 100
    assert stage["top"] <= image["top"] and image["bottom"] <= stage["bottom"]
    assert all(abs(before[side] - image[side]) < 1 for side in ("left", "top", "right", "bottom"))
    assert slider["bottom"] <= image["bottom"]
    job(visit).locator(".job-stage").focus()
    visit.page.keyboard.press("p")
    expect(visit.page.locator("studio-styles")).not_to_be_visible()
    stage, image, *_ = visit.call(boxes)
    assert image["top"] >= 0 and image["bottom"] <= 800
    assert image["right"] <= width
