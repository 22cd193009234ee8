"""Looking inside: a job like any other, whose outcome lies beside the item, for whoever may see that."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo.studio import Studio
from aigc_demo.types import LOOK
from tests.api.conftest import events, settled


def poem(client: TestClient, model: str = "debug-poem", **params: Any) -> dict[str, Any]:
    body = {"task": "text", "model": model, "params": {"prompt": "秋夜", **params}, "seed": 3}
    return settled(client, client.post("/api/jobs", json=body).json()["id"])


def look(client: TestClient, item: dict[str, Any]) -> dict[str, Any]:
    """Look inside an item and return what was seen."""
    answer = client.post(f"/api/history/{item['id']}/explain")
    assert answer.status_code == 202, answer.text
    job = settled(client, answer.json()["job"]["id"])
    assert job["status"] == "done", job
    seen = client.get(answer.json()["url"])
    assert seen.status_code == 200, seen.text
    told: dict[str, Any] = seen.json()
    return told


def test_a_poem_is_told_character_by_character(ann: TestClient) -> None:
    item = poem(ann)
    seen = look(ann, item)
    (section,) = [one for one in seen["sections"] if one["kind"] == "tokens"]
    text = "".join(one["text"] for one in section["data"]["tokens"][2:-1])
    made = item["outputs"][0]["text"]
    assert text.replace("／", "") == "".join(
        char for char in made.partition("\n\n")[2] if char not in "，。\n"
    )
    assert all(step["drawn"] for one in section["data"]["tokens"] for step in one["steps"])
    rules = {step["rule"] for one in section["data"]["tokens"] for step in one["steps"]}
    assert {"plan", "rhyme_group", "level", "oblique", "rhyme", "line"} <= rules
    overruled = [step for one in section["data"]["tokens"] for step in one["steps"] if "wanted" in step]
    assert overruled
    assert all(step["choices"][0]["why"] == "rules" for step in overruled)


def test_what_was_seen_is_told_in_words_in_the_language_asked_for(ann: TestClient) -> None:
    item = poem(ann)
    look(ann, item)
    english, chinese = (
        ann.get(f"/api/history/{item['id']}/explain", headers={"Accept-Language": tag}).json()["words"]
        for tag in ("en", "zh-CN")
    )
    assert english[0]["title"] == "Token by token"
    assert chinese[0]["title"] == "逐个词元"
    assert len(english[0]["rows"]) == len(chinese[0]["rows"]) > 20


def test_a_second_look_finds_the_first(ann: TestClient) -> None:
    item = poem(ann)
    look(ann, item)
    again = ann.post(f"/api/history/{item['id']}/explain")
    assert (again.status_code, again.json()) == (
        200,
        {"ready": True, "url": f"/api/history/{item['id']}/explain"},
    )


def test_two_who_ask_at_once_watch_one_job(ann: TestClient) -> None:
    item = poem(ann, "debug-poem-slow")
    first, second = (ann.post(f"/api/history/{item['id']}/explain").json()["job"]["id"] for _ in range(2))
    assert first == second
    assert events(ann, first)[-1][0] == "finished"


def test_a_look_is_in_no_list(ann: TestClient) -> None:
    item = poem(ann, "debug-poem-slow")
    job = ann.post(f"/api/history/{item['id']}/explain").json()["job"]
    assert job["task"] == LOOK
    assert ann.get("/api/jobs").json()["items"] == []
    settled(ann, job["id"])
    assert [one["id"] for one in ann.get("/api/history").json()["items"]] == [item["id"]]
    assert ann.get("/api/history/usage").json()["items"] == 1
    assert ann.get("/api/history", params={"query": "秋夜"}).json()["items"][0]["id"] == item["id"]


def test_a_look_can_be_stopped_and_begun_again(ann: TestClient) -> None:
    item = poem(ann, "debug-poem-slow")
    job = ann.post(f"/api/history/{item['id']}/explain").json()["job"]
    assert ann.delete(f"/api/jobs/{job['id']}").json()["status"] == "cancelled"
    assert ann.get(f"/api/history/{item['id']}/explain").status_code == 404
    assert look(ann, item)["sections"]


def test_what_was_seen_goes_with_the_item(ann: TestClient, studio: Studio) -> None:
    item = poem(ann)
    look(ann, item)
    folder = next((studio.settings.data / "media").rglob(item["id"]))
    assert (folder / "inside.look.json").is_file()
    ann.delete(f"/api/history/{item['id']}")
    assert ann.get(f"/api/history/{item['id']}/explain").status_code == 404
    studio.history.purge(older_than_seconds=0.0, sure=True)
    assert not folder.exists()


def test_deleting_an_item_stops_whoever_looks_into_it(ann: TestClient) -> None:
    item = poem(ann, "debug-poem-slow")
    job = ann.post(f"/api/history/{item['id']}/explain").json()["job"]
    ann.delete(f"/api/history/{item['id']}")
    assert settled(ann, job["id"])["status"] == "cancelled"


def test_rows_of_looks_go_after_a_while_and_the_item_stays(ann: TestClient, studio: Studio) -> None:
    item = poem(ann)
    job = ann.post(f"/api/history/{item['id']}/explain").json()["job"]
    settled(ann, job["id"])
    studio.history.purge(older_than_seconds=0.0, sure=True)
    assert ann.get(f"/api/jobs/{job['id']}").status_code == 404
    assert ann.get(f"/api/history/{item['id']}/explain").status_code == 200


def test_anothers_item_and_an_unknown_one_are_refused_alike(ann: TestClient, ben: TestClient) -> None:
    item = poem(ann)
    look(ann, item)
    for method in ("GET", "POST"):
        theirs, nobodys = (
            ben.request(method, f"/api/history/{one}/explain") for one in (item["id"], "0" * 26)
        )
        assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content)
        assert theirs.status_code == 404


def test_what_lets_nobody_look_inside_says_so_in_one_sentence(ann: TestClient) -> None:
    body = {"task": "text", "model": "debug-text", "params": {"prompt": "a cat", "max_new_tokens": 4}}
    item = settled(ann, ann.post("/api/jobs", json=body).json()["id"])
    refused = ann.post(f"/api/history/{item['id']}/explain")
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "not_explained"
    assert "Debug text" in refused.json()["error"]["message"]


def test_an_unfinished_item_has_no_inside_yet(ann: TestClient) -> None:
    body = {"task": "text", "model": "debug-poem-slow", "params": {"prompt": "秋夜"}}
    job = ann.post("/api/jobs", json=body).json()
    refused = ann.post(f"/api/history/{job['id']}/explain")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "nothing_inside")
    ann.delete(f"/api/jobs/{job['id']}")


def test_an_item_whose_file_is_gone_says_so(ann: TestClient, studio: Studio) -> None:
    item = poem(ann)
    next((studio.settings.data / "media").rglob(f"{item['id']}/poem.txt")).unlink()
    refused = ann.post(f"/api/history/{item['id']}/explain")
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "file_missing")


def test_an_item_that_comes_out_otherwise_by_now_says_so(
    ann: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aigc_demo.tasks.poems.pipeline import PoemPipeline

    item = poem(ann)
    monkeypatch.setattr(PoemPipeline, "text_of", lambda *_: "another poem")
    answer = ann.post(f"/api/history/{item['id']}/explain").json()
    job = settled(ann, answer["job"]["id"])
    assert (job["status"], job["error"]["code"]) == ("failed", "not_retraced")


def test_the_page_of_a_link_tells_it_in_words_and_draws_it_where_scripts_run(
    ann: TestClient, ben: TestClient
) -> None:
    item = poem(ann)
    share = ann.post(f"/api/history/{item['id']}/share", json={"show_prompt": True}).json()
    assert "share/inside.js" not in ben.get(f"/r/{share['token']}").text
    look(ann, item)
    page = ben.get(f"/r/{share['token']}", headers={"Accept-Language": "en"})
    assert "Token by token" in page.text
    assert page.text.count("<tr>") > 20
    assert '<script type="module" src="/assets/ui/share/inside.js">' in page.text
    assert '"inside.tokens.title"' in page.text
    assert "img-src 'self' data:" in page.headers["Content-Security-Policy"]
    assert ben.get("/assets/ui/share/inside.js").status_code == 200


@pytest.mark.parametrize("show_prompt", [True, False])
def test_a_link_tells_what_was_seen_and_the_request_only_where_it_shows_that(
    ann: TestClient, ben: TestClient, show_prompt: bool
) -> None:
    item = poem(ann, title="独上西楼")
    share = ann.post(f"/api/history/{item['id']}/share", json={"show_prompt": show_prompt}).json()
    address = f"/api/shared/{share['token']}/explain"
    assert ben.get(address).status_code == 404
    look(ann, item)
    shared = ben.get(address)
    assert shared.status_code == 200
    asked = [section["data"].get("asked") for section in shared.json()["sections"][:1]]
    assert ("楼" in str(asked)) is show_prompt
    ann.delete(f"/api/history/{item['id']}/share")
    assert ben.get(address).status_code == 404
