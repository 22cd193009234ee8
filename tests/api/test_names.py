"""Whatever is made has a name: it is found by it, and its link has a heading and offers to remix it."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from aigc_demo.types import Task
from tests.api.conftest import settled
from tests.declared import CATALOG
from tests.tasks.music.singing import TUNE, sung, wav

QUICK = {"num_inference_steps": 1, "max_new_tokens": 4, "bars": 4, "size": 64, "steps": 1}
"""What keeps a test's request short, where a task knows it."""


def make(client: TestClient, task: str, model: str, language: str = "en", **values: Any) -> dict[str, Any]:
    """One finished thing."""
    client.cookies.set("aigc_lang", language)
    fields = CATALOG.model(model).params.model_fields
    params = {name: value for name, value in QUICK.items() if name in fields} | values
    answer = client.post("/api/jobs", json={"task": task, "model": model, "params": params, "seed": 3})
    assert answer.status_code == 202, answer.text
    job = settled(client, answer.json()["id"])
    assert job["status"] == "done", job.get("error")
    return job


def found(client: TestClient, query: str) -> list[str]:
    items = client.get("/api/history", params={"query": query}).json()["items"]
    return [item["id"] for item in items]


def link(client: TestClient, job: dict[str, Any], **choice: Any) -> str:
    """The page behind the link of a thing."""
    token = client.post(f"/api/history/{job['id']}/share", json=choice).json()["token"]
    return client.get(f"/r/{token}").text


def heading(page: str) -> str:
    return "".join(re.findall(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL))


def photo(client: TestClient, name: str = "my garden.png") -> str:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (30, 120, 60)).save(buffer, "PNG")
    answer = client.post("/api/uploads", files={"file": (name, buffer.getvalue(), "image/png")})
    return str(answer.json()["id"])


@pytest.mark.parametrize("task", CATALOG.tasks.values(), ids=lambda task: task.id)
def test_a_thing_of_any_task_has_a_title_is_found_by_it_and_can_be_remixed(
    ann: TestClient, task: Task
) -> None:
    spec = next(spec for spec in task.models if spec.debug)
    example = next(one for one in task.examples if set(one.values) <= spec.params.model_fields.keys())
    job = make(ann, task.id, spec.id, **example.values)
    assert job["title"]
    assert job["id"] in found(ann, job["title"])
    page = link(ann, job, show_prompt=True)
    assert heading(page) == job["title"]
    assert f'<meta property="og:title" content="{job["title"]}">' in page
    assert "Make your own from this" in page


@pytest.mark.parametrize(("language", "title"), [("en", "Pagoda in Ink wash"), ("zh", "宝塔 · 水墨")])
def test_a_painting_is_called_by_its_photo_and_its_style_in_either_language(
    ann: TestClient, language: str, title: str
) -> None:
    job = make(ann, "style", "debug-style", language, photo="pagoda", style="ink_wash")
    assert job["title"] == title
    for query in ("ink wash", "水墨", "pagoda", "宝塔"):
        assert found(ann, query) == [job["id"]]


def test_a_painting_of_a_visitors_photo_is_called_by_the_files_name(ann: TestClient) -> None:
    job = make(ann, "style", "debug-style", content=photo(ann), style="crimson_shore")
    assert job["title"] == "my garden.png in Crimson shore"
    again = make(
        ann,
        "style",
        "debug-style",
        content=f"{job['id']}/{job['outputs'][0]['name']}",
        style="amber:1, ember:3",
    )
    assert again["title"] == "my garden.png in Crimson shore in Ember + Amber"


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ({"style": "all", "photo": "cat"}, "Cat in All styles"),
        ({"style": "woodblock_waves", "photo": "cat"}, "Cat in Woodblock waves"),
    ],
)
def test_every_way_to_ask_for_a_style_has_a_name(ann: TestClient, values: dict[str, str], title: str) -> None:
    assert make(ann, "style", "debug-style", **values)["title"] == title


