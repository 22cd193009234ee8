"""The page as Gradio is told it: light, private, complete in both languages, and of this house only."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aigc_demo import i18n
from aigc_demo.guard.params import checked
from aigc_demo.settings import ASSETS, Settings
from aigc_demo.studio import Studio
from aigc_demo.types import Task
from aigc_demo.ui import app, form
from aigc_demo.ui.page import describe
from tests.declared import CATALOG

SCRIPTS = sorted((ASSETS / "ui").glob("*.js"))


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    studio = Studio(Settings(data_dir=tmp_path_factory.mktemp("page"), engine="inline", debug_models=True))
    yield studio
    studio.close(grace=0)


@pytest.fixture(scope="module")
def config(studio: Studio) -> dict[str, Any]:
    return app.build(studio).get_config_file()  # type: ignore[return-value]


def test_every_event_is_private_and_stays_in_the_browser(config: dict[str, Any]) -> None:
    """Nothing for programs to call, nothing that could hold Gradio's queue or a session's memory."""
    assert config["dependencies"]
    for event in config["dependencies"]:
        assert event["api_visibility"] == "private"
        assert event["backend_fn"] is False
        assert event["js"]


def test_no_component_keeps_a_connection_open(config: dict[str, Any]) -> None:
    """A gr.State or a timer would make every tab hold a stream; browsers allow six."""
    assert not {"state", "timer"} & {component["type"] for component in config["components"]}


def test_there_is_one_tab_a_task_and_one_for_all_that_trains_and_the_history(config: dict[str, Any]) -> None:
    tabs = [one["props"]["id"] for one in config["components"] if one["type"] == "tabitem"]
    own = [task.id for task in CATALOG.tasks.values() if not task.lesson]
    assert tabs == [*own, "learn", "history"]


def test_the_scripts_are_told_every_task_model_and_label(studio: Studio) -> None:
    page = json.loads(json.dumps(describe(studio)))
    for metrics in page["tasks"]:
        task = CATALOG.task(metrics["id"])
        assert i18n.has(metrics["tab"])
        assert {model["id"] for model in metrics["models"]} == {
            view.spec.id for view in studio.models(task.id)
        }
        assert [field["name"] for field in metrics["fields"]] == [field.name for field in form.fields(task)]
        assert all(i18n.has(field["label"]) for field in metrics["fields"])
        assert all(i18n.has(f"{task.id}.preset.{preset['id']}") for preset in metrics["presets"])


def test_a_server_that_nobody_visits_does_not_look_for_calls_all_the_time(studio: Studio) -> None:
    queue = app.build(studio)._queue
    assert min(queue.sleep_when_free, queue.progress_update_sleep_when_free) >= 0.05


EMPTY = {"prompt": "", "textarea": "", "text": "", "file": "", "checkbox": False, "several": []}
"""What defaults.js takes a field without a default to be drawn with, by widget."""


def test_the_fields_are_drawn_with_what_the_scripts_take_them_for(
    studio: Studio, config: dict[str, Any]
) -> None:
    """What a form begins with is handed to Gradio only where it is not drawn already."""
    drawn = {one["props"].get("elem_id"): one["props"] for one in config["components"]}
    for task in (one for one in describe(studio)["tasks"] if not one["lesson"]):
        fitting = [model for model in task["models"] if not model["unfit"]] or task["models"]
        assert drawn[f"{task['id']}-model"]["value"] == fitting[0]["id"]
        for field in task["fields"]:
            expected = EMPTY.get(field["widget"]) if field["default"] is None else field["default"]
            assert drawn[f"{task['id']}-{field['name']}"].get("value") == expected, field["name"]


def test_gradio_is_told_of_few_events_for_it_looks_through_all_of_them_for_every_component(
    config: dict[str, Any],
) -> None:
    tasks = len(CATALOG.tasks)
    assert sum(len(event["targets"]) for event in config["dependencies"]) <= 8 * tasks + 4


def test_the_example_shown_first_is_a_wish_that_the_app_accepts(studio: Studio) -> None:
    for metrics in describe(studio)["tasks"]:
        for shown in filter(None, metrics["showcase"].values()):
            spec = CATALOG.model(shown["model"], metrics["id"])
            taken = checked(spec, shown["params"]).model_dump()
            assert {name: taken[name] for name in shown["params"]} == shown["params"]


def test_the_chinese_page_begins_with_a_poem_and_the_english_one_with_english(studio: Studio) -> None:
    shown = next(metrics["showcase"] for metrics in describe(studio)["tasks"] if metrics["id"] == "text")
    assert "en" in CATALOG.model(shown["en"]["model"]).languages
    poem = shown["zh"]["outputs"][0]["meta"]["poem"]
    assert CATALOG.model(shown["zh"]["model"]).languages == ("zh",)
    assert [len(line) for line in poem["lines"]] == [7] * 4 and not poem["broken"]
    assert "，".join(poem["lines"][:2]) in shown["zh"]["outputs"][0]["text"]


@pytest.mark.parametrize("task", CATALOG.tasks.values(), ids=lambda task: task.id)
def test_elements_that_a_task_declares_are_defined_by_its_scripts_and_stand_under_its_fields(
    task: Task, config: dict[str, Any]
) -> None:
    paths = [ASSETS / "ui" / script for script in task.scripts]
    defined = "".join(path.read_text("utf-8") for path in [*paths, ASSETS / "ui" / "page.js"])
    drawn = [str(one["props"].get("value")) for one in config["components"] if one["type"] == "html"]
    assert set(task.below) <= {field.name for field in form.fields(task)}
    for element in [*task.above, *itertools.chain(*task.below.values())]:
        assert f'"{element.tag}"' in defined
        found = [html for html in drawn if f'<{element.tag} data-task="{task.id}"' in html]
        assert len(found) == 1
        assert all(f' data-{name}="{value}"' in found[0] for name, value in element.data.items())


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_parse_no_html_and_name_no_host(path: Path) -> None:
    source = path.read_text("utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source
    )
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)\w", source)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_word_that_a_script_says_is_in_the_tables(path: Path) -> None:
    keys = set(re.findall(r'["`](ui\.[a-z_.]*[a-z_])["`]', path.read_text("utf-8")))
    assert not {key for key in keys if not i18n.has(key)}


def test_chinese_sentences_have_chinese_punctuation() -> None:
    """An ASCII comma or colon beside a Chinese character is a slip of the keyboard."""
    slip = re.compile(r"[\u3400-\u9fff][,;:?!]|[,;:?!][\u3400-\u9fff]")
    assert not {key: text for key, text in i18n.tables()["zh"].items() if slip.search(text)}


def test_the_page_needs_no_server_side_session(studio: Studio) -> None:
    options = app.launch_options(studio)
    assert options["run_history"] is False
    assert options["enable_monitoring"] is False
    assert options["allowed_paths"] == []


def test_a_model_whose_name_is_made_of_words_is_called_so_in_each_language() -> None:
    """The declaration's name is the English one; a key that no model has would never be read."""
    english, chinese = i18n.tables()["en"], i18n.tables()["zh"]
    named = {key.removeprefix("name."): text for key, text in english.items() if key.startswith("name.")}
    assert named
    for model, text in named.items():
        assert CATALOG.models[model].name == text
        assert any("\u4e00" <= char <= "\u9fff" for char in chinese[f"name.{model}"])
