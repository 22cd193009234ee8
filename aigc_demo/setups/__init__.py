"""Settings links: an address that fills, fixes and hides settings of one task, for one exercise.

Knows the public names of settings and what of a link is valid for the model that it names. Knows nothing of
how a form shows it: what a link fixes is fixed on the page alone, and every request is checked as ever.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any
from urllib.parse import parse_qsl

from pydantic import TypeAdapter, ValidationError

from aigc_demo.catalog import Catalog
from aigc_demo.guard.params import sentence_of
from aigc_demo.history.rows import one_line, shortened
from aigc_demo.types import Field, Language, ModelSpec, Params, Problem, Task, UserError

MODEL = "model"
"""What the choice of a model is called; it may be fixed and hidden like a setting."""
_FIXED, _HIDDEN = "lock", "hide"
_BESIDE = ("task", "lang", "tab", "remix")
"""Names that say something else than a setting's value; so do all that begin with two underscores."""
RESERVED = frozenset((*_BESIDE, MODEL, _FIXED, _HIDDEN))
"""No setting may be called so."""
_MOST_NAMES = 200
_ANYTHING = "a"
"""Stands for a text that the visitor is to write, while the rest of a link is checked."""


@dataclass(frozen=True)
class Setup:
    """What of a settings link is valid: ``values`` by field's name, and which fields are fixed or hidden.

    ``refused`` says of everything else, by the name it has in the link, what is wrong with it.
    """

    task: str
    model: str
    values: Mapping[str, Any]
    fixed: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    refused: tuple[tuple[str, Problem], ...] = ()


def public_name(field: Field) -> str:
    """What a setting is called in links: its alias where it has one, else its own name."""
    return field.control.alias or field.name


def names(task: Task) -> dict[str, Field]:
    """Every setting that a link may name, by each name that it answers to: its own and its alias."""
    shown = [field for field in task.fields() if field.widget != "hidden"]
    own = {field.name: field for field in shown}
    return {field.control.alias: field for field in shown if field.control.alias} | own


def read(declared: Catalog, query: str, language: Language, *, debug: bool = False) -> Setup:
    """What a link's ``query`` (behind its question mark) asks for, as far as it is valid here.

    Raises:
        UserError: 404 ``unknown_task``; 422 ``bad_request`` for a query that is none.
    """
    given = _parsed(query)
    task = declared.task(next(iter(given.get("task", ())), ""))
    known = names(task)
    wanted = {name: texts for name, texts in given.items() if name in known}
    refused = [
        (name, _unknown(name))
        for name in given
        if name not in known and name not in RESERVED and not name.startswith("__")
    ]
    spec, problem = _model(declared, task, given.get(MODEL), wanted, language, debug=debug)
    refused += [(MODEL, problem)] if problem else []
    values, wrong = _valid(
        spec, {known[name].name: (name, known[name], texts) for name, texts in wanted.items()}
    )
    fixed, strange = _named(given.get(_FIXED, ()), known)
    hidden, strangers = _named(given.get(_HIDDEN, ()), known)
    refused += wrong + [(name, _unknown(name)) for name in dict.fromkeys((*strange, *strangers))]
    return Setup(task.id, spec.id, values, fixed, hidden, tuple(refused))


def _parsed(query: str) -> dict[str, list[str]]:
    """Every name with all that is given for it."""
    try:
        pairs = parse_qsl(query.lstrip("?"), keep_blank_values=True, max_num_fields=_MOST_NAMES)
    except ValueError:
        raise UserError("bad_request", "error.bad_request", status=422) from None
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        found.setdefault(name, []).append(text)
    return found


def _model(
    declared: Catalog,
    task: Task,
    asked: Sequence[str] | None,
    wanted: Iterable[str],
    language: Language,
    *,
    debug: bool,
) -> tuple[ModelSpec, Problem | None]:
    """The model that is asked for, else the one that takes most of what the link sets; and what was wrong."""
    offered = declared.listed(task.id, debug=debug)
    if asked and (spec := next((spec for spec in offered if spec.id == asked[0]), None)):
        return spec, None
    fields = {names(task)[name].name for name in wanted}

    def suits(spec: ModelSpec) -> tuple[int, bool]:
        return len(fields & spec.params.model_fields.keys()), language in spec.languages

    problem = Problem("unknown_model", "setup.unknown", {"name": _shown(asked[0])}, MODEL) if asked else None
    return max(offered, key=suits), problem


