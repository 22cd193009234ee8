"""The image tab in a real browser: a picture forming, several at once, and what can be done with each."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit

pytestmark = pytest.mark.browser

LOADING = 4 * PATIENCE
"""What the first picture may take: a worker on a busy machine imports its libraries for a while."""
PAINTER, SLOW, ENLARGER = "Debug EmojiFlow", "Debug EmojiFlow, slow", "Upscaler"


@pytest.fixture
def studio(visitor: NewVisit) -> Visit:
    """A visitor on the image tab, as it is on the first visit."""
    visit = visitor()
    visit.page.goto(f"{visit.server.url}/?tab=image")
    expect(visit.page.locator("#image-model input")).to_have_value("EmojiFlow", timeout=PATIENCE)
    return visit


@pytest.fixture
def enlarger(studio: Visit) -> Visit:
    """The same with a model chosen that only makes pictures larger."""
    choose(studio, ENLARGER)
    expect(studio.page.locator("studio-start .start-tile").first).to_be_visible()
    return studio


@pytest.fixture
def painter(studio: Visit) -> Visit:
    """The same with a model chosen that paints from words."""
    choose(studio, PAINTER)
    expect(prompt(studio)).to_have_value("fruit")
    return studio


def job(visit: Visit) -> Locator:
    return visit.page.locator('studio-job[data-task="image"]')


def prompt(visit: Visit) -> Locator:
    return visit.page.locator("#image-prompt textarea")


def choose(visit: Visit, name: str) -> None:
    visit.choose(name, "image")


def go(visit: Visit) -> None:
    visit.page.locator("#image-go").click()


def number(visit: Visit, field: str, value: int) -> None:
    box = visit.page.locator(f"#image-{field} input[type=number]")
    box.fill(str(value))
    box.blur()


def act(visit: Visit, name: str) -> None:
    job(visit).locator(f'.pic-acts [data-act="{name}"]').click()


def items(visit: Visit) -> list[dict[str, Any]]:
    found = visit.page.evaluate("fetch('api/history?task=image').then((r) => r.json())")
    return list(found["items"])


def result(visit: Visit, count: int) -> dict[str, Any]:
    """Wait until this many items are finished and return the newest."""
    expect(visit.page.locator('studio-strip[data-task="image"] [data-status="done"]')).to_have_count(
        count, timeout=LOADING
    )
    expect(job(visit)).to_have_attribute("data-status", "done", timeout=PATIENCE)
    return items(visit)[0]


def file_of(visit: Visit, output: dict[str, Any]) -> bytes:
    return bytes(visit.context.request.get(f"{visit.server.url}{output['url']}").body())


def test_the_first_press_makes_an_example_larger_and_shows_what_was_before(enlarger: Visit) -> None:
    go(enlarger)
    item = result(enlarger, 1)
    assert item["outputs"][0]["meta"]["width"] == 800
    expect(job(enlarger).locator(".compared .before")).to_be_attached()
    slider = job(enlarger).get_by_role("slider", name="Show how it was before")
    slider.fill("100")
    assert "0%" in str(job(enlarger).locator(".before").evaluate("(node) => node.style.clipPath"))


def test_a_picture_forms_before_ones_eyes_until_one_stops_it(painter: Visit) -> None:
    choose(painter, SLOW)
    go(painter)
    coming = job(painter).locator(".pic-coming")
    expect(coming).to_be_visible(timeout=LOADING)
    first = coming.get_attribute("src")
    assert first
    expect(coming).not_to_have_attribute("src", first, timeout=PATIENCE)
    expect(job(painter).locator(".job-said")).to_contain_text("Step")
    job(painter).locator("[data-action=stop]").click()
    expect(job(painter)).to_have_attribute("data-status", "cancelled", timeout=PATIENCE)


def test_one_of_four_is_shown_large_and_enlarged(painter: Visit) -> None:
    number(painter, "batch", 4)
    go(painter)
    four = result(painter, 1)
    tiles = job(painter).locator(".pic-grid .pic-tile")
    expect(tiles).to_have_count(4)
    tiles.nth(2).click()
    seed = four["outputs"][2]["meta"]["seed"]
    expect(job(painter).locator(".pic-about")).to_contain_text(str(seed))
    act(painter, "enlarge")
    large = result(painter, 2)
    assert large["parent"] == four["id"]
    assert large["params"]["image"] == f"{four['id']}/{four['outputs'][2]['name']}"
    assert large["outputs"][0]["meta"]["width"] == 4 * four["outputs"][2]["meta"]["width"]
    expect(job(painter).locator(".compared .before")).to_be_attached()


def test_a_part_marked_with_the_keyboard_is_painted_anew_and_the_rest_stays(painter: Visit) -> None:
    number(painter, "batch", 1)
    go(painter)
    first = result(painter, 1)
    act(painter, "inpaint")
    dialog = painter.page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Paint anew")).to_be_disabled()
    for key in (" ", "ArrowRight", "ArrowRight", "ArrowDown", " "):
        painter.page.keyboard.press(key)
    dialog.get_by_role("textbox").fill("a red apple")
    dialog.get_by_role("button", name="Paint anew").click()
    second = result(painter, 2)
    assert second["params"]["action"] == "inpaint"
    assert second["params"]["prompt"] == "a red apple"
    before, after = (Image.open(io.BytesIO(file_of(painter, one["outputs"][0]))) for one in (first, second))
    assert before.convert("RGB").getpixel((4, 4)) == after.convert("RGB").getpixel((4, 4))
    middle = [one.convert("RGB").crop((128, 128, 144, 144)).tobytes() for one in (before, after)]
    assert middle[0] != middle[1]


def test_a_finished_picture_brought_back_fills_the_form(painter: Visit) -> None:
    prompt(painter).fill("a rocket")
    go(painter)
    item = result(painter, 1)
    picture = file_of(painter, item["outputs"][0])
    prompt(painter).fill("something else")
    chooser = painter.page.locator("studio-settings-import input[type=file]")
    chooser.set_input_files({"name": "back.png", "mimeType": "image/png", "buffer": picture})
    expect(prompt(painter)).to_have_value("a rocket")
    expect(painter.page.locator(".toast").last).to_contain_text("back.png")
    stored = painter.page.evaluate("JSON.parse(localStorage.getItem('aigc.form.image')).seed")
    assert stored == item["seed"]


def test_a_picture_of_four_dropped_on_the_page_brings_its_own_settings(painter: Visit) -> None:
    """A file made here, from the desktop onto the result: its own seed, and one picture instead of four."""
    prompt(painter).fill("a {red|green} rocket")
    number(painter, "batch", 4)
    go(painter)
    third = result(painter, 1)["outputs"][2]
    picture = base64.b64encode(file_of(painter, third)).decode()
    prompt(painter).fill("something else")
    drop(painter, "third.png", picture)
    expect(prompt(painter)).to_have_value("a {red|green} rocket")
    expect(painter.page.locator(".toast").last).to_contain_text("third.png")
    form = painter.page.evaluate("JSON.parse(localStorage.getItem('aigc.form.image'))")
    assert (form["seed"], form["batch"]) == (third["meta"]["seed"], 1)
    go(painter)
    again = result(painter, 2)["outputs"][0]
    both = [Image.open(io.BytesIO(file_of(painter, one))).convert("RGB").tobytes() for one in (third, again)]
    assert both[0] == both[1]


def drop(visit: Visit, name: str, data: str) -> None:
    """Drop a PNG given in base64 on the result area, as a browser tells of it."""
    job(visit).evaluate(
        """(stage, [name, data]) => {
          const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
          const files = new DataTransfer();
          files.items.add(new File([bytes], name, { type: "image/png" }));
          const as = { bubbles: true, cancelable: true, dataTransfer: files };
          for (const kind of ["dragover", "drop"])
            stage.firstElementChild.dispatchEvent(new DragEvent(kind, as));
        }""",
        [name, data],
    )


def test_a_wish_is_made_richer_by_words_that_one_can_take_out_again(painter: Visit) -> None:
    prompt(painter).fill("a cat")
    painter.page.locator("studio-prompt-expander [data-act=richer]").click()
    words = painter.page.locator("studio-prompt-expander .beside-word")
    expect(words).to_have_count(1)
    expect(prompt(painter)).to_have_value(re.compile(r"^a cat, (flat|3d)$"))
    words.first.click()
    expect(prompt(painter)).to_have_value("a cat")
    painter.page.locator("studio-prompt-expander [data-act=richer]").click()
    expect(words).to_have_count(1)
    painter.page.locator("studio-prompt-expander [data-act=undo]").click()
    expect(prompt(painter)).to_have_value("a cat")


def test_chinese_is_put_into_english_for_a_model_that_reads_no_chinese(painter: Visit) -> None:
    expect(painter.page.locator('studio-english[data-task="image"]')).to_be_hidden()
    choose(painter, "Debug painter, English only")
    prompt(painter).fill("一座灯塔")
    button = painter.page.locator('studio-english[data-task="image"] [data-act=translate]')
    expect(button).to_have_text("Translate with Debug translator")
    button.click()
    english = painter.page.locator("#image-prompt_en textarea")
    expect(english).not_to_have_value("", timeout=LOADING)
    go(painter)
    item = result(painter, 1)
    assert item["params"]["prompt"] == "一座灯塔"
    assert item["params"]["prompt_en"] == english.input_value()


def test_a_picture_from_elsewhere_is_told_apart_in_a_sentence(painter: Visit) -> None:
    plain = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(plain, "PNG")
    chooser = painter.page.locator("studio-settings-import input[type=file]")
    chooser.set_input_files({"name": "red.png", "mimeType": "image/png", "buffer": plain.getvalue()})
    expect(painter.page.locator('.toast[data-kind="error"]')).to_be_visible()
    expect(prompt(painter)).to_have_value("fruit")


def test_a_comparison_has_its_values_along_the_sides_and_each_picture_its_settings(painter: Visit) -> None:
    painter.page.locator(".axes summary").click()
    painter.page.locator(".axes select[data-side=x]").select_option("seed")
    across = painter.page.locator(".axes input[data-side=x]")
    across.fill("5, 6")
    across.blur()
    painter.page.locator(".axes select[data-side=y]").select_option("look")
    expect(painter.page.locator(".axes-count")).to_contain_text("4 pictures")
    go(painter)
    result(painter, 1)
    table = job(painter).locator(".pic-table")
    expect(table.locator("thead th[scope=col]")).to_have_text(["5", "6"])
    expect(table.locator("tbody th")).to_contain_text(["Flat", "3-D"])
    table.locator(".pic-tile").nth(3).click()
    act(painter, "again")
    expect(painter.page.get_by_role("radio", name="3-D")).to_be_checked()
    expect(painter.page.locator(".axes-count")).to_have_text("")


def test_variants_of_a_picture_come_as_four_and_name_where_they_are_from(painter: Visit) -> None:
    number(painter, "batch", 1)
    go(painter)
    first = result(painter, 1)
    act(painter, "vary")
    variants = result(painter, 2)
    assert variants["params"]["action"] == "vary"
    assert variants["parent"] == first["id"]
    expect(job(painter).locator(".pic-grid .pic-tile")).to_have_count(4)


def test_a_model_that_only_enlarges_asks_for_nothing_else(enlarger: Visit) -> None:
    for hidden in ("prompt", "look", "batch", "negative_prompt"):
        expect(enlarger.page.locator(f"#image-{hidden}")).to_be_hidden()
    expect(enlarger.page.locator("#image-scale")).to_be_visible()
    expect(enlarger.page.locator("#image-go")).to_be_visible()
    expect(enlarger.page.locator("studio-axes")).to_be_hidden()


def test_the_tab_speaks_chinese_with_invitations_in_chinese(visitor: NewVisit) -> None:
    visit = visitor("zh-CN")
    visit.page.goto(f"{visit.server.url}/?tab=image")
    choose(visit, "放大")
    expect(visit.page.locator("studio-start .start-tile").first).to_contain_text("大丽花", timeout=PATIENCE)
    choose(visit, PAINTER)
    expect(prompt(visit)).to_have_value("动物")
    expect(visit.page.locator('studio-chips[data-task="image"] .chip').first).to_have_text("动物")
