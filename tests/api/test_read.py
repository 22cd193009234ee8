"""What is understood of a request is told before it is sent, kept with what was made, and shown to others."""

from __future__ import annotations

import html

from starlette.testclient import TestClient

from tests.api.conftest import result


def read(client: TestClient, task: str, model: str, **params: object) -> dict[str, object]:
    answer = client.post(f"/api/tasks/{task}/read", json={"model": model, "params": params})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_form_half_written_is_read(ann: TestClient) -> None:
    told = read(ann, "music", "debug-music", prompt="a sad waltz in A mi", bars="many")
    assert {"words": "waltz", "setting": "style", "value": "waltz", "sets": {"style": "waltz"}} in told[
        "kept"
    ]  # type: ignore[operator]
    assert read(ann, "text", "debug-text", prompt="") == {}
    assert read(ann, "text", "debug-text", unknown=1) == {}


def test_words_for_another_tab_are_taken_there(ann: TestClient) -> None:
    (remark,) = read(ann, "text", "debug-text", prompt="draw a cat")["remarks"]  # type: ignore[misc]
    (step,) = remark["steps"]
    assert (step["task"], step["sets"]) == ("image", {"prompt": "a cat"})


def test_without_a_model_the_default_one_is_meant(ann: TestClient) -> None:
    answer = ann.post("/api/tasks/music/read", json={"params": {"prompt": "a jig"}})
    assert answer.json()["kept"][0]["value"] == "jig"


def test_an_unknown_task_or_model_and_other_shapes_are_refused(ann: TestClient) -> None:
    assert ann.post("/api/tasks/nothing/read", json={"params": {}}).status_code == 404
    assert ann.post("/api/tasks/text/read", json={"model": "none", "params": {}}).status_code == 404
    assert ann.post("/api/tasks/text/read", json={"params": [1]}).status_code == 422
    assert ann.post("/api/tasks/text/read", json={"text": "a"}).status_code == 422


def test_a_result_says_what_became_of_its_words_and_a_link_shows_it(ann: TestClient, ben: TestClient) -> None:
    item = result(ann, prompt="Write a joke in 900 words")
    told = item["outputs"][0]["meta"]["request"]
    assert told["kept"][0] == {"words": "joke", "key": "text.request.kind.joke"}
    assert "text.request.length.words" in [term["key"] for term in told["left_out"]]
    kept = ann.get(f"/api/history/{item['id']}").json()
    assert kept["outputs"][0]["meta"]["request"] == told
    shown = ann.post(f"/api/history/{item['id']}/share", json={"show_prompt": True}).json()["url"]
    page = html.unescape(ben.get(shown, headers={"Accept-Language": "en"}).text)
    assert "I wrote: a joke" in page and "Left out: words: 900" in page
    assert "我写了：一个笑话" in ben.get(shown, headers={"Accept-Language": "zh"}).text


def test_a_link_without_the_prompt_says_none_of_its_words(ann: TestClient, ben: TestClient) -> None:
    item = result(ann, prompt="Write a joke about Rumpelstilzchen in 900 words")
    link = ann.post(f"/api/history/{item['id']}/share", json={"show_prompt": False}).json()["url"]
    page = ben.get(link, headers={"Accept-Language": "en"}).text
    assert "Left out" not in page and "Rumpelstilzchen" not in page
