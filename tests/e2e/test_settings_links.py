"""Settings links in a fresh browser: what is filled in, fixed, hidden; and the visitor's own comes back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from aigc_demo.setups import public_name
from tests.declared import CATALOG
from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit
from tests.e2e.test_remix import expect_tab, sent

pytestmark = pytest.mark.browser

LINKS = {
    "text": "model=debug-text&prompt=a+letter&temperature=0.9&length=31&seed=7"
    "&lock=model,length&hide=temperature",
    "image": "model=debug-image&prompt=a+red+boat&steps=7&guidance=2.5&seed=7&lock=model,steps&hide=guidance",
    "style": "model=debug-style&style=ember:1,frost:0.5&photo=cat&keep_colours=true&strength=0.4&seed=7"
    "&lock=keep_colours,style&hide=strength",
    "music": "model=debug-music&prompt=a+slow+air&style=reel&key=A&bars=8&tempo=140&chords=true&seed=7"
    "&lock=key,chords,bars,model&hide=tempo",
}


def control(visit: Visit, task: str, name: str) -> Locator:
    return visit.page.locator(f"[id='{task}-{name}']")


def open_link(visit: Visit, task: str, query: str) -> Visit:
    visit.page.goto(f"{visit.server.url}/?task={task}&{query}")
    expect_tab(visit, task)
    return visit


@pytest.mark.parametrize("task", LINKS)
def test_an_exercise_begins_alike_in_a_tab_never_opened(visitor: NewVisit, task: str) -> None:
    """One setting of each kind: the server is asked for just what the link says, whatever was pressed."""
    ann = open_link(visitor(), task, LINKS[task])
    expect(ann.page.locator(".exercise-line:visible")).to_contain_text("This is an exercise.")
    ann.page.locator(".more button:visible").first.click()
    link = dict(pair.split("=") for pair in LINKS[task].split("&"))
    fields = {public_name(field): field for field in CATALOG.task(task).fields()}
    for name in link["lock"].split(","):
        field = fields.get(name)
        block = control(ann, task, field.name if field else name)
        expect(block.locator("input, textarea").first).to_be_disabled(timeout=PATIENCE)
    hidden = fields[link["hide"]].name
    expect(control(ann, task, hidden)).to_be_hidden()
    item = sent(ann, task)
    assert item["model"] == link["model"]
    for name, text in link.items():
        if name in fields:
            value = item["params"][fields[name].name]
            told = str(value).lower() if isinstance(value, bool) else str(value)
            assert told.replace(" ", "") == text.replace("+", ""), name


def test_what_is_fixed_stays_whatever_is_pressed(visitor: NewVisit) -> None:
    ann = open_link(
        visitor(), "image", "model=debug-image&prompt=a+boat&steps=7&lock=model,steps,prompt&seed=7"
    )
    expect(control(ann, "image", "prompt").locator("textarea")).to_have_value("a boat", timeout=PATIENCE)
    ann.page.locator(".more button:visible").first.click()
    ann.page.locator("studio-presets .chip:visible").first.click()
    assert sent(ann, "image")["params"]["num_inference_steps"] == 7


def test_leaving_brings_the_visitor_s_own_settings_back(visitor: NewVisit) -> None:
    ann = visitor()
    ann.open().request("my own words")
    open_link(ann, "text", "model=debug-text&prompt=the+exercise&lock=prompt,model")
    expect(ann.prompt).to_have_value("the exercise", timeout=PATIENCE)
    expect(ann.prompt).to_be_disabled()
    ann.page.get_by_role("button", name="Leave exercise").click()
    expect(ann.prompt).to_have_value("my own words")
    expect(ann.prompt).to_be_enabled()
    assert "task=" not in ann.page.url
    ann.page.get_by_role("button", name="Back to the exercise").click()
    expect(ann.prompt).to_have_value("the exercise")
    ann.page.goto(ann.server.url)
    expect(ann.prompt).to_have_value("my own words", timeout=PATIENCE)


def test_a_reload_keeps_what_was_done_in_the_exercise(visitor: NewVisit) -> None:
    ann = open_link(visitor(), "text", "model=debug-text&prompt=the+start&length=31&lock=length")
    expect(ann.prompt).to_have_value("the start", timeout=PATIENCE)
    ann.prompt.fill("what I made of it")
    ann.page.wait_for_function("localStorage.getItem('aigc.exercise.form.text')?.includes('what I made')")
    ann.page.reload()
    expect(ann.prompt).to_have_value("what I made of it", timeout=PATIENCE)
    ann.page.locator(".more button:visible").first.click()
    expect(control(ann, "text", "max_new_tokens").locator("input").first).to_be_disabled()


def test_what_is_not_valid_is_named_in_one_line(visitor: NewVisit) -> None:
    ann = open_link(visitor(), "image", "prompt=a+boat&steps=999&flavour=sweet&guidance=2")
    line = ann.page.locator(".exercise-refused:visible")
    expect(line).to_contain_text("“Steps” is too large: at most 100.")
    expect(line).to_contain_text("Nothing here is called “flavour”.")
    assert sent(ann, "image")["params"]["guidance_scale"] == 2


def test_a_fixed_setting_is_checked_by_the_server_as_ever(visitor: NewVisit) -> None:
    ann = open_link(visitor(), "image", "model=debug-image&prompt=a+boat&steps=7&lock=steps")
    body = {"task": "image", "model": "debug-image", "params": {"prompt": "a", "num_inference_steps": 101}}
    answer = ann.context.request.post(f"{ann.server.url}/api/jobs", data=body)
    assert answer.status == 422
    assert answer.json()["error"]["field"] == "num_inference_steps"


def test_a_link_may_say_the_language_and_a_task_that_is_not_there_is_said(visitor: NewVisit) -> None:
    ann = open_link(visitor(), "music", "tempo=140&lock=tempo&lang=zh")
    expect(ann.page.locator(".exercise-line:visible")).to_contain_text("这是一个练习。")
    ben = visitor()
    ben.open("?task=sculpture&size=3")
    expect(ben.page.locator(".toast")).to_contain_text("cannot make")
    assert "sculpture" not in ben.page.url


def test_the_sheet_makes_a_link_that_begins_the_same(visitor: NewVisit) -> None:
    ann = visitor()
    ann.open().request("a quiet harbour")
    ann.page.locator(".more button:visible").first.click()
    ann.page.locator("[data-action=setup-link]:visible").click()
    sheet = ann.page.locator(".setup-sheet")
    expect(sheet.locator("img")).to_be_visible()
    sheet.locator("select[data-field=prompt]").select_option("lock")
    sheet.locator("select[data-field=max_new_tokens]").select_option("hide")
    address = sheet.locator("input.search")
    link = "?task=text&model=debug-text&prompt=a+quiet+harbour&length=24&lock=prompt&hide=length"
    expect(address).to_have_value(f"{ann.server.url}/{link}")
    ann.page.keyboard.press("Escape")
    ben = visitor(tokens=99)
    ben.page.goto(f"{ben.server.url}/{link}")
    expect(ben.prompt).to_have_value("a quiet harbour", timeout=PATIENCE)
    expect(ben.prompt).to_be_disabled()
    assert sent(ben, "text")["params"]["max_new_tokens"] == 24
