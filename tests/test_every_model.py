"""Every model of the catalog that can run here keeps what the app promises of any, by HTTP and in a terminal.

A pipeline that raises, tells no progress, cannot be stopped, gives other bytes for the same seed or leaves a
file without its label fails here, whichever task it belongs to.
"""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from aigc_demo import cli, provenance, web
from aigc_demo.engine import sources
from aigc_demo.engine.local import LocalEngine
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.types import CancelledByVisitor, ModelSpec, Partial, Progress, Wheel
from aigc_demo.ui.app import build
from tests.api.conftest import events, settled
from tests.conftest import CACHE
from tests.declared import CATALOG, follows

QUICK = {"num_inference_steps": 2, "max_new_tokens": 6, "bars": 4, "size": 96, "steps": 3}
"""What keeps a request short, where a model knows it."""
LEFT_OUT = {"debug-text-faulty"}
"""Made to fail. Models that are another one with pauses are left out as well."""


def runs_here(spec: ModelSpec) -> bool:
    return spec.tier == "embedded" and spec.id not in LEFT_OUT and not spec.id.endswith("-slow")


def fetched(spec: ModelSpec) -> bool:
    return any(isinstance(source, Wheel) for source in spec.sources)


MODELS = [
    pytest.param(spec, id=spec.id, marks=[pytest.mark.real_model] if fetched(spec) else [])
    for spec in CATALOG.models.values()
    if runs_here(spec)
]
every_model = pytest.mark.parametrize("spec", MODELS)


def settings(folder: Path) -> Settings:
    return Settings(data_dir=folder, cache_dir=CACHE, engine="inline", debug_models=True)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    studio = Studio(settings(tmp_path_factory.mktemp("every-model")))
    yield studio
    studio.close(grace=0)


@pytest.fixture(scope="module")
def ann(studio: Studio) -> Iterator[TestClient]:
    with TestClient(web.create(studio, build(studio)), base_url="http://localhost") as client:
        yield client


@pytest.fixture(autouse=True)
def weights(spec: ModelSpec, tmp_path: Path) -> None:
    """Fetch what comes from the package index; where that is out of reach the test is skipped and says so."""
    if fetched(spec):
        try:
            sources.fetch(spec, settings(tmp_path), lambda *_: None)
        except Exception as error:
            pytest.skip(f"{spec.id} could not be fetched: {error}")


def picture() -> bytes:
    buffer = io.BytesIO()
    gradient = Image.linear_gradient("L").resize((64, 48))
    Image.merge("RGB", (gradient, gradient.rotate(180), gradient)).save(buffer, "PNG")
    return buffer.getvalue()


def wanted(spec: ModelSpec, client: TestClient | None = None, file: str | None = None) -> dict[str, Any]:
    """A short request that this model takes, with a picture where it can do nothing without one."""
    fields = spec.params.model_fields
    examples = [
        dict(one.values)
        for one in CATALOG.task(spec.task).examples
        if one.language in spec.languages and follows(spec, one)
    ]
    values = (examples or [{}])[0] | {name: value for name, value in QUICK.items() if name in fields}
    if spec.task == "film":
        values["seconds"] = 0.5 if "clip" in fields else 1.0
    begins_with = {"upscale": "image", "learn": "style_image"}
    for word, field in begins_with.items():
        if word in spec.id:
            values[field] = file or brought(client)
    return values


def brought(client: TestClient | None) -> str:
    """The id of a small picture brought in."""
    assert client is not None
    answer = client.post("/api/uploads", files={"file": ("photo.png", picture(), "image/png")})
    return str(answer.json()["id"])


def result(client: TestClient, spec: ModelSpec, values: dict[str, Any], seed: int = 3) -> dict[str, Any]:
    """One finished thing."""
    body = {"task": spec.task, "model": spec.id, "params": values, "seed": seed}
    answer = client.post("/api/jobs", json=body)
    assert answer.status_code == 202, answer.text
    item = settled(client, answer.json()["id"])
    assert item["status"] == "done", item.get("error")
    return item


