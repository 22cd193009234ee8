"""A whole server in this process, Ann with things to lose, Ben with things of his own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo.guard.identity import COOKIE
from aigc_demo.history import rows
from aigc_demo.studio import Studio
from tests.api.conftest import result, server, settled, studio
from tests.proving import Proof
from tests.security.strangers import Proofs
from tests.security.table import picture

__all__ = ["server", "studio"]

CANARY = "qzxcanary"
"""One word that stands in everything of Ann's and nowhere else."""
_DAY = 86_400 * 1_000_000


class Browser(TestClient):
    """A client that keeps no cookies but those it is told of, and whose answers are counted."""

    def __init__(self, app: Any, proof: Proof) -> None:
        super().__init__(app, base_url="http://studio.test", raise_server_exceptions=False)
        self.proof = proof
        self.keeps = False

    def request(self, *args: Any, **named: Any) -> Any:
        """Ask, count the answer's status, forget the cookies it set."""
        answer = super().request(*args, **named)
        self.proof.answered({answer.status_code: 1})
        if not self.keeps:
            self.cookies.clear()
        return answer


@dataclass(frozen=True)
class Scene:
    """The server with what Ann has, and what she could prove it by."""

    app: Any
    studio: Studio
    proof: Proof
    known: Proofs
    metadata: dict[str, str] = field(default_factory=dict)
    """Ann's ids, by the names that the table's rows have for them."""

    def browser(self, headers: Any = None) -> Browser:
        """Somebody with these headers at every request."""
        browser = Browser(self.app, self.proof)
        browser.headers.update(headers or {})
        return browser

    def ann(self) -> Browser:
        """Ann herself."""
        return self.browser({"Cookie": f"{COOKIE}={self.known.ann_cookie}"})

    def belongings(self) -> dict[str, Any]:
        """All that Ann can see of hers, to be compared before and after an attack."""
        ann = self.ann()
        items = ann.get("/api/history", params={"limit": 100}).json()["items"]
        files = {
            result["url"]: ann.get(result["url"]).content for item in items for result in item["outputs"]
        }
        tokens = [{**token, "last_used": None} for token in ann.get("/api/token").json()["items"]]
        link = ann.get(f"/r/{self.metadata['link']}").text
        projects = ann.get("/api/projects").json()["items"]
        upload = self.studio.history.get_upload(self.known.ann, self.metadata["upload"]).path.read_bytes()
        return {
            "items": items,
            "files": files,
            "tokens": tokens,
            "link": link,
            "projects": projects,
            "upload": upload,
            "room": ann.get(f"/api/class/{self.metadata['room']}").json(),
        }


@pytest.fixture(scope="module")
def scene(server: Any, studio: Studio, proof: Proof) -> Iterator[Scene]:
    """Ann has made, shared, deleted and brought things; Ben has made something."""
    ann, ben = Browser(server, proof), Browser(server, proof)
    ann.keeps = ben.keeps = True
    words = f"{CANARY} of ann"
    job, gone, ended, expired = (result(ann, prompt=f"{words} {n}") for n in range(4))
    drawn = ann.post("/api/jobs", json={"task": "image", "model": "debug-image", "params": {"prompt": words}})
    links = {each["id"]: _link(ann, each["id"]) for each in (job, gone, ended)}
    past = datetime.now(UTC) - timedelta(seconds=1)
    owner = ann.cookies[COOKIE].rpartition(".")[0]
    late = studio.history.links.make(owner, expired["id"], show_prompt=True, expires=past).token
    ann.delete(f"/api/history/{gone['id']}")
    ann.delete(f"/api/history/{ended['id']}/share")
    upload = ann.post("/api/uploads", files={"file": (f"{CANARY}.png", picture({}))}).json()["id"]
    revoked = ann.post("/api/token", json={"name": CANARY}).json()
    ann.delete(f"/api/token/{revoked['id']}")
    kept = ann.post("/api/token", json={"name": CANARY}).json()
    known = Proofs(
        ann.cookies[COOKIE], kept["token"], _cookie(ben), _expired(studio, owner), revoked["token"]
    )
    metadata = {
        "job": job["id"],
        "name": job["outputs"][0]["name"],
        "deleted": gone["id"],
        "upload": upload,
        "token_id": kept["id"],
        "export": ann.post("/api/exports").json()["id"],
        "project": _project(ann, job["id"]),
        "link": links[job["id"]],
        **_room(ann),
        "link of a deleted item": links[gone["id"]],
        "ended link": links[ended["id"]],
        "expired link": late,
        "foreign_name": _picture_of(ann, drawn.json()["id"]),
    }
    yield Scene(server, studio, proof, known, metadata)


def _project(client: TestClient, job_id: str) -> str:
    """A project that has a link."""
    project: str = client.post("/api/projects", json={"name": CANARY, "ids": [job_id]}).json()["id"]
    client.post(f"/api/projects/{project}/share", json={"show_prompt": True})
    return project


def _room(client: TestClient) -> dict[str, str]:
    """A class room with a round in it."""
    asked = {"name": CANARY, "link": "?task=text&model=debug-text&prompt="}
    room = client.post("/api/class", json=asked).json()["id"]
    return {"room": room, "round": client.get(f"/api/class/{room}").json()["round"]["id"]}


def _link(client: TestClient, job_id: str) -> str:
    token: str = client.post(f"/api/history/{job_id}/share", json={"show_prompt": True}).json()["token"]
    return token


def _cookie(client: TestClient) -> str:
    client.get("/api/jobs")
    value: str = client.cookies[COOKIE]
    return value


def _expired(studio: Studio, owner: str) -> str:
    """A token that was valid until a moment ago."""
    real = rows.now
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "now", lambda: real() - 2 * _DAY)
        return studio.history.tokens.make(owner, "old", days=1)[0]


def _picture_of(client: TestClient, job_id: str) -> str:
    name: str = settled(client, job_id)["outputs"][0]["name"]
    return name
