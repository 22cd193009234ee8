"""A program acts as its visitor by a token, until that ends; then it is told so."""

from __future__ import annotations

from typing import Any

import pytest
from itsdangerous import Signer
from starlette.testclient import TestClient

from aigc_demo.guard.identity import COOKIE
from aigc_demo.studio import Studio
from tests.api.conftest import NewVisitor, result


def token_of(client: TestClient, **submission: Any) -> dict[str, Any]:
    answer = client.post("/api/token", json=submission)
    assert answer.status_code == 200, answer.text
    token: dict[str, Any] = answer.json()
    return token


def by(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_program_with_a_token_acts_as_its_visitor_and_needs_no_cookie(
    ann: TestClient, visitor: NewVisitor
) -> None:
    job = result(ann)
    token = token_of(ann, name="my script")
    program = visitor()
    answer = program.get(f"/api/jobs/{job['id']}", headers=by(token["token"]))
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    token_of(ann, name="waits until all earlier notes are written")
    assert ann.get("/api/token").json()["items"][0]["last_used"] is not None


def test_a_token_says_when_it_ends_and_a_list_says_all_but_the_token(ann: TestClient) -> None:
    token = token_of(ann, name="my script", days=1)
    listed = ann.get("/api/token").json()["items"]
    assert [{**token, "token": None}] == [{**item, "token": None} for item in listed]
    assert token["token"] not in ann.get("/api/token").text
    assert token["name"] == "my script"
    assert token["created"] < token["expires"]


@pytest.mark.parametrize(
    "submission", [{"days": 0}, {"days": 91}, {"days": "1"}, {"name": "x" * 101}, {"x": 1}]
)
def test_a_token_cannot_be_made_to_last(ann: TestClient, submission: dict[str, Any]) -> None:
    assert ann.post("/api/token", json=submission).status_code == 422


def test_a_token_may_be_asked_for_without_a_body(ann: TestClient) -> None:
    assert ann.post("/api/token").json()["token"].startswith("aigc_")


def test_a_revoked_token_is_answered_in_a_whole_sentence(ann: TestClient, ben: TestClient) -> None:
    token = token_of(ann)
    assert ben.delete(f"/api/token/{token['id']}").status_code == 404
    assert ann.get("/api/history", headers=by(token["token"])).status_code == 200
    assert ann.delete(f"/api/token/{token['id']}").status_code == 204
    answer = ann.get("/api/history", headers=by(token["token"]))
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "token_invalid"
    assert "Make a new one" in answer.json()["error"]["message"]
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "set-cookie" not in answer.headers


def test_a_token_of_the_kind_that_had_no_end_is_refused_in_a_whole_sentence(
    ann: TestClient, studio: Studio
) -> None:
    ann.get("/")
    owner = ann.cookies[COOKIE].rpartition(".")[0]
    secret = (studio.settings.data / "secret").read_text().strip()
    endless = Signer(secret, salt="owner-bearer").sign(owner.encode()).decode()
    answer = ann.get("/api/history", headers=by(endless))
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "token_invalid"


def test_tokens_of_others_are_none_of_our_business(ann: TestClient) -> None:
    job = result(ann)
    for header in ("Bearer hf_abcdefgh", "Basic YW5uOnB3", "Bearer", "Bearer " + "x" * 5000):
        answer = ann.get(f"/api/jobs/{job['id']}", headers={"Authorization": header})
        assert answer.status_code == 200, "the cookie counts"


def test_a_token_cannot_make_another(ann: TestClient, visitor: NewVisitor) -> None:
    token = token_of(ann)["token"]
    answer = visitor().post("/api/token", headers=by(token))
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "token_needs_cookie"


def test_forgetting_ends_every_token_and_takes_the_cookie_back_as_it_was_set(
    ann: TestClient, visitor: NewVisitor
) -> None:
    set_with = ann.get("/").headers["set-cookie"]
    token = token_of(ann)["token"]
    answer = ann.delete("/api/me")
    assert answer.status_code == 204
    taken_with = answer.headers["set-cookie"]
    assert attributes(taken_with) == attributes(set_with)
    assert "Max-Age=0" in taken_with
    assert COOKIE not in ann.cookies
    assert visitor().get("/api/history", headers=by(token)).status_code == 401


def attributes(cookie: str) -> set[str]:
    """Everything but the value and how long it lasts."""
    return {part for part in cookie.split("; ")[1:] if not part.startswith("Max-Age=")}