@pytest.fixture
def item(spec: ModelSpec, ann: TestClient, results: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What the model made, once for all tests of it."""
    if spec.id not in results:
        results[spec.id] = result(ann, spec, wanted(spec, ann))
    return results[spec.id]


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, Any]]:
    return {}


def files(client: TestClient, item: dict[str, Any]) -> dict[str, bytes]:
    """The item's files by name."""
    return {output["name"]: client.get(output["url"]).content for output in item["outputs"]}


@every_model
def test_a_model_tells_its_progress_and_labels_every_file(
    spec: ModelSpec, item: dict[str, Any], ann: TestClient
) -> None:
    metrics = [name for name, _ in events(ann, item["id"])]
    assert metrics[-1] == "finished"
    assert item["outputs"]
    assert item["seed"] == 3
    for name, data in files(ann, item).items():
        reading = provenance.read(data, name) or provenance.read(sidecar(ann, item, name), f"{name}.json")
        assert reading is not None, f"{name} does not say that an AI made it"
        assert reading.mark["Label"] == "1"


TELLS_TIME = {"card.json", "events.out.tfevents", "state.safetensors"}
"""Files of a training that say how long it took."""


def sidecar(client: TestClient, item: dict[str, Any], name: str) -> bytes:
    """What stands beside a file whose format has no place for a label."""
    return client.get(f"/media/{item['id']}/{name}.json").content


@every_model
def test_the_same_seed_gives_the_same_bytes(spec: ModelSpec, item: dict[str, Any], ann: TestClient) -> None:
    again = result(ann, spec, item["params"])
    ours, theirs = (
        {
            name: provenance.repeatable(data)
            for name, data in files(ann, one).items()
            if name not in TELLS_TIME
        }
        for one in (item, again)
    )
    assert ours == theirs


@every_model
def test_what_a_model_made_has_a_title_is_found_and_its_link_leads_back(
    spec: ModelSpec, item: dict[str, Any], ann: TestClient
) -> None:
    assert item["title"]
    found = ann.get("/api/history", params={"query": item["title"]}).json()["items"]
    assert item["id"] in [one["id"] for one in found]
    share = ann.post(f"/api/history/{item['id']}/share", json={"show_prompt": True}).json()
    page = ann.get(f"/r/{share['token']}").text
    heading = "".join(re.findall(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL))
    assert html.unescape(heading).strip() == item["title"]
    assert f"?remix={share['token']}" in page
    again = ann.get(f"/api/shared/{share['token']}").json()
    assert again["task"] == spec.task
    assert again["model"] == spec.id


@every_model
def test_a_model_lets_itself_be_stopped_at_its_first_sign_of_life(
    spec: ModelSpec, studio: Studio, tmp_path: Path
) -> None:
    picture_file = tmp_path / "photo.png"
    picture_file.write_bytes(picture())
    params = spec.params.model_validate({**spec.defaults, **wanted(spec, file=str(picture_file)), "seed": 3})
    seen: list[object] = []

    def stop(event: object) -> None:
        seen.append(event)
        raise CancelledByVisitor

    with LocalEngine(studio.settings).pool.lease(spec) as lease, pytest.raises(CancelledByVisitor):
        lease.pipeline(params, stop)
    assert len(seen) == 1
    assert isinstance(seen[0], (Progress, Partial))


@every_model
def test_one_can_look_inside_what_a_model_made_or_is_told_why_not(
    spec: ModelSpec, item: dict[str, Any], ann: TestClient
) -> None:
    asked = ann.post(f"/api/history/{item['id']}/explain")
    if not spec.explain:
        assert asked.status_code == 422
        assert spec.name in asked.json()["error"]["message"]
        return
    assert asked.status_code == 202, asked.text
    look = settled(ann, asked.json()["job"]["id"])
    assert look["status"] == "done", look.get("error")
    seen = ann.get(asked.json()["url"]).json()
    assert seen["sections"]
    assert len(seen["words"]) == len(seen["sections"])
    assert all(part["sentences"] or part["rows"] for part in seen["words"])


@every_model
def test_the_command_line_makes_the_same(
    spec: ModelSpec,
    item: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(picture())
    variables = {"DATA_DIR": tmp_path / "data", "CACHE_DIR": CACHE, "DEBUG_MODELS": 1, "ENGINE": "inline"}
    for name, value in variables.items():
        monkeypatch.setenv(f"AIGC_{name}", str(value))
    values = wanted(spec, file=str(photo))
    pairs = [part for name, value in values.items() for part in ("--set", f"{name}={spelt(value)}")]
    command = ["generate", spec.task, "--model", spec.id, *pairs, "--seed", "3", "--json"]
    monkeypatch.setattr("sys.argv", ["aigc_demo", *command, "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    printed = capsys.readouterr()
    assert not ended.value.code, printed.err
    report = json.loads(printed.out)
    assert report["status"] == "done"
    assert [one["kind"] for one in report["outputs"]] == [one["kind"] for one in item["outputs"]]
    assert [one.get("text") for one in report["outputs"]] == [one.get("text") for one in item["outputs"]]


def spelt(value: object) -> str:
    """A value as one types it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
