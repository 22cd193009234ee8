"""Every route there is, and whose it is: the table that the attack goes by.

A row says how to ask a route for something, with places where ids go. Knows nothing of who asks.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from PIL import Image

from aigc_demo.guard.doors import ROOMS

Whose = Literal["anyone", "caller", "owner", "link", "machine"]
"""``anyone``: the same for all. ``caller``: about whoever asks, and names nothing. ``owner``: names a
thing, which must be the caller's. ``link``: opens by a token. ``machine``: for this machine only."""


@dataclass(frozen=True)
class Row:
    """One way to ask a route; ``{job}`` and the like are filled in, in path, query and body alike."""

    whose: Whose
    method: str
    path: str
    body: Any = None
    query: Mapping[str, str] | None = None
    file: str | None = None
    """What an uploaded file holds: ``picture``, or ``archive`` for one of no items."""

    @property
    def names(self) -> frozenset[str]:
        """The places that are to be filled in."""
        return frozenset(re.findall(r"\{(\w+)\}", f"{self.path} {json.dumps(self.body)} {self.query}"))

    def request(self, metadata: Mapping[str, str]) -> dict[str, Any]:
        """Arguments for a client's ``request``, with ``metadata`` filled in."""
        asked: dict[str, Any] = {"method": self.method, "url": _filled(self.path, metadata)}
        if self.body is not None:
            asked["json"] = json.loads(_filled(json.dumps(self.body), metadata))
        if self.query is not None:
            asked["params"] = {name: _filled(value, metadata) for name, value in self.query.items()}
        if self.file is not None:
            data = archive() if self.file == "archive" else picture(metadata)
            asked["files"] = {"file": ("picture.png", data)}
        return asked

    def __str__(self) -> str:
        """For the name of a test."""
        return f"{self.method} {self.path}" + (f" {json.dumps(self.body)}" if self.body else "")


def picture(metadata: Mapping[str, str]) -> bytes:
    """A small PNG."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (len(metadata) * 9 % 256, 80, 40)).save(buffer, "PNG")
    return buffer.getvalue()


def archive() -> bytes:
    """An export of nothing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("items.jsonl", "")
    return buffer.getvalue()


def _filled(text: str, metadata: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: metadata[found[1]], text)


REQUEST = {"task": "text", "model": "debug-text", "params": {"prompt": "mine", "max_new_tokens": 4}}
"""A wish that costs next to nothing."""
PAINT = {"task": "style", "model": "debug-style"}
CHAT = {"model": "debug-text", "messages": [{"role": "user", "content": "mine"}], "max_tokens": 4}


