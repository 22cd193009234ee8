"""What the page's scripts must know of the catalog, as one JSON value.

Knows how tasks, models, presets and examples are told to the browser. Knows nothing of layout.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aigc_demo import catalog, i18n
from aigc_demo.guard.params import checked
from aigc_demo.guard.sign_in import provider_of
from aigc_demo.settings import ASSETS
from aigc_demo.studio import ModelView
from aigc_demo.types import Example, Field, Language, ModelSpec, Task, UserError
from aigc_demo.types.media import accept
from aigc_demo.ui import form

if TYPE_CHECKING:
    from aigc_demo.studio import Studio


def describe(studio: Studio, languages: Sequence[Language] = i18n.LANGUAGES) -> dict[str, Any]:
    """Every task that has a model to offer, in tab order, for readers of these languages."""
    views = {task.id: studio.models(task.id) for task in studio.catalog.tasks.values()}
    return {
        "tasks": [
            _task(task, views[task.id], languages) for task in studio.catalog.tasks.values() if views[task.id]
        ],
        "outside_links": studio.settings.outside_links,
        "gpu_token_origin": studio.settings.gpu_token_origin,
        "passing": studio.history.passing,
        "sign_in": provider_of(studio.settings) is not None,
    }


def _task(task: Task, views: list[ModelView], languages: Sequence[Language]) -> dict[str, Any]:
    drawn = form.fields(task)
    return {
        "id": task.id,
        "tab": form.tab_key(task.id),
        "produces": task.produces,
        "scripts": list(task.scripts),
        "lesson": task.lesson,
        "trains_for": list(task.trains_for),
        "trained": _trained(task, drawn, languages),
        "enriches": task.expand_prompt is not None,
        "fields": [_field(task, field) for field in drawn],
        "models": [_model(view, drawn, languages) for view in views],
        "presets": [{"id": preset.id, "values": dict(preset.values)} for preset in task.presets],
        "examples": [_example(task, example) for example in task.examples],
        "showcase": _showcases(task, languages),
    }


def _field(task: Task, field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "alias": field.control.alias,
        "many": field.many,
        "choices": list(field.choices),
        "below": [one.tag for one in task.below.get(field.name, ())],
        "widget": field.widget,
        "label": form.label_key(task.id, field.name),
        "default": field.default,
        "open": not field.control.folded,
        "words": field.control.words,
        "sets_text": field.control.sets_text,
        "reads_aloud": field.control.reads_aloud,
        "max_length": field.max_length,
        "takes": list(field.control.takes),
        "accept": accept(field.control.takes) if field.widget == "file" else "",
        **(_drawing(field) if task.lesson else {}),
    }


def _drawing(field: Field) -> dict[str, Any]:
    """What else ``assets/ui/learn/bench.js`` must know to draw it; all other forms are Gradio's."""
    return {
        "minimum": field.minimum,
        "maximum": field.maximum,
        "step": field.step or (1 if field.type == "integer" else "any"),
        "lines": field.control.lines,
    }


def _trained(task: Task, drawn: Sequence[Field], languages: Sequence[Language]) -> list[dict[str, Any]]:
    """What models are like that visitors trained for this task, by kind."""
    return [_model(ModelView(one, None, installed=True, mine=True), drawn, languages) for one in task.trained]


def _model(view: ModelView, drawn: Sequence[Field], languages: Sequence[Language]) -> dict[str, Any]:
    spec = view.spec
    return {
        "id": spec.id,
        "name": spec.name,
        "license": spec.license,
        "memory_gb": spec.memory_gb,
        "download_mb": spec.download_mb,
        "languages": list(spec.languages),
        "tier": spec.tier,
        "card": spec.card,
        "defaults": _defaults(spec, drawn),
        "takes": _taken(spec, drawn),
        "traits": list(spec.traits),
        "continues": _continued(spec),
        "debug": spec.debug,
        "knows": catalog.known_words(spec) is not None,
        "installed": view.installed,
        "gpu": view.gpu,
        "mine": view.mine,
        "family": spec.params.__name__,
        "translates": spec.translates,
        "explains": bool(spec.explain),
        "unfit": None
        if view.fits is None
        else {language: i18n.message(view.fits, language) for language in languages},
    }


def _defaults(spec: ModelSpec, drawn: Sequence[Field]) -> dict[str, Any]:
    """Where the model begins elsewhere than the form does."""
    common = {field.name: field.default for field in drawn}
    return {
        name: value
        for name, value in catalog.default_params(spec).items()
        if name in common and value != common[name]
    }


def _taken(spec: ModelSpec, drawn: Sequence[Field]) -> list[str]:
    """What it may be asked for with, without what is drawn for other models only."""
    others = {field.name for field in drawn}
    controls = spec.params.controls()
    return [name for name, control in controls.items() if control.widget != "hidden" or name not in others]


def _continued(spec: ModelSpec) -> str | None:
    """The parameter that takes the beginning of a result, to be gone on with."""
    return next((name for name, control in spec.params.controls().items() if control.continues), None)


def _example(task: Task, example: Example) -> dict[str, Any]:
    """An invitation, with what its result would be called: without words there is nothing else to press.

    ``refused_by`` are models that take such settings, but not these.
    """
    values = dict(example.values)
    spec = next((one for one in task.models if _fits(one, values)), None)
    title = "" if spec is None else _title(task, spec, values, example.language)
    refused_by = [one.id for one in task.models if _fits(one, values) and not _accepts(one, values)]
    return {"language": example.language, "values": values, "title": title, "refused_by": refused_by}


def _accepts(spec: ModelSpec, values: dict[str, Any]) -> bool:
    try:
        checked(spec, values)
    except UserError:
        return False
    return True


def _fits(spec: ModelSpec, values: dict[str, Any]) -> bool:
    return not spec.debug and set(values) <= set(spec.params.model_fields)


def _title(task: Task, spec: ModelSpec, values: dict[str, Any], language: Language) -> str:
    """What the task calls a result of these settings; empty where it has no say."""
    if task.title is None:
        return ""
    told: str = catalog.resolve(task.title)(spec.params.restored(values), spec, language)
    return told


def _showcases(task: Task, languages: Sequence[Language]) -> dict[str, Any]:
    """By language, a finished example that was really made by one of the models, shown before the first wish.

    ``showcase.json`` serves every language that has none of its own, ``showcase.<language>.json``.
    """
    folder = ASSETS / "examples" / task.id
    found: dict[str, Any] = {}
    for language in languages:
        paths = (folder / f"showcase.{language}.json", folder / "showcase.json")
        path = next((path for path in paths if path.exists()), None)
        found[language] = (
            None if path is None else _showcase(task, json.loads(path.read_text("utf-8")), language)
        )
    return found


def _showcase(task: Task, made: dict[str, Any], language: Language) -> dict[str, Any]:
    spec = next((one for one in task.models if one.id == made["model"]), None)
    return made if spec is None else {**made, "title": _title(task, spec, made["params"], language)}
