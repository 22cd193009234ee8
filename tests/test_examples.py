"""Every tab invites: a finished example, and three more that the model chosen at first really makes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo import i18n, web
from aigc_demo.engine import sources
from aigc_demo.settings import ASSETS, Settings
from aigc_demo.studio import Studio
from aigc_demo.types import Example, Language, ModelSpec
from aigc_demo.ui.app import build
from aigc_demo.ui.page import describe
from tests.api.conftest import settled
from tests.conftest import CACHE
from tests.declared import CATALOG

LEAST = 3
TABS = [
    pytest.param(task, language, id=f"{task}-{language}")
    for task, declared in CATALOG.tasks.items()
    if not declared.lesson
    for language in i18n.LANGUAGES
]
every_tab = pytest.mark.parametrize(("task", "language"), TABS)


def first_choice(task: str, language: Language) -> ModelSpec:
    """The model that a fresh visitor finds chosen: the first that works offline and speaks the language."""
    offline = [spec for spec in CATALOG.listed(task) if spec.tier == "embedded"]
    return next((spec for spec in offline if language in spec.languages), offline[0])


def invitations(spec: ModelSpec, language: Language) -> list[Example]:
    """What the page offers with a model, as it chooses: in its language where there is any."""
    known = set(spec.params.model_fields)
    fit = [
        one
        for one in CATALOG.task(spec.task).examples
        if one.language in spec.languages and set(one.values) <= known
    ]
    return [one for one in fit if one.language == language] or fit


def stands_in(spec: ModelSpec) -> ModelSpec:
    """The model itself where its weights are here, else one for tests that takes as much or less."""
    settings = Settings(data_dir=CACHE.parent / "unused", cache_dir=CACHE)
    if sources.installed(spec, settings):
        return spec
    debug = [one for one in CATALOG.listed(spec.task, debug=True) if one.debug]
    return next(one for one in debug if issubclass(spec.params, one.params))


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("invited"), cache_dir=CACHE, engine="inline", debug_models=True
    )
    studio = Studio(settings)
    yield studio
    studio.close(grace=0)


@pytest.fixture(scope="module")
def ann(studio: Studio) -> Iterator[TestClient]:
    with TestClient(web.create(studio, build(studio)), base_url="http://localhost") as client:
        yield client


@every_tab
def test_three_invitations_can_be_followed_as_they_stand(
    ann: TestClient, task: str, language: Language
) -> None:
    spec = first_choice(task, language)
    found = invitations(spec, language)
    assert len(found) >= LEAST, f"{spec.name} has {len(found)} in {language}"
    for one in found[:LEAST]:
        body = {"task": task, "model": stands_in(spec).id, "params": dict(one.values), "seed": 1}
        answer = ann.post("/api/jobs", json=body, headers={"Accept-Language": language})
        assert answer.status_code == 202, (one, answer.text)
        item = settled(ann, answer.json()["id"])
        assert item["status"] == "done", (one, item.get("error"))
        assert item["outputs"] and item["title"], one
        ann.delete(f"/api/history/{item['id']}")


@every_tab
def test_what_is_shown_first_was_really_made_of_the_first_invitation(task: str, language: Language) -> None:
    """So that the box, its settings and the result beside it belong together."""
    folder = ASSETS / "examples" / task
    paths = (folder / f"showcase.{language}.json", folder / "showcase.json")
    shown = json.loads(next(path for path in paths if path.exists()).read_text("utf-8"))
    spec = first_choice(task, language)
    assert shown["model"] == spec.id
    assert shown["params"].items() >= dict(invitations(spec, language)[0].values).items()


@every_tab
def test_what_has_no_words_of_its_own_is_called_by_its_task(
    studio: Studio, task: str, language: Language
) -> None:
    told = next(one for one in describe(studio)["tasks"] if one["id"] == task)
    prompts = {field["name"] for field in told["fields"] if field["widget"] == "prompt"}
    for one in (*told["examples"], told["showcase"][language]):
        values: dict[str, Any] = one.get("params") or one["values"]
        assert one["title"] or any(values.get(name) for name in prompts), one
    if task in ("style", "music"):
        assert told["showcase"][language]["title"]
