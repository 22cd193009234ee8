"""What was made is found again, changed, deleted and taken back, by its owner alone."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from aigc_demo.guard.identity import COOKIE
from aigc_demo.studio import Studio
from tests.api.conftest import result, settled, submit


def titles(client: TestClient, **query: object) -> list[str]:
    return [item["title"] for item in client.get("/api/history", params=query).json()["items"]]


def test_history_is_newest_first_and_comes_in_pages(ann: TestClient) -> None:
    for word in ("one", "two", "three"):
        result(ann, prompt=word)
    assert titles(ann) == ["three", "two", "one"]
    page = ann.get("/api/history", params={"limit": 2}).json()
    rest = ann.get("/api/history", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert [item["title"] for item in page["items"] + rest["items"]] == ["three", "two", "one"]
    assert rest["next_cursor"] is None


def test_search_finds_chinese_and_english_words(ann: TestClient) -> None:
    result(ann, prompt="一只蓝色的猫")
    result(ann, prompt="a blue dog")
    assert titles(ann, query="蓝色") == ["一只蓝色的猫"]
    assert titles(ann, query="blue dog") == ["a blue dog"]


def test_stars_and_titles_are_the_owners_to_change(ann: TestClient) -> None:
    job = result(ann)
    changed = ann.patch(f"/api/history/{job['id']}", json={"starred": True, "title": "My cat"}).json()
    assert (changed["starred"], changed["title"]) == (True, "My cat")
    assert titles(ann, starred=True) == ["My cat"]


def test_a_deletion_can_be_taken_back(ann: TestClient) -> None:
    job = result(ann)
    assert ann.delete(f"/api/history/{job['id']}").json() == {"deleted": 1}
    assert titles(ann) == []
    assert ann.get(f"/api/history/{job['id']}").status_code == 404
    ann.post(f"/api/history/{job['id']}/restore")
    assert titles(ann) == ["a cat"]


def test_deleting_a_running_job_cancels_it(ann: TestClient) -> None:
    job = submit(ann, model="debug-text-slow", max_new_tokens=500)
    assert ann.delete(f"/api/history/{job['id']}").json() == {"deleted": 1}
    assert ann.get("/api/jobs").json()["items"] == []


def test_nothing_of_one_visitor_is_seen_or_touched_by_another(ann: TestClient, ben: TestClient) -> None:
    job = result(ann, prompt="canary of ann")
    unknown = "0" * 26
    verbs = [
        ("GET", "/api/jobs/{}", None),
        ("DELETE", "/api/jobs/{}", None),
        ("GET", "/api/jobs/{}/events", None),
        ("GET", "/api/history/{}", None),
        ("PATCH", "/api/history/{}", {"starred": True}),
        ("DELETE", "/api/history/{}", None),
        ("POST", "/api/history/{}/restore", None),
        ("POST", "/api/history/{}/share", {}),
        ("GET", "/media/{}/text.txt", None),
    ]
    for method, path, body in verbs:
        theirs = ben.request(method, path.format(job["id"]), json=body)
        nobodys = ben.request(method, path.format(unknown), json=body)
        assert (
            (theirs.status_code, theirs.content)
            == (nobodys.status_code, nobodys.content)
            == (404, theirs.content)
        )
        assert b"canary" not in theirs.content
    mixed = ben.request("DELETE", "/api/history", json={"ids": [result(ben)["id"], job["id"]]})
    assert mixed.status_code == 404
    assert len(titles(ben)) == 1, "all or none"
    assert titles(ben, query="canary") == []
    assert ann.get(f"/api/jobs/{job['id']}").json()["title"] == "canary of ann"


def test_a_link_opens_for_anyone_until_it_is_ended(ann: TestClient, ben: TestClient) -> None:
    job = result(ann, prompt="a <script>alert(1)</script> cat")
    link = ann.post(f"/api/history/{job['id']}/share", json={"show_prompt": True}).json()
    page = ben.get(f"/r/{link['token']}")
    assert page.status_code == 200
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text
    assert "noindex" in page.headers["x-robots-tag"]
    assert ben.get(f"/r/{link['token']}/media/text.txt").text == job["outputs"][0]["text"]
    assert ben.get(f"/api/shared/{link['token']}").json()["params"]["prompt"] == job["params"]["prompt"]
    for method in ("POST", "DELETE", "PATCH"):
        assert ben.request(method, f"/r/{link['token']}").status_code in (403, 404, 405)
    ann.delete(f"/api/history/{job['id']}/share")
    assert ben.get(f"/r/{link['token']}").status_code == 404


@pytest.mark.parametrize("asked", [{}, {"show_prompt": False}])
def test_a_link_keeps_the_prompt_to_itself_unless_the_owner_shows_it(
    ann: TestClient, ben: TestClient, asked: dict[str, bool]
) -> None:
    job = result(ann, prompt="a secret wish")
    link = ann.post(f"/api/history/{job['id']}/share", json=asked).json()
    assert "secret" not in ben.get(f"/r/{link['token']}").text
    assert "secret" not in ben.get(f"/api/shared/{link['token']}").text
    assert link["token"] not in job["id"]


@pytest.mark.parametrize("shown", [True, False], ids=["words shown", "words kept"])
def test_a_shared_file_is_handed_out_in_parts(ann: TestClient, ben: TestClient, shown: bool) -> None:
    """A player asks for the beginning first, then for where it is told to play from."""
    asked = {"task": "image", "model": "debug-image", "params": {"prompt": "a secret wish"}}
    job = settled(ann, ann.post("/api/jobs", json=asked).json()["id"])
    link = ann.post(f"/api/history/{job['id']}/share", json={"show_prompt": shown}).json()
    where = f"/r/{link['token']}/media/{job['outputs'][0]['name']}"
    whole = ben.get(where)
    assert whole.status_code == 200 and whole.headers["accept-ranges"] == "bytes"
    assert (b"secret" in whole.content) is shown
    first = ben.get(where, headers={"Range": "bytes=0-99"})
    assert first.status_code == 206
    assert first.headers["content-range"] == f"bytes 0-99/{len(whole.content)}"
    rest = ben.get(where, headers={"Range": "bytes=100-", "If-Range": first.headers["etag"]})
    assert rest.status_code == 206
    assert first.content + rest.content == whole.content
    assert ben.get(where, headers={"Range": f"bytes={len(whole.content)}-"}).status_code == 416
    assert ann.get(job["outputs"][0]["url"], headers={"Range": "bytes=0-9"}).status_code == 206


def test_a_visitor_is_forgotten_for_good_on_request(ann: TestClient, studio: Studio) -> None:
    job = result(ann, prompt="canary of the forgotten")
    submit(ann, model="debug-text-slow", max_new_tokens=500)
    folder = studio.history.file(_owner(ann, studio), job["id"], "text.txt").path.parent
    answer = ann.delete("/api/me")
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert ann.get("/api/history").json()["items"] == []
    assert not folder.exists()
    assert b"canary of the forgotten" not in (studio.settings.data / "studio.db").read_bytes()


def _owner(client: TestClient, studio: Studio) -> str:
    owner = studio.identity.from_cookies(f"{COOKIE}={client.cookies[COOKIE]}")
    assert owner is not None
    return owner