TABLE: tuple[Row, ...] = (
    Row("anyone", "GET", "/"),
    Row("anyone", "GET", "/theme.css"),
    Row("anyone", "GET", "/healthz"),
    Row("anyone", "GET", "/readyz"),
    Row("machine", "GET", "/metrics"),
    Row("anyone", "GET", "/assets/ui/{asset}"),
    Row("anyone", "GET", "/assets/{built}"),
    Row("anyone", "GET", "/api/openapi.json"),
    Row("anyone", "GET", "/api/strings"),
    Row("anyone", "GET", "/api/models", query={"task": "text"}),
    Row("anyone", "GET", "/api/models/{model_id}/vocabulary"),
    Row("anyone", "GET", "/api/models/{model_id}/known"),
    Row("anyone", "GET", "/api/tasks"),
    Row("anyone", "POST", "/api/tasks/{task}/parse", body={"text": "a square picture"}),
    Row("anyone", "POST", "/api/tasks/{task}/read", body={"params": {"prompt": "a square picture"}}),
    Row("anyone", "POST", "/api/tasks/{task}/expand", body={"text": "a cat"}),
    Row("anyone", "GET", "/api/tasks/{task}/choices/{field}"),
    Row("anyone", "POST", "/api/tasks/{task}/understood", body={"text": "a square picture"}),
    Row("anyone", "POST", "/api/tasks/{task}/richer", body={"text": "a cat"}),
    Row("anyone", "GET", "/api/tasks/{task}/offers/{field}"),
    Row("anyone", "POST", "/api/tasks/{task}/warm"),
    Row("anyone", "GET", "/api/setup", query={"task": "text", "prompt": "a cat", "lock": "model"}),
    Row("anyone", "GET", "/api/setup/qr", query={"task": "text"}),
    Row("caller", "GET", "/api/jobs"),
    Row("caller", "POST", "/api/jobs", body=REQUEST),
    Row("owner", "POST", "/api/jobs", body={**REQUEST, "parent": "{job}"}),
    Row("owner", "POST", "/api/jobs", body={**PAINT, "params": {"content": "{upload}"}}),
    Row("owner", "POST", "/api/jobs", body={**PAINT, "params": {"content": "{job}/{name}"}}),
    Row("owner", "GET", "/api/jobs/{job}"),
    Row("owner", "DELETE", "/api/jobs/{job}"),
    Row("owner", "POST", "/api/jobs/{job}/control", body={"action": "finish"}),
    Row("owner", "PUT", "/api/jobs/{job}/gpu-token", body={"token": "a.b.c"}),
    Row("owner", "GET", "/api/jobs/{job}/events"),
    Row("caller", "GET", "/api/history"),
    Row("caller", "GET", "/api/history", query={"query": "{canary}"}),
    Row("caller", "GET", "/api/history", query={"cursor": "{job}"}),
    Row("caller", "GET", "/api/history/usage"),
    Row("owner", "PATCH", "/api/history", body={"ids": ["{job}"], "starred": True}),
    Row("owner", "POST", "/api/history/restore", body={"ids": ["{deleted}"]}),
    Row("caller", "GET", "/api/projects"),
    Row("caller", "POST", "/api/projects", body={"name": "mine"}),
    Row("owner", "POST", "/api/projects", body={"name": "taken", "ids": ["{job}"]}),
    Row("owner", "POST", "/api/projects", body={"name": "taken", "ids": ["{own_job}", "{job}"]}),
    Row("owner", "GET", "/api/projects/{project}"),
    Row("owner", "PATCH", "/api/projects/{project}", body={"name": "taken"}),
    Row("owner", "PATCH", "/api/projects/{project}", body={"remove": ["{job}"]}),
    Row("owner", "PATCH", "/api/projects/{project}", body={"add": ["{own_job}"]}),
    Row("owner", "DELETE", "/api/projects/{project}"),
    Row("owner", "POST", "/api/projects/{project}/share", body={"show_prompt": True}),
    Row("owner", "DELETE", "/api/projects/{project}/share"),
    Row("owner", "GET", "/api/projects/{project}/qr"),
    Row("link", "GET", "/p/{link}"),
    Row("link", "GET", "/p/{link}/{place}/media/{name}"),
    Row("caller", "GET", "/class"),
    Row("owner", "GET", "/class/{room}"),
    Row("owner", "GET", "/class/{room}/wall"),
    Row("owner", "GET", "/class/{room}/media/{job}/{name}"),
    Row("link", "GET", "/class/key/{link}"),
    Row("anyone", "GET", "/class/plan/{name}"),
    Row("owner", "PUT", "/api/class/{room}/plan", body={"plan": {}}),
    Row("owner", "GET", "/api/class/{room}/plan"),
    Row("caller", "POST", "/api/class", body={"name": "mine"}),
    Row("owner", "GET", "/api/class/{room}"),
    Row("owner", "PATCH", "/api/class/{room}", body={"door": False}),
    Row("owner", "POST", "/api/class/{room}/rounds", body={"content": {"link": "?task=text"}}),
    Row("owner", "PATCH", "/api/class/{room}/rounds/{round}", body={"state": "closed"}),
    Row("owner", "PATCH", "/api/class/{room}/results/{job}", body={"state": "hidden"}),
    Row("owner", "PATCH", "/api/class/{room}/seats/{seat}", body={"removed": True}),
    Row("owner", "GET", "/api/class/{room}/events"),
    Row("owner", "GET", "/api/class/{room}/qr"),
    Row("owner", "GET", "/api/class/{room}/zip"),
    Row("owner", "DELETE", "/api/class/{room}"),
    Row("anyone", "GET", "/c"),
    Row("link", "GET", "/c/{link}"),
    Row("link", "GET", "/c/{link}/seat/{link}"),
    Row("link", "GET", "/c/{link}/media/{link}/{name}"),
    Row("link", "POST", "/api/c/{link}/seat", body={"name": "taken"}),
    Row("link", "GET", "/api/c/{link}"),
    Row("link", "GET", "/api/c/{link}/events"),
    Row("link", "GET", "/api/c/{link}/qr"),
    Row("link", "GET", "/api/c/{link}/zip"),
    Row("link", "POST", "/api/c/{link}/make", body={"values": {"prompt": "mine"}}),
    Row("link", "PUT", "/api/c/{link}/answer", body={"answer": 1}),
    Row("link", "DELETE", "/api/c/{link}/make/{link}"),
    Row("caller", "POST", "/api/exports"),
    Row("owner", "POST", "/api/exports", body={"ids": ["{job}"]}),
    Row("owner", "POST", "/api/exports", body={"ids": ["{job}", "{own_job}"]}),
    Row("owner", "GET", "/api/exports/{export}"),
    Row("caller", "POST", "/api/history/import", file="archive"),
    Row("owner", "DELETE", "/api/history", body={"ids": ["{job}"]}),
    Row("owner", "DELETE", "/api/history", body={"ids": ["{job}", "{own_job}"]}),
    Row("owner", "GET", "/api/history/{job}"),
    Row("owner", "PATCH", "/api/history/{job}", body={"starred": True, "title": "taken"}),
    Row("owner", "PATCH", "/api/history/{job}", body={}),
    Row("owner", "DELETE", "/api/history/{job}"),
    Row("owner", "POST", "/api/history/{job}/restore"),
    Row("owner", "POST", "/api/history/{deleted}/restore"),
    Row("owner", "POST", "/api/history/{job}/explain"),
    Row("owner", "GET", "/api/history/{job}/explain"),
    Row("link", "GET", "/api/shared/{link}/explain"),
    Row("owner", "POST", "/api/history/{job}/share", body={"show_prompt": True}),
    Row("owner", "PATCH", "/api/history/{job}/share", body={"caption": "taken"}),
    Row("owner", "DELETE", "/api/history/{job}/share"),
    Row("owner", "GET", "/api/history/{job}/share/qr"),
    Row("caller", "GET", "/api/links"),
    Row("caller", "GET", "/api/links", query={"cursor": "{job}"}),
    Row("owner", "GET", "/api/links", query={"item": "{job}"}),
    Row("caller", "POST", "/api/uploads", file="picture"),
    Row("owner", "DELETE", "/api/uploads/{upload}"),
    Row("anyone", "POST", "/api/inspect", file="picture"),
    Row("anyone", "POST", "/api/verify", file="picture"),
    Row("anyone", "GET", "/verify"),
    Row("anyone", "POST", "/verify", file="picture"),
    Row("caller", "POST", "/api/translate", body={"text": "一只猫", "model": "debug-translator"}),
    Row("anyone", "GET", "/v1/models"),
    Row("anyone", "GET", "/v1/models/{model_id}"),
    Row("caller", "POST", "/v1/chat/completions", body=CHAT),
    Row("caller", "POST", "/v1/images/generations", body={"model": "debug-image", "prompt": "mine"}),
    Row("caller", "GET", "/api/token"),
    Row("caller", "POST", "/api/token"),
    Row("owner", "DELETE", "/api/token/{token_id}"),
    Row("caller", "DELETE", "/api/me"),
    Row("anyone", "GET", "/api/login"),
    Row("anyone", "GET", "/api/login/callback", query={"state": "forged", "code": "guessed"}),
    Row("anyone", "POST", "/api/login/claim", {"code": "forged"}),
    Row("caller", "POST", "/api/logout"),
    Row("owner", "GET", "/media/{job}/{name}"),
    Row("owner", "GET", "/media/{job}/{name}", query={"download": "true"}),
    Row("owner", "GET", "/media/{own_job}/{foreign_name}"),
    Row("link", "GET", "/r/{link}"),
    Row("link", "GET", "/r/{link}/media/{name}"),
    Row("link", "GET", "/r/{link}/embed"),
    Row("link", "GET", "/r/{link}/card.jpg"),
    Row("link", "GET", "/r/{link}/before/{field}"),
    Row("link", "GET", "/api/oembed", query={"url": "{base}/r/{link}"}),
    Row("link", "GET", "/api/shared/{link}"),
    Row("link", "POST", "/api/shared/{link}/adopt"),
)

