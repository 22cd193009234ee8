"""A task that nobody has thought of yet takes and makes kinds of files that no task of ours does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo import catalog, web
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.types import Emit, LoadContext, ModelSpec, Output, Params, Progress, Task, param
from aigc_demo.ui.app import build
from tests.api.conftest import settled
from tests.guard.test_uploads import clip, sound


class Mixing(Params):
    """Everything that could go into a beep."""

    voice: str = param("", widget="file", takes=("sound",))
    film: str = param("", widget="file", takes=("clip",))
    words: str = param("", widget="file", takes=("text",))
    notes: str = param("", widget="file", takes=("table",))
    paper: str = param("", widget="file", takes=("document",))


class Mixer:
    """Tells what it was given: endings and sizes."""

    def __call__(self, params: Mixing, emit: Emit) -> tuple[Output, ...]:
        emit(Progress(1, 1))
        given = {name: Path(path) for name, path in params.files().items()}
        metrics = ";".join(
            f"{name}{path.suffix}:{path.stat().st_size}" for name, path in sorted(given.items())
        )
        text = Output("text", "told.txt", "text/plain; charset=utf-8", text=metrics)
        return (Output("audio", "beep", "audio/mpeg", data=sound("mp3", "libmp3lame")), text)


def load(_: LoadContext) -> Mixer:
    return Mixer()


SPEC = ModelSpec("mixer", "mixing", "Mixer", f"{__name__}:load", (), "none", 0.01, params=Mixing)
CATALOG = catalog.Catalog({"mixing": Task(id="mixing", produces="audio", models=(SPEC,))}, {"mixer": SPEC})

BROUGHT: dict[str, tuple[str, str, bytes, str]] = {
    "ogg": ("voice", "a.ogg", sound("ogg", "libopus", 48_000), ".ogg"),
    "mp3": ("voice", "a.mp3", sound("mp3", "libmp3lame"), ".mp3"),
    "flac": ("voice", "a.flac", sound("flac", "flac"), ".flac"),
    "webm": ("film", "a.webm", clip("webm", "libvpx"), ".webm"),
    "txt": ("words", "a.txt", "你好".encode(), ".txt"),
    "txt in GBK": ("words", "a.txt", "你好，世界".encode("gbk"), ".txt"),
    "csv": ("notes", "a.csv", b"a,b\n1,2\n", ".csv"),
    "csv as text": ("words", "a.csv", b"a,b\n1,2\n", ".csv"),
    "pdf": ("paper", "a.pdf", b"%PDF-1.7\n", ".pdf"),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(catalog, "of", lambda settings: CATALOG)
        studio = Studio(Settings(data_dir=tmp_path_factory.mktemp("studio"), engine="inline"))
        with TestClient(web.create(studio, build(studio)), base_url="http://studio.test") as client:
            yield client


def bring(client: TestClient, field: str, name: str, data: bytes) -> Any:
    where = {"task": "mixing", "field": field}
    return client.post("/api/uploads", params=where, files={"file": (name, data)})


@pytest.mark.parametrize("kind", BROUGHT)
def test_it_is_given_a_file_of_each_kind_that_it_takes(client: TestClient, kind: str) -> None:
    field, name, data, suffix = BROUGHT[kind]
    upload = bring(client, field, name, data)
    assert upload.status_code == 201, upload.text
    asked = {"task": "mixing", "params": {field: upload.json()["id"]}}
    job = settled(client, client.post("/api/jobs", json=asked).json()["id"])
    assert job["status"] == "done"
    assert job["outputs"][1]["text"] == f"{field}{suffix}:{len(data)}"


def test_what_it_makes_is_sent_as_what_it_is(client: TestClient) -> None:
    job = settled(client, client.post("/api/jobs", json={"task": "mixing"}).json()["id"])
    result = job["outputs"][0]
    assert (result["name"], result["media_type"]) == ("beep.mp3", "audio/mpeg")
    assert client.get(result["url"]).headers["content-type"] == "audio/mpeg"


def test_a_file_of_another_kind_is_refused_with_what_it_takes(client: TestClient) -> None:
    refused = bring(client, "notes", "a.csv", sound("flac", "flac"))
    assert refused.status_code == 415
    assert "Choose a table (XLSX, CSV)." in refused.json()["error"]["message"]
    refused = bring(client, "paper", "a.pdf", b"a text")
    assert "Choose a document (PDF, DOCX)." in refused.json()["error"]["message"]


def test_the_file_dialog_offers_what_is_taken(client: TestClient) -> None:
    document = client.get("/").text
    page = "".join(
        client.get(name).text for name in re.findall(r'(?:src|href)="\.(/assets/ui/[^"]+\.js)"', document)
    )
    assert ".wav,.ogg,.oga,.opus,.mp3,.flac,.m4a,audio/wav,audio/ogg,audio/mpeg,audio/flac,audio/mp4" in page
    assert ".xlsx,.csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet,text/csv" in page
