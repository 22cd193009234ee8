"""What was deleted is nowhere: not in the database, its log, the files, the caches, the server's words.

Each test looks at the raw bytes of everything that the server can write to: its data folder, its log and
the folder for temporary files.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.faults.running_server import RunningServer, Visitor
from tests.history.making import opened
from tests.proving import Proof
from tests.security.traces import forms, traces

WORDS = {
    "prompt": "qzxprompt",
    "system": "qzxsystem",
    "output": "qzxoutput",
    "title": "qzxtitle",
    "upload's name": "qzxupname",
    "upload's bytes": "qzxupbytes",
    "token's name": "qzxtokenname",
    "Chinese prompt": "金丝雀歌唱",
    "picture's prompt": "qzxpicture",
}
"""Words that stand nowhere but in what a visitor gave or got."""
ASKED = {"search": "qzxsearched", "refused wish": "qzxrefused", "address": "qzxaddress"}
"""Words that were said to the server and are to be kept nowhere at all."""


@dataclass(frozen=True)
class Ground:
    """A running server and the folder that holds all it can write to."""

    folder: Path
    server: RunningServer

    def holds(self, *words: str) -> list[str]:
        """Where these words are."""
        return traces(self.folder, words)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    (tmp_path / "tmp").mkdir()
    server = RunningServer(tmp_path / "data", TMPDIR=str(tmp_path / "tmp")).start()
    yield Ground(tmp_path, server)
    if server.process is not None and server.process.poll() is None:
        server.kill()


def photo() -> bytes:
    """A PNG with words inside."""
    info = PngInfo()
    info.add_text("Comment", WORDS["upload's bytes"])
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (90, 120, 40)).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def everything(visitor: Visitor) -> list[str]:
    """A visitor gives the server every kind of thing there is; the ids of the items."""
    text = visitor.submit(
        WORDS["prompt"] + " " + WORDS["Chinese prompt"], system=WORDS["system"], prefix=WORDS["output"]
    )
    files = {"file": (WORDS["upload's name"] + ".png", photo())}
    upload = visitor.http.post("/api/uploads", files=files).json()["id"]
    painted = visitor.submission("style", "debug-style", content=upload, size=64)
    drawn = visitor.submission("image", "debug-image", prompt=WORDS["picture's prompt"])
    items = [text, painted, drawn]
    for item in items:
        assert visitor.until(item, "done", "failed")["status"] == "done"
    assert WORDS["output"] in visitor.job(text)["outputs"][0]["text"]
    visitor.http.patch(f"/api/history/{text}", json={"title": WORDS["title"], "starred": True})
    visitor.http.post(f"/api/history/{text}/share", json={"show_prompt": True})
    visitor.http.post("/api/token", json={"name": WORDS["token's name"]})
    return items


def says_what_is_to_be_kept_nowhere(visitor: Visitor) -> None:
    visitor.http.get("/api/history", params={"query": ASKED["search"]})
    bad = {"task": "text", "model": "debug-text", "params": {"prompt": ASKED["refused wish"], "seed": "x"}}
    assert visitor.http.post("/api/jobs", json=bad).status_code == 422
    visitor.http.post("/api/jobs", content=ASKED["refused wish"].encode())
    visitor.http.get(f"/{ASKED['address']}/{ASKED['address']}?q={ASKED['address']}")
    visitor.http.get(f"/r/{ASKED['address']}")


def metrics(proof: Proof, how: str, words: int, found: list[str]) -> None:
    proof.count("Deletion", f"words looked for after {how}", words)
    proof.count("Deletion", f"found after {how}", len(found))
    assert found == []


def test_after_forget_me_nothing_of_a_visitor_is_on_the_disk(ground: Ground, proof: Proof) -> None:
    ann, ben = Visitor(ground.server), Visitor(ground.server)
    kept = ben.submit("stays where it is")
    everything(ann)
    ben.until(kept, "done")
    assert len(ground.holds(*WORDS.values())) >= len(WORDS), "else there is nothing to look for"
    owner = ann.http.cookies["aigc_owner"].partition(".")[0]
    assert ann.http.delete("/api/me").status_code == 204
    metrics(proof, "forget me", len(WORDS) + 1, ground.holds(*WORDS.values(), owner))
    assert ben.job(kept)["title"] == "stays where it is"


def test_after_delete_and_purge_nothing_of_the_items_is_on_the_disk(ground: Ground, proof: Proof) -> None:
    ann = Visitor(ground.server)
    items = everything(ann)
    stays = ann.submit("stays where it is")
    ann.until(stays, "done")
    assert ann.http.request("DELETE", "/api/history", json={"ids": items}).status_code == 200
    assert ground.server.stop() == 0
    with opened(ground.server.data) as history:
        assert history.purge(0) == len(items)
    of_items = [word for name, word in WORDS.items() if name != "token's name"]
    metrics(proof, "delete and purge", len(of_items) + len(items), ground.holds(*of_items, *items))
    ground.server.start()
    assert ann.job(stays)["title"] == "stays where it is"


def test_what_was_only_asked_is_written_nowhere(ground: Ground, proof: Proof) -> None:
    ann = Visitor(ground.server)
    says_what_is_to_be_kept_nowhere(ann)
    result = everything(ann)
    crash = ann.submit("crash", model="debug-text-faulty", system=ASKED["refused wish"])
    ann.until(crash, "failed")
    ann.http.request("DELETE", "/api/history", json={"ids": [crash]})
    log = ground.server.log()
    cookie = ann.http.cookies["aigc_owner"]
    for word in (*WORDS.values(), *ASKED.values(), cookie, cookie.partition(".")[0], *result):
        assert word not in log, "the server's words tell on nobody"
    metrics(proof, "asking", 2, ground.holds(ASKED["search"], ASKED["address"]))


def test_the_search_for_traces_sees_every_form(tmp_path: Path) -> None:
    word = "qzxcanary"
    for number, form in enumerate(sorted(forms(word))):
        (tmp_path / f"{number}.bin").write_bytes(b"before" + form + b"after")
    (tmp_path / f"{word}.txt").write_bytes(b"")
    assert len(traces(tmp_path, [word])) == len(forms(word)) + 1
