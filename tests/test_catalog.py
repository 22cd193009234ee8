"""Every declaration keeps its promises: whatever is added to the catalog is checked here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aigc_demo import catalog
from aigc_demo.settings import ASSETS
from aigc_demo.types import Asset, Hub, ModelSpec, Task, UserError, Wheel
from tests.declared import CATALOG, follows

TASKS = list(CATALOG.tasks.values())
MODELS = list(CATALOG.models.values())
task_by_id = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
model_by_id = pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.id)


@task_by_id
def test_a_task_offers_a_model_that_works_offline_and_a_debug_model(task: Task) -> None:
    assert any(spec.tier == "embedded" and not spec.debug for spec in task.models)
    assert any(spec.debug for spec in task.models)
    assert CATALOG.listed(task.id)[0].tier == "embedded"
    assert not any(spec.debug for spec in CATALOG.listed(task.id))


@task_by_id
def test_presets_and_examples_are_values_that_some_model_accepts(task: Task) -> None:
    for values in [*(one.values for one in task.presets), *(one.values for one in task.examples)]:
        assert any(set(values) <= kind.model_fields.keys() for kind in task.families)
    for example in task.examples:
        assert any(follows(spec, example) for spec in task.models)
        assert example.language in ("en", "zh")
    assert {example.language for example in task.examples} == {"en", "zh"}


@task_by_id
def test_the_order_of_a_form_names_its_fields(task: Task) -> None:
    assert set(task.form_order) <= {field.name for field in task.fields()}


@model_by_id
def test_a_models_pipeline_can_be_found(spec: ModelSpec) -> None:
    assert callable(catalog.resolve(spec.pipeline))


@model_by_id
def test_a_models_defaults_name_its_parameters(spec: ModelSpec) -> None:
    assert set(spec.defaults) <= set(spec.params.model_fields)
    assert catalog.default_params(spec).keys() == spec.params.model_fields.keys()


@model_by_id
def test_a_model_tells_its_licence_and_what_it_needs(spec: ModelSpec) -> None:
    assert spec.license
    assert spec.memory_gb > 0
    assert spec.languages
    assert spec.concurrency >= 1
    if spec.tier == "hub":
        assert spec.download_mb > 0
        assert all(isinstance(source, Hub) for source in spec.sources)


@model_by_id
def test_weights_come_from_places_that_can_be_checked(spec: ModelSpec) -> None:
    for source in spec.sources:
        match source:
            case Asset(path):
                assert (ASSETS / path).exists()
                assert (ASSETS / path / "manifest.json").exists()
            case Wheel(_, version, sha256, member):
                assert re.fullmatch(r"[0-9a-f]{64}", sha256)
                assert re.fullmatch(r"[0-9][0-9a-z.]*", version)
                assert ".." not in Path(member).parts
            case Hub(repo, revision, files):
                assert repo.count("/") == 1
                assert revision
                assert not any(
                    name.endswith((".bin", ".pt", ".pth", ".ckpt", ".pkl", ".py")) for name in files
                )


@pytest.mark.parametrize("name", ["", "../model", "TEXT", "x" * 10_000, None, ["text"]])
def test_unknown_names_are_answered_in_words(name: object) -> None:
    with pytest.raises(UserError) as caught:
        CATALOG.model(name)  # type: ignore[arg-type]
    assert caught.value.status == 404
    assert len(str(caught.value.problem.values)) < 200
