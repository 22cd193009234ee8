"""Settings that go into a form nobody has opened yet: from a link, from the history, from another tab."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.declared import asked_in
from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit

pytestmark = pytest.mark.browser

REQUESTS: dict[str, dict[str, Any]] = {
    "text": {
        "model": "debug-text",
        "params": {"prompt": "a letter from the sea", "temperature": 0.9, "max_new_tokens": 31},
    },
    "image": {
        "model": "debug-image",
        "params": {"prompt": "a portrait of a woman", "num_inference_steps": 7, "guidance_scale": 2.0},
    },
    "style": {
        "model": "debug-style",
        "params": {"style": "ember:1, frost:0.5", "strength": 0.4, "photo": "cat", "keep_colours": True},
    },
    "music": {
        "model": "debug-music",
        "params": {
            "prompt": "a slow air",
            "style": "reel",
            "key": "A",
            "bars": 8,
            "tempo": 140,
            "instrument": "piano",
            "chords": True,
        },
    },
}
"""Settings that are not the defaults of any model."""
ALL = REQUESTS | {
    "film": {
        "model": "debug-film",
        "params": {"sample": "snow", "seconds": 2, "camera": "pan", "format": "gif"},
    },
    "apps": {
        "model": "debug-service",
        "params": {"question": "what is known here", "threshold": 0.4, "sample": "none"},
    },
    "speech": {"model": "debug-speech", "params": {"text": "a small voice", "speed": 1.5}},
}
"""The same for every tab."""


def make(visit: Visit, task: str) -> dict[str, Any]:
    """Have something made over HTTP by this visitor, and wait for it."""
    result = visit.context.request.post(f"{visit.server.url}/api/jobs", data={"task": task, **ALL[task]})
    assert result.status == 202, result.text()
    for _ in range(300):
        item = visit.context.request.get(f"{visit.server.url}/api/history/{result.json()['id']}").json()
        if item["status"] == "done":
            return dict(item)
        visit.page.wait_for_timeout(50)
    raise AssertionError(item)


def share(visit: Visit, item: dict[str, Any], *, show_prompt: bool = True) -> str:
    """The token of a link to it."""
    where = f"{visit.server.url}/api/history/{item['id']}/share"
    answer = visit.context.request.post(where, data={"show_prompt": show_prompt})
    assert answer.ok, answer.text()
    return str(answer.json()["token"])


def sent(visit: Visit, task: str) -> dict[str, Any]:
    """Press the button and return what the server was asked for, with every default filled in."""
    with visit.page.expect_response(
        lambda response: response.url.endswith("/api/jobs") and response.request.method == "POST"
    ) as answered:
        visit.page.locator(f"#{task}-go").click()
    answer = answered.value.json()
    assert answered.value.status == 202, answer
    return dict(answer)


def settings(item: dict[str, Any]) -> dict[str, Any]:
    """What it was made with, without the chance that is everyone's own."""
    return {name: value for name, value in item["params"].items() if name != "seed"}


def expect_tab(visit: Visit, task: str) -> None:
    tab = visit.page.locator(f'[role=tab][data-tab-id="{task}"]')
    expect(tab).to_have_attribute("aria-selected", "true", timeout=PATIENCE)


@pytest.mark.parametrize("task", ALL)
def test_a_remix_brings_every_setting_into_a_tab_never_opened(visitor: NewVisit, task: str) -> None:
    ann = visitor()
    ann.page.goto(ann.server.url)
    item = make(ann, task)
    ben = visitor()
    ben.page.goto(f"{ben.server.url}/?remix={share(ann, item)}")
    expect_tab(ben, task)
    expect(ben.page.locator(".toast")).to_contain_text("filled in")
    again = sent(ben, task)
    assert again["model"] == item["model"]
    assert settings(again) == settings(item)


@pytest.mark.parametrize("task", ALL)
def test_a_remix_of_a_link_without_words_brings_the_settings_and_asks_for_words(
    visitor: NewVisit, task: str
) -> None:
    ann = visitor()
    ann.page.goto(ann.server.url)
    item = make(ann, task)
    ben = visitor()
    ben.page.goto(f"{ben.server.url}/?remix={share(ann, item, show_prompt=False)}")
    expect_tab(ben, task)
    expect(ben.page.locator(".toast")).to_contain_text("filled in")
    if (words := asked_in(task)) is not None:
        box = ben.page.locator(f"#{task}-{words} textarea")
        expect(box).to_have_value("")
        box.fill("my own words")
        expect(ben.page.locator(f"studio-model[data-task={task}]")).to_be_visible()
    if task == "music":  # these words name nothing of a tune, so one is asked before they are passed over
        ben.page.locator("#music-go").click()
        expect(ben.page.locator('.request-line[data-asking="true"]')).to_be_visible()
    again = sent(ben, task)
    for name in ALL[task]["params"].keys() - {words}:
        assert again["params"][name] == item["params"][name], name


@pytest.mark.parametrize("task", ALL)
def test_a_shared_page_leads_to_its_settings(visitor: NewVisit, task: str) -> None:
    """A style has no words of its own, and is remixed like anything else."""
    ann = visitor()
    ann.page.goto(ann.server.url)
    token = share(ann, make(ann, task))
    ben = visitor()
    ben.page.goto(f"{ben.server.url}/r/{token}")
    ben.page.locator("a.button").click()
    expect_tab(ben, task)
    expect(ben.page.locator(".toast")).to_contain_text("filled in")


@pytest.mark.parametrize("task", ALL)
def test_settings_of_an_earlier_visit_come_back_into_a_tab_never_opened(visitor: NewVisit, task: str) -> None:
    ann = visitor()
    ann.page.goto(ann.server.url)
    item = make(ann, task)
    ann.page.goto(f"{ann.server.url}/?tab=history")
    ann.items.first.locator(".history-head").click()
    ann.items.first.locator("[data-action=reuse]").click()
    expect_tab(ann, task)
    again = sent(ann, task)
    assert again["model"] == item["model"]
    assert again["params"] == item["params"]


def test_a_picture_is_sent_to_a_tab_never_opened(visitor: NewVisit) -> None:
    ann = visitor()
    ann.page.goto(ann.server.url)
    item = make(ann, "image")
    ann.page.goto(f"{ann.server.url}/?tab=history")
    ann.items.first.locator(".history-head").click()
    ann.items.first.locator("[data-action=send][data-to=style]").click()
    expect_tab(ann, "style")
    upload = ann.page.locator('studio-upload[data-task="style"][data-field="content"] img')
    expect(upload).to_be_visible(timeout=PATIENCE)
    photo = sent(ann, "style")["params"]["content"]
    assert photo.startswith(f"{item['id']}/")
