"""Checks the parameters of a request and says in one sentence what is wrong with them.

Knows pydantic's findings and the sentences for them. Knows nothing of where the values came from.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from aigc_demo import i18n
from aigc_demo.types import MAX_SEED, ModelSpec, Params, Problem, UserError
from aigc_demo.types.fields import fields_of

_LONGEST_NAME = 80
"""Letters of a name that is told back; a stranger may send any."""
_WANTED = {
    "int_type": "type.integer",
    "int_from_float": "type.integer",
    "int_parsing": "type.integer",
    "int_parsing_size": "type.integer",
    "float_type": "type.number",
    "float_parsing": "type.number",
    "string_type": "type.text",
    "string_unicode": "type.text",
    "bool_type": "type.boolean",
    "bool_parsing": "type.boolean",
    "list_type": "type.list",
    "tuple_type": "type.list",
    "dict_type": "type.object",
    "model_type": "type.object",
    "model_attributes_type": "type.object",
}


def checked(spec: ModelSpec, given: object, *, from_text: bool = False) -> Params:
    """The model's parameters: what was given over its defaults, with the seed resolved.

    Args:
        spec: the chosen model, whose defaults fill the gaps.
        given: names and values as they came in.
        from_text: the values are strings to be parsed (command line).

    Raises:
        UserError: 422, naming the first field at fault.
    """
    if not isinstance(given, Mapping):
        raise UserError(
            "invalid_params", "error.wrong_type", status=422, field="params", wanted="type.object"
        )
    given = _of_strangers_one(given, spec.params)
    try:
        if from_text:
            several = _several(spec, given)
            single = {name: value for name, value in given.items() if name not in several}
            parsed = spec.params.model_validate_strings(single, strict=False)
            given = {name: getattr(parsed, name) for name in single} | several
        params = spec.params.model_validate({**spec.defaults, **given})
    except ValidationError as error:
        found = sentence_of(spec, error.errors(include_url=False)[0])
        raise UserError(found.code, found.key, status=422, field=found.field, **found.values) from None
    return params if params.seed is not None else params.with_seed(secrets.randbelow(MAX_SEED + 1))


def _of_strangers_one(given: Mapping[str, Any], kind: type[Params]) -> dict[str, Any]:
    """What was given, without all but the first name that no parameter has: one finding tells enough."""
    stranger = next((name for name in given if name not in kind.model_fields), None)
    return {name: value for name, value in given.items() if name in kind.model_fields or name == stranger}


def _several(spec: ModelSpec, given: Mapping[str, str]) -> dict[str, list[str]]:
    """What is given for parameters of several values, divided at its commas."""
    names = [field.name for field in fields_of(spec.params) if field.many and field.name in given]
    return {name: [part.strip() for part in given[name].split(",") if part.strip()] for name in names}


def sentence_of(spec: ModelSpec, error: ErrorDetails, field: str = "") -> Problem:
    """The sentence for one of pydantic's findings; a rule about several fields names the one to change.

    ``field`` is the parameter, where the finding itself does not say.
    """
    key, values = _sentence(error)
    ruled = values.pop("field", "params")
    name = field or (str(error["loc"][0])[:_LONGEST_NAME] if error["loc"] else str(ruled))
    if error["type"] == "extra_forbidden":
        values["name"] = spec.name
    return Problem("invalid_params", key, {"task": spec.task, **values}, name)


def _sentence(error: ErrorDetails) -> tuple[str, dict[str, Any]]:
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    if i18n.has(f"error.{kind}"):
        return f"error.{kind}", {}
    if kind in _WANTED:
        return "error.wrong_type", {"wanted": _WANTED[kind]}
    match kind:
        case "extra_forbidden":
            return "error.not_taken", {}
        case "missing":
            return "error.missing", {}
        case "finite_number":
            return "error.not_finite", {}
        case "greater_than_equal" | "greater_than":
            return "error.too_small", {"limit": _plain(context.get("ge", context.get("gt")))}
        case "less_than_equal" | "less_than":
            return "error.too_big", {"limit": _plain(context.get("le", context.get("lt")))}
        case "string_too_short" | "too_short":
            return "error.too_short", {"limit": context.get("min_length")}
        case "string_too_long" | "too_long":
            return "error.too_long", {"limit": context.get("max_length"), "length": len(value)}
        case "literal_error" | "enum":
            return "error.not_a_choice", {"choices": context.get("expected")}
    # A rule of the task's own: its message is the key of a sentence.
    if i18n.has(error["msg"]):
        return error["msg"], dict(context)
    return "error.invalid", {"detail": error["msg"]}


def _plain(number: object) -> object:
    """2048 rather than 2048.0."""
    return int(number) if isinstance(number, float) and number.is_integer() else number
