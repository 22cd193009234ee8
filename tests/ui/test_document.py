"""The document that the page begins with: small, in the visitor's language, naming what can be kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo import web
from aigc_demo.guard.kept import FOREVER
from aigc_demo.lessons import lessons
from aigc_demo.settings import ASSETS, Settings
from aigc_demo.studio import Studio
from aigc_demo.ui import gradio_files
from aigc_demo.ui.app import build
from aigc_demo.ui.serving import AGAIN

NAMED = re.compile(r'(?:href|src)="\./(assets/[^"]+)"|import\("\./(assets/[^"]+)"\)')


def studio_with(folder: Any, **values: Any) -> Studio:
    return Studio(Settings(data_dir=folder, engine="inline", debug_models=True, **values))


def client_of(studio: Studio) -> TestClient:
    return TestClient(web.create(studio, build(studio)), base_url="http://studio.test")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    studio = studio_with(tmp_path_factory.mktemp("document"))
    yield client_of(studio)
    studio.close(grace=0)


def document(client: TestClient, language: str = "en") -> str:
    return client.get("/", headers={"Accept-Language": language}).text


def named(text: str) -> list[str]:
    """What the document names of ours and of Gradio's, once each; without sheets that are not fetched."""
    asked = re.sub(r"<link[^>]* disabled [^>]*>", "", text)
    return list(dict.fromkeys("".join(found) for found in NAMED.findall(asked)))


def config(client: TestClient, language: str) -> dict[str, Any]:
    text = document(client, language)
    name = next(name for name in named(text) if "/config." in name)
    source = client.get(f"/{name}").text
    found: dict[str, Any] = json.JSONDecoder().raw_decode(source, source.index("{"))[0]
    return found


def words_of(client: TestClient, language: str) -> dict[str, str]:
    """The words that the page carries, which are of one language."""
    (words,) = config(client, language)["i18n_translations"].values()
    found: dict[str, str] = words
    return found


def test_it_is_small_and_names_no_host_but_its_own(client: TestClient) -> None:
    text = document(client)
    assert len(text) < 12_000
    hosts = set(re.findall(r"https?://([^/\"'\s]+)", text))
    assert hosts == {"studio.test"}
    assert "iframeResizer.contentWindow" not in text


def test_everything_it_names_is_there_and_kept_for_good(client: TestClient) -> None:
    names = named(document(client))
    assert len(names) > 30
    for name in names:
        answer = client.get(f"/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["cache-control"] == FOREVER == "public, max-age=31536000, immutable"
        assert len(answer.content) < 600 or answer.headers["content-encoding"] == "br", name


def test_what_is_not_named_by_its_content_is_asked_for_again(client: TestClient) -> None:
    for name in ("page.js", "dom.js", "studio.css", "style/showcase.webp"):
        assert client.get(f"/assets/ui/{name}").headers["cache-control"] == AGAIN


@pytest.mark.parametrize(("language", "locale"), [("en", "en"), ("zh-TW", "zh-CN"), ("fr", "en")])
def test_it_speaks_the_visitors_language_and_carries_no_other(
    client: TestClient, language: str, locale: str
) -> None:
    assert f'<html lang="{locale}" ' in document(client, language)
    assert words_of(client, language)["ui.generate"] in ("Generate", "生成")


@pytest.mark.parametrize(("language", "title"), [("en", "Attention by hand"), ("zh", "手算注意力")])
def test_lessons_come_when_learn_is_opened_and_not_with_the_page(
    client: TestClient, language: str, title: str
) -> None:
    assert not [key for key in words_of(client, language) if key.startswith(("lesson.", "inside."))]
    name = re.search(r'data-later="([^"]+)"', document(client, language))
    assert name is not None
    answer = client.get(f"/assets/ui/{name[1]}")
    assert answer.headers["cache-control"] == FOREVER
    assert answer.json()["words"]["lesson.attention.title"] == title
    assert {one["id"] for one in answer.json()["lessons"]} == {one.id for one in lessons()}


def test_the_configuration_is_gradios_and_the_document_keeps_what_changes(client: TestClient) -> None:
    kept = config(client, "en")
    assert kept["components"] and kept["dependencies"]
    assert "root" not in kept and "app_id" not in kept
    late = re.search(r"Object\.assign\(window\.gradio_config,(\{.*?\})\)", document(client))
    assert late is not None and json.loads(late[1])["root"] == "http://studio.test"


def test_a_document_of_another_form_passes_as_it_is(client: TestClient, tmp_path: Any) -> None:
    studio = studio_with(tmp_path)
    other = b"<html><body>window.gradio_config</body></html>"
    from aigc_demo.ui.app import document as document_of

    assert document_of(studio, None).rewritten(other, "en") == other
    studio.close(grace=0)


def test_modules_are_sent_apart_to_whoever_works_on_them(tmp_path: Any) -> None:
    studio = studio_with(tmp_path, separate_scripts=True)
    names = named(document(client_of(studio)))
    ours = {path.name for path in (ASSETS / "ui").glob("*.js")} - {"boot.js"}
    assert {f"assets/ui/{name}" for name in ours} <= set(names)
    studio.close(grace=0)


def test_every_kind_of_component_is_found_in_gradios_build(client: TestClient) -> None:
    kinds = {one["type"] for one in config(client, "en")["components"]}
    alone = {kind: set(gradio_files.first_load([kind])) for kind in kinds}
    common = set(gradio_files.first_load([]))
    assert len(common) > 10
    assert all(files - common for files in alone.values())
