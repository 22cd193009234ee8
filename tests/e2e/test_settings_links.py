"""Settings links in a fresh browser: what is filled in, fixed, hidden; and the visitor's own comes back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, expect

from aigc_demo.catalog import default_params
from aigc_demo.setups import public_name, read
from aigc_demo.types import Field, ModelSpec
from aigc_demo.types.fields import fields_of
from tests.declared import CATALOG
from tests.e2e.browser import PATIENCE, Visit, scanned
from tests.e2e.conftest import NewVisit
from tests.e2e.test_remix import expect_tab, sent
from tests.setups.test_setups import another

pytestmark = pytest.mark.browser


def kinds(task: str) -> tuple[ModelSpec, dict[str, Field]]:
    """A model for tests, and one field of each kind of control that a link may carry to it."""
    models = [spec for spec in CATALOG.task(task).models if spec.debug and "translator" not in spec.id]
    found: dict[str, dict[str, Field]] = {}
    for spec in models:
        fields = [field for field in fields_of(spec.params) if field.widget not in ("hidden", "file")]
        found[spec.id] = {field.widget: field for field in reversed(fields)}
    best = max(models, key=lambda spec: len(found[spec.id]))
    return best, found[best.id]


def known_words(spec: ModelSpec) -> str:
    """What a visitor could write that this model can follow."""
    fitting = [
        each.values
        for each in CATALOG.task(spec.task).examples
        if each.language in spec.languages and each.values.keys() <= spec.params.model_fields.keys()
    ]
    return str(max(fitting, key=len, default={}).get("prompt", "a"))


def link_to(task: str) -> tuple[str, dict[str, tuple[Field, Any]]]:
    """A link that sets and fixes one field of each kind, and what it sets, by field."""
    spec, fields = kinds(task)
    words = known_words(spec)
    given = {"task": task, "model": spec.id}
    prompt = next((field for field in CATALOG.task(task).fields() if field.widget == "prompt"), None)
    if prompt is not None:
        given[public_name(prompt)] = words
    values: dict[str, tuple[Field, Any]] = {}
    for field in fields.values():
        value = another(field, default_params(spec)[field.name], words)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        wider = given | {public_name(field): text}
        if not read(CATALOG, urlencode(wider), "en", debug=True).refused:
            given = wider
            values[field.name] = (field, value)
    fixed = ",".join(["model", *(public_name(field) for field, _ in values.values())])
    return urlencode(given | {"lock": fixed}), values


def unfold(visit: Visit) -> None:
    """Open the folded settings where there are any, unless they stand open."""
    more = visit.page.locator(".more > button:visible")
    if more.count() and "open" not in (more.first.get_attribute("class") or ""):
        more.first.click()
    summary = visit.page.locator(".more:not([open]) > summary:visible")
    if summary.count():
        summary.click()


def control(visit: Visit, task: str, name: str) -> Locator:
    return visit.page.locator(f"[id='{task}-{name}']")


def open_link(visit: Visit, task: str, query: str) -> Visit:
    visit.page.goto(f"{visit.server.url}/?task={task}&{query}")
    expect_tab(visit, task)
    return visit


@pytest.mark.parametrize("task", CATALOG.tasks)
def test_an_exercise_begins_alike_in_a_tab_never_opened(visitor: NewVisit, task: str) -> None:
    """One field of each kind of control is fixed, and the server is asked for just what the link says."""
    query, values = link_to(task)
    assert len(values) > 2
    ann = visitor()
    ann.page.goto(f"{ann.server.url}/?{query}")
    expect_tab(ann, "learn" if CATALOG.task(task).lesson else task)
    expect(ann.page.locator(".exercise-line:visible")).to_contain_text("This is an exercise.")
    unfold(ann)
    for name in ("model", *values):
        block = control(ann, task, name)
        expect(block.locator("input, textarea, select").first).to_be_disabled(timeout=PATIENCE)
    item = sent(ann, task)
    assert {name: item["params"][name] for name in values} == {
        name: value for name, (_, value) in values.items()
    }


def test_what_is_hidden_is_not_shown_and_still_counts(visitor: NewVisit) -> None:
    ann = open_link(
        visitor(), "image", "model=debug-image&prompt=a+boat&steps=7&guidance=2.5&hide=steps,model"
    )
    expect(ann.page.locator(".exercise-line:visible")).to_be_visible()
    unfold(ann)
    expect(control(ann, "image", "guidance_scale")).to_be_visible()
    expect(control(ann, "image", "num_inference_steps")).to_be_hidden()
    expect(control(ann, "image", "model")).to_be_hidden()
    assert sent(ann, "image")["params"]["num_inference_steps"] == 7


def test_what_is_fixed_stays_whatever_is_pressed(visitor: NewVisit) -> None:
    ann = open_link(
        visitor(), "image", "model=debug-image&prompt=a+boat&steps=7&lock=model,steps,prompt&seed=7"
    )
    expect(control(ann, "image", "prompt").locator("textarea")).to_have_value("a boat", timeout=PATIENCE)
    unfold(ann)
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
    unfold(ann)
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
    unfold(ann)
    ann.page.locator("[data-action=setup-link]:visible").click()
    sheet = ann.page.locator(".setup-sheet")
    expect(sheet.locator("img")).to_be_visible()
    sheet.locator("select[data-field=prompt]").select_option("lock")
    sheet.locator("select[data-field=max_new_tokens]").select_option("hide")
    address = sheet.locator("input.search")
    link = "?task=text&model=debug-text&prompt=a+quiet+harbour&length=24&lock=prompt&hide=length"
    expect(address).to_have_value(f"{ann.server.url}/{link}")
    ann.page.wait_for_load_state("networkidle")  # the code of the last choice has come
    assert scanned(ann.page, ".setup-sheet img") == f"{ann.server.url}/{link}"
    ann.page.keyboard.press("Escape")
    ben = visitor(tokens=99)
    ben.page.goto(f"{ben.server.url}/{link}")
    expect(ben.prompt).to_have_value("a quiet harbour", timeout=PATIENCE)
    expect(ben.prompt).to_be_disabled()
    assert sent(ben, "text")["params"]["max_new_tokens"] == 24