def _named(lists: Iterable[str], known: Mapping[str, Field]) -> tuple[tuple[str, ...], list[str]]:
    """The fields that ``lock`` or ``hide`` names, and the names that nothing has."""
    asked = list(dict.fromkeys(name for each in lists for part in each.split(",") if (name := part.strip())))
    found = [MODEL if name == MODEL else known[name].name for name in asked if name == MODEL or name in known]
    return tuple(dict.fromkeys(found)), [name for name in asked if name != MODEL and name not in known]


def _unknown(name: str) -> Problem:
    return Problem("unknown_setting", "setup.unknown", {"name": _shown(name)})


def _shown(text: str) -> str:
    """Somebody's own words, so that they can be shown in a sentence of ours."""
    return shortened(one_line(text)) or "?"


# -- values ---------------------------------------------------------------------------------------

_Given = tuple[str, Field, list[str]]
"""A setting as a link has it: its name there, the field, and the texts that are given for it."""


def _valid(spec: ModelSpec, given: Mapping[str, _Given]) -> tuple[dict[str, Any], list[tuple[str, Problem]]]:
    """The values by field that the model takes, and what is wrong with the others."""
    values: dict[str, Any] = {}
    refused: list[tuple[str, Problem]] = []
    for name, (called, field, texts) in given.items():
        if field.widget == "file":
            refused.append((called, _problem(spec, name, "setup.no_files")))
        elif name not in spec.params.model_fields:
            refused.append((called, _problem(spec, name, "error.not_taken")))
        else:
            try:
                values[name] = _value(spec, field, texts)
            except ValidationError as error:
                refused.append((called, sentence_of(spec, error.errors(include_url=False)[0], name)))
    while found := _fault(spec, values):
        name, wrong = found
        del values[name]
        refused.append((given[name][0], wrong))
    return values, refused


def _problem(spec: ModelSpec, field: str, key: str) -> Problem:
    return Problem("invalid_params", key, {"task": spec.task, "name": spec.name}, field)


def _value(spec: ModelSpec, field: Field, texts: Sequence[str]) -> Any:
    """A setting's value out of a link's texts; ValidationError where they are none that it may have."""
    if field.many:
        return _adapter(spec.params, field.name).validate_python(_several(texts))
    if texts[-1] == "" and "" not in field.choices and (field.choices or field.type != "string"):
        return None  # nothing chosen, which a setting may allow
    return _adapter(spec.params, field.name).validate_strings(texts[-1])


def _several(texts: Sequence[str]) -> tuple[str, ...]:
    """Values one by one, or in one text: divided at commas; a JSON list where they hold commas themselves."""
    if len(texts) > 1:
        return tuple(texts)
    if texts[0].startswith("["):
        try:
            found = json.loads(texts[0])
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list) and all(isinstance(part, str) for part in found):
            return tuple(found)
    return tuple(part.strip() for part in texts[0].split(",") if part.strip())


@cache
def _adapter(kind: type[Params], name: str) -> TypeAdapter[Any]:
    """One setting by itself: the rules about several are asked once each of them is sound."""
    info = kind.model_fields[name]
    kind_of_value: Any = info.annotation
    for limit in info.metadata:
        kind_of_value = Annotated[kind_of_value, limit]
    return TypeAdapter(kind_of_value)


def _fault(spec: ModelSpec, values: Mapping[str, Any]) -> tuple[str, Problem] | None:
    """The first of the values that the model would not take beside the others, and why.

    What is missing or empty is no fault of a link's: the visitor has yet to write it.
    """
    words: dict[str, Any] = {}
    values = {name: value for name, value in values.items() if value != ""}
    for _ in range(len(spec.params.word_fields()) + 1):
        try:
            spec.params.model_validate({**spec.defaults, **words, **values})
            return None
        except ValidationError as error:
            problem = sentence_of(spec, error.errors(include_url=False)[0])
        name = problem.field or ""
        if name in values:
            return name, problem
        if name in words or name not in spec.params.word_fields():
            return None
        words[name] = _ANYTHING
    return None
