"""Projects: groups of one's own items, with one link that shows them, and nothing else of whose they are."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo.guard.identity import COOKIE
from aigc_demo.provenance import read
from aigc_demo.studio import Studio
from tests.api.conftest import NewVisitor, result, settled

SECRET = "qzxsecret words"


def painted(client: TestClient, prompt: str = SECRET) -> dict[str, Any]:
    body = {"task": "image", "model": "debug-image", "params": {"prompt": prompt}}
    return settled(client, client.post("/api/jobs", json=body).json()["id"])


def make(client: TestClient, *items: dict[str, Any], name: str = "Spring") -> dict[str, Any]:
    answer = client.post("/api/projects", json={"name": name, "ids": [item["id"] for item in items]})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def link(client: TestClient, project: dict[str, Any], **wanted: Any) -> str:
    answer = client.post(f"/api/projects/{project['id']}/share", json=wanted)
    assert answer.status_code == 200, answer.text
    return "/p/" + answer.json()["link"]["url"].rpartition("/p/")[2]


def test_items_of_several_tasks_are_grouped_in_the_order_of_adding(ann: TestClient) -> None:
    text, picture, late = result(ann), painted(ann), result(ann, prompt="late")
    project = make(ann, picture, text)
    assert [item["id"] for item in project["items"]] == [picture["id"], text["id"]]
    changed = ann.patch(
        f"/api/projects/{project['id']}", json={"add": [late["id"], text["id"]], "remove": [picture["id"]]}
    ).json()
    assert [item["id"] for item in changed["items"]] == [text["id"], late["id"]]
    listed = ann.get("/api/projects").json()["items"]
    assert [(one["name"], one["count"], one["link"]) for one in listed] == [("Spring", 2, None)]


def test_a_deleted_item_leaves_its_project_and_comes_back_with_its_restoring(ann: TestClient) -> None:
    item = result(ann)
    project = make(ann, item)
    ann.delete(f"/api/history/{item['id']}")
    assert ann.get(f"/api/projects/{project['id']}").json()["count"] == 0
    ann.post("/api/history/restore", json={"ids": [item["id"]]})
    assert ann.get(f"/api/projects/{project['id']}").json()["count"] == 1


def test_a_project_that_is_taken_away_leaves_its_items(ann: TestClient) -> None:
    item = result(ann)
    project = make(ann, item)
    address = link(ann, project)
    assert ann.delete(f"/api/projects/{project['id']}").status_code == 204
    assert ann.get(f"/api/history/{item['id']}").status_code == 200
    assert ann.get(address).status_code == 404


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "\u202e", "a" * 201])
def test_a_name_is_to_be_seen_and_short(ann: TestClient, name: str) -> None:
    answer = ann.post("/api/projects", json={"name": name})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "name"


def test_a_name_reorders_nothing(ann: TestClient) -> None:
    assert make(ann, name="a\u202egnp.exe\nb")["name"] == "agnp.exe b"


# -- the link -------------------------------------------------------------------------------------


def test_the_link_shows_what_is_in_it_and_nothing_else(ann: TestClient, visitor: NewVisitor) -> None:
    text, picture, other = result(ann, prompt=SECRET), painted(ann), result(ann, prompt="qzxother")
    project = make(ann, text, picture, name="Spring & <b>sun</b>")
    reader = visitor()
    address = link(ann, project, show_prompt=True)
    page = reader.get(address)
    assert page.status_code == 200
    assert "Spring &amp; &lt;b&gt;sun&lt;/b&gt;" in page.text
    assert SECRET in page.text
    assert "qzxother" not in page.text
    assert not re.search("|".join([text["id"], picture["id"], other["id"]]), page.text)
    files = re.findall(rf'(?:src|href)="({address}/[^"]+)"', page.text)
    assert files
    for file in files:
        assert reader.get(file).status_code == 200
    for place in (0, 3, 99):
        assert reader.get(f"{address}/{place}/media/{other['outputs'][0]['name']}").status_code == 404
    assert reader.get(f"{address}/1/media/picture.png").status_code == 404
    assert COOKIE not in reader.cookies


def test_the_words_are_shown_only_where_that_was_chosen(ann: TestClient, visitor: NewVisitor) -> None:
    project = make(ann, result(ann, prompt=SECRET), painted(ann))
    address = link(ann, project)
    page = visitor().get(address).text
    assert SECRET not in page
    for file in re.findall(rf'(?:src|href)="({address}/[^"]+)"', page):
        data = visitor().get(file).content
        assert SECRET.encode() not in data
        if file.endswith(".png"):
            found = read(data)
            assert found is not None
            assert found.metadata is None


def test_files_of_a_project_are_sent_in_parts(ann: TestClient) -> None:
    address = link(ann, make(ann, painted(ann)), show_prompt=True)
    file = re.findall(rf'src="({address}/[^"]+)"', ann.get(address).text)[0]
    answer = ann.get(file, headers={"Range": "bytes=0-9"})
    assert answer.status_code == 206
    assert len(answer.content) == 10
    assert ann.head(file).status_code == 200


def test_links_unknown_ended_and_expired_are_answered_alike(
    ann: TestClient, visitor: NewVisitor, studio: Studio
) -> None:
    project = make(ann, result(ann))
    address = link(ann, project)
    assert link(ann, project, show_prompt=True) == address, "a link that was passed on keeps working"
    ann.delete(f"/api/projects/{project['id']}/share")
    late = make(ann, result(ann))
    past = datetime.now(UTC) - timedelta(seconds=1)
    owner = ann.cookies[COOKIE].rpartition(".")[0]
    expired = studio.history.projects.share(owner, late["id"], show_prompt=False, expires=past).token
    reader = visitor()
    answers = [reader.get(path) for path in (address, f"/p/{expired}", "/p/" + "A" * 32, "/p/" + "A" * 3000)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    files = [reader.get(f"{path}/1/media/text.txt") for path in (address, f"/p/{expired}", "/p/AAAA")]
    assert len({(answer.status_code, answer.text) for answer in files}) == 1


def test_a_link_keeps_its_end_while_other_things_of_it_are_chosen(ann: TestClient) -> None:
    project = make(ann, result(ann))
    at = f"/api/projects/{project['id']}/share"
    end = ann.post(at, json={"days": 7}).json()["link"]["expires"]
    assert end is not None
    assert ann.post(at, json={"show_prompt": True}).json()["link"]["expires"] == end
    assert ann.post(at, json={"days": None}).json()["link"]["expires"] is None


def test_the_page_is_for_the_reader_s_language_and_asks_no_script_to_be_read(ann: TestClient) -> None:
    address = link(ann, make(ann, result(ann)))
    assert "1 项作品" in ann.get(address, params={"lang": "zh"}).text
    page = ann.get(address)
    assert "noindex" in page.headers["x-robots-tag"]
    assert "script-src 'self'" in page.headers["content-security-policy"]


def test_a_projects_link_has_a_code_once_there_is_one(ann: TestClient, ben: TestClient) -> None:
    project = make(ann)
    assert ann.get(f"/api/projects/{project['id']}/qr").status_code == 404
    link(ann, project)
    assert ann.get(f"/api/projects/{project['id']}/qr").headers["content-type"] == "image/svg+xml"
    assert ben.get(f"/api/projects/{project['id']}/qr").status_code == 404


def test_forgetting_takes_projects_along(ann: TestClient, visitor: NewVisitor) -> None:
    address = link(ann, make(ann, result(ann)))
    assert ann.delete("/api/me").status_code == 204
    assert visitor().get(address).status_code == 404
    assert ann.get("/api/projects").json()["items"] == []


def test_several_are_starred_at_once_or_none(ann: TestClient, ben: TestClient) -> None:
    mine, theirs = [result(ann, prompt=f"{n}")["id"] for n in range(2)], result(ben)["id"]
    assert ann.patch("/api/history", json={"ids": mine, "starred": True}).json() == {"changed": 2}
    assert len(ann.get("/api/history", params={"starred": True}).json()["items"]) == 2
    assert ann.patch("/api/history", json={"ids": [mine[0], theirs], "starred": False}).status_code == 404
    assert len(ann.get("/api/history", params={"starred": True}).json()["items"]) == 2
