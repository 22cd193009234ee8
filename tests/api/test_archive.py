"""Taking everything out and bringing it in elsewhere, over HTTP: streamed, bounded, one's own alone."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo.api.archive import Exports
from aigc_demo.archive import Selection
from aigc_demo.types import UserError
from tests.api.conftest import NewVisitor, result


def export(client: TestClient, ids: list[str] | None = None) -> bytes:
    asked = client.post("/api/exports", json={} if ids is None else {"ids": ids})
    assert asked.status_code == 201, asked.text
    return client.get(asked.json()["url"]).content


def bring(client: TestClient, data: bytes, name: str = "mine.zip") -> Any:
    return client.post("/api/history/import", files={"file": (name, data)})


def test_what_one_takes_out_another_brings_in(ann: TestClient, ben: TestClient) -> None:
    made = [result(ann, prompt=f"a cat {n}") for n in range(3)]
    data = export(ann, [made[0]["id"], made[2]["id"]])
    answer = bring(ben, data)
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"items": 2}
    items = ben.get("/api/history").json()["items"]
    assert [item["params"] for item in items] == [made[2]["params"], made[0]["params"]]
    assert [item["created"] for item in items] == [made[2]["created"], made[0]["created"]]
    for item, before in zip(items, (made[2], made[0]), strict=True):
        mine, theirs = item["outputs"][0], before["outputs"][0]
        assert ben.get(mine["url"]).content == ann.get(theirs["url"]).content
        assert ben.get(theirs["url"]).status_code == 404


def test_all_is_everything_that_has_ended(ann: TestClient) -> None:
    ids = {result(ann, prompt=f"a cat {n}")["id"] for n in range(2)}
    with zipfile.ZipFile(io.BytesIO(export(ann))) as archive:
        assert {json.loads(line)["id"] for line in archive.read("items.jsonl").splitlines()} == ids
        assert "index.html" in archive.namelist()


def test_the_zip_is_a_file_to_keep_and_nobody_s_on_the_way(ann: TestClient) -> None:
    result(ann)
    answer = ann.get(ann.post("/api/exports").json()["url"])
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="aigc-studio-')
    assert "no-store" in answer.headers["cache-control"]
    assert "content-length" not in answer.headers, "it is sent as it is written"


def test_an_export_is_fetched_by_its_owner_alone(ann: TestClient, ben: TestClient) -> None:
    item = result(ann)
    url = ann.post("/api/exports", json={"ids": [item["id"]]}).json()["url"]
    assert ben.get(url).status_code == 404
    assert ben.post("/api/exports", json={"ids": [item["id"]]}).status_code == 404
    assert ann.get(url).status_code == 200


@pytest.mark.parametrize("ids", [[], ["nothing"], ["01hzzzzzzzzzzzzzzzzzzzzzzz"], "all"])
def test_an_export_of_nothing_is_refused(ann: TestClient, ids: Any) -> None:
    assert ann.post("/api/exports", json={"ids": ids}).status_code in (404, 422)


def test_what_is_no_archive_is_refused_in_a_sentence_with_its_name(ann: TestClient) -> None:
    answer = bring(ann, b"no zip", "\u202etxt.zip")
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith("“txt.zip” is not an archive")
    assert ann.get("/api/history").json()["items"] == []


def test_an_archive_may_be_larger_than_other_bodies_but_has_a_limit(
    visitor: NewVisitor, ann: TestClient
) -> None:
    """The server of these tests takes one megabyte elsewhere."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("items.jsonl", "\n" * 3_000_000)
    assert bring(ann, data.getvalue()).status_code == 201
    assert ann.post("/api/uploads", files={"file": ("a.txt", bytes(3_000_000))}).status_code == 413
    declared = {"content-length": str(10**12), "content-type": "multipart/form-data; boundary=x"}
    assert visitor().post("/api/history/import", headers=declared, content=b"").status_code == 413


def test_an_export_is_forgotten_after_a_while() -> None:
    now = [0.0]
    exports = Exports(lambda: now[0])
    selection = Selection("ann", ("a",), 1)
    export_id = exports.keep(selection)
    assert exports.get("ann", export_id) is selection
    with pytest.raises(UserError):
        exports.get("ben", export_id)
    now[0] = 601.0
    with pytest.raises(UserError):
        exports.get("ann", export_id)
    for _ in range(2000):
        exports.keep(selection)
    assert len(exports._kept) <= 500