CATCH_ALL = {room + "{rest:path}" for room in ROOMS}
"""Routes of ours that answer 404 for whatever no other route takes."""


@dataclass(frozen=True)
class Found:
    """A route as the application has it."""

    method: str
    path: str
    ours: bool
    """False below a mounted application: Gradio's."""


def routes_of(app: Any) -> Iterator[Found]:
    """Every route of an application, those of included routers and mounted applications among them.

    Fails on a kind of route that it cannot look into: such a one could hide others.
    """
    yield from _walk(app.routes, "", ours=True)


def _walk(routes: Iterable[Any], prefix: str, *, ours: bool) -> Iterator[Found]:
    for route in routes:
        path = prefix + getattr(route, "path", "")
        if (included := getattr(route, "original_router", None)) is not None:
            yield from _walk(included.routes, path, ours=ours)
        elif methods := getattr(route, "methods", None):
            for method in sorted(methods - {"HEAD"}) or ["HEAD"]:
                yield Found(method, path, ours)
        elif getattr(route, "routes", None):
            yield from _walk(route.routes, path, ours=ours and path != "")
        else:
            assert hasattr(route, "app"), f"{route} is a kind of route that this walk does not know"
            yield Found("GET", path + "/{rest}", ours)


def shape(path: str) -> str:
    """A path with its placeholders blank, by which rows and routes are compared."""
    return re.sub(r"\{[^}]*\}", "{}", path)