def test_a_picture_that_is_the_style_gives_its_name(ann: TestClient) -> None:
    picture = photo(ann, "waves.png")
    assert make(ann, "style", "debug-style", style_image=picture)["title"] == "Pagoda in waves.png"
    learnt = make(ann, "style", "debug-style-learn", style_image=picture)
    assert learnt["title"] == "Style learnt from waves.png"


def test_a_tune_made_from_settings_is_called_by_its_kind_and_key(ann: TestClient) -> None:
    job = make(ann, "music", "debug-music", style="jig", key="D", mode="major")
    assert job["title"] == job["outputs"][0]["meta"]["title"] == "Jig in D"
    assert found(ann, "jig") == found(ann, "吉格舞曲") == [job["id"]]


@pytest.mark.parametrize("model", ["debug-music", "debug-chorale"])
def test_a_tune_left_to_chance_is_called_what_it_becomes(ann: TestClient, model: str) -> None:
    job = make(ann, "music", model)
    assert job["title"] == job["outputs"][0]["meta"]["title"] != ""


def test_a_tune_made_from_another_says_so(ann: TestClient) -> None:
    first = make(ann, "music", "debug-music", style="jig", key="D", mode="major")
    start = f"{first['id']}/score.json"
    assert make(ann, "music", "debug-music", action="vary", start=start)["title"] == "Variation on Jig in D"
    named = make(ann, "music", "debug-music", "zh", action="arrange", start=start)
    assert named["title"] == "Jig in D（改编）"


def test_a_hummed_melody_is_arranged_and_what_was_heard_is_told(ann: TestClient) -> None:
    where = {"task": "music", "field": "start"}
    answer = ann.post("/api/uploads", params=where, files={"file": ("hum.wav", wav(sung(TUNE)))})
    assert answer.status_code == 201, answer.text
    job = make(ann, "music", "debug-music", action="arrange", start=answer.json()["id"])
    assert job["title"] == "hum.wav, arranged"
    assert (job["outputs"][0]["meta"]["notes"], job["outputs"][0]["meta"]["key"]) == (len(TUNE), "D major")
    told = job["outputs"][0]["meta"]["request"]
    assert told["kept"][0]["key"] == "music.request.heard"
    assert told["kept"][0]["values"]["count"] == len(TUNE)
    assert told["left_out"][0]["key"] == "music.left.bar_lines"


def test_an_enlarged_picture_is_called_by_the_picture(ann: TestClient) -> None:
    job = make(ann, "image", "debug-upscale", image=photo(ann), scale=2)
    assert job["title"] == "my garden.png · Enlarged 2 times"


def test_a_poem_without_a_prompt_is_called_by_its_words(ann: TestClient) -> None:
    job = make(ann, "text", "debug-poem", prompt="", keywords="明月 孤舟")
    assert job["title"] == "明月 孤舟"
    assert found(ann, "孤舟") == [job["id"]]


def test_words_to_sing_are_found_and_told_on_the_link(ann: TestClient) -> None:
    job = make(ann, "music", "debug-music", style="air", key="G", mode="major", lyrics="row the boat ashore")
    assert job["title"] == "Air in G"
    assert found(ann, "boat ashore") == [job["id"]]
    assert "row the boat ashore" in link(ann, job, show_prompt=True)


@pytest.mark.parametrize("task", CATALOG.tasks.values(), ids=lambda task: task.id)
def test_a_link_that_keeps_the_words_still_has_a_heading(ann: TestClient, task: Task) -> None:
    spec = next(spec for spec in task.models if spec.debug)
    example = next(one for one in task.examples if set(one.values) <= spec.params.model_fields.keys())
    job = make(ann, task.id, spec.id, **example.values)
    page = link(ann, job, show_prompt=False)
    # a title made of settings alone has no words to keep
    without = {"text": "Text", "image": "Image", "music": "Music", "speech": "Speech", "apps": "Apps"}
    assert heading(page) == without.get(task.id, job["title"])
    for name in spec.params.word_fields():
        assert not job["params"].get(name) or job["params"][name] not in page
