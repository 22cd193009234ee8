"""What results are called and found by, in both languages, whichever task they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo import web
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.ui.app import build
from tests.api.conftest import settled
from tests.conftest import CACHE

TUNE = {"prompt": "a sad waltz in A minor", "bars": 4}
PAINTING = {"photo": "cat", "style": "crimson_shore"}


@pytest.fixture(scope="module")
def ann(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("titled"), cache_dir=CACHE, engine="inline", debug_models=True
    )
    studio = Studio(settings)
    with TestClient(web.create(studio, build(studio)), base_url="http://localhost") as client:
        yield client
    studio.close(grace=0)


def made(client: TestClient, task: str, params: dict[str, Any], language: str) -> dict[str, Any]:
    body = {"task": task, "model": f"debug-{task}", "params": params, "seed": 1}
    answer = client.post("/api/jobs", json=body, headers={"Accept-Language": language})
    assert answer.status_code == 202, answer.text
    return settled(client, answer.json()["id"])


def found(client: TestClient, query: str) -> list[str]:
    items = client.get("/api/history", params={"query": query}).json()["items"]
    return [item["id"] for item in items]


@pytest.mark.parametrize(
    ("task", "params", "language", "title", "queries"),
    [
        ("music", TUNE, "en", "Waltz in A minor", ("waltz in a minor", "小调圆舞曲", "sad")),
        ("music", {**TUNE, "prompt": "D大调吉格舞曲"}, "zh", "D 大调吉格舞曲", ("jig in d", "吉格", "D大调")),
        ("music", {**TUNE, "title": "Rain"}, "en", "Rain", ("rain", "waltz in a minor", "sad")),
        ("style", PAINTING, "en", "Cat in Crimson shore", ("crimson", "cat", "绯红海岸")),
        ("style", PAINTING, "zh", "猫 · 绯红海岸", ("绯红", "猫", "crimson shore")),
    ],
)
def test_a_result_is_called_by_what_it_is_and_found_by_that_and_by_its_words(
    ann: TestClient, task: str, params: dict[str, Any], language: str, title: str, queries: tuple[str, ...]
) -> None:
    item = made(ann, task, params, language)
    assert item["title"] == title
    for query in queries:
        assert item["id"] in found(ann, query), query
