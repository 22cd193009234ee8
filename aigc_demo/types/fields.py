"""What a parameter is to those who draw, tell or read it: its type, limits and choices, as declared.

Knows pydantic's schemas. Knows no widget of any library and no single task. A task's form is what the
families of its models have together: fields of one name must be of one kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from aigc_demo.types.params import Control, Params

_FEW = 4
"""Up to this many choices are shown side by side, more go into a list."""
_PLAIN = ("integer", "number", "boolean", "string")


@dataclass(frozen=True)
class Field:
    """One parameter; limits are None where the declaration sets none.

    ``type`` is JSON's (integer, number, boolean, string), of each value where there may be ``many``;
    ``choices`` are the values of a Literal.
    """

    name: str
    type: str
    control: Control
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    choices: tuple[Any, ...] = ()
    many: bool = False

    @property
    def widget(self) -> str:
        """Which widget draws it: the declared one, else the one that its type and limits suggest."""
        if self.control.widget != "auto":
            return self.control.widget
        if self.many:
            return "several"
        if self.choices:
            return "radio" if len(self.choices) <= _FEW else "dropdown"
        if self.type == "boolean":
            return "checkbox"
        if self.type in ("integer", "number"):
            return "number" if None in (self.minimum, self.maximum, self.default) else "slider"
        return "textarea" if self.control.lines > 1 else "text"

    @property
    def step(self) -> float | None:
        """The declared step, else 1 for whole numbers, for others a hundredth of the range if it has one."""
        if self.control.step is not None:
            return self.control.step
        if self.type == "integer":
            return 1
        if self.minimum is None or self.maximum is None:
            return None
        return (self.maximum - self.minimum) / 100


def together(families: Iterable[type[Params]], order: Sequence[str] = ()) -> tuple[Field, ...]:
    """Every parameter of these families once: the prompt first, the seed last, else as ordered or declared.

    A field that only some have stands where they have it. Limits are the widest that any of them allows.

    Raises:
        TypeError: a parameter that no form can draw, or two of one name that are not of one kind.
    """
    found: dict[str, Field] = {}
    for kind in families:
        before = ""
        for field in fields_of(kind):
            known = found.get(field.name)
            found = (
                _inserted(found, field, before) if known is None else found | {field.name: _one(known, field)}
            )
            before = field.name
    places = {name: place for place, name in enumerate(order)}
    ordered = sorted(found.values(), key=lambda field: places.get(field.name, len(places)))
    return tuple(sorted(ordered, key=lambda field: _RANK.get(field.control.widget, 1)))


_RANK = {"prompt": 0, "seed": 2}


def _inserted(found: Mapping[str, Field], field: Field, before: str) -> dict[str, Field]:
    """With one more field behind the one it is declared after."""
    names = list(found)
    place = names.index(before) + 1 if before else 0
    return {name: found.get(name, field) for name in [*names[:place], field.name, *names[place:]]}


def _one(known: Field, other: Field) -> Field:
    """What two families mean by one name."""
    kinds = {(field.type, field.many, field.choices) for field in (known, other)}
    widgets = {field.control.widget for field in (known, other)} - {"hidden"}
    if len(kinds) > 1 or len(widgets) > 1:
        raise TypeError(f"{known.name} is declared in two ways that one form cannot draw.")
    drawn = other if known.control.widget == "hidden" else known
    return replace(
        drawn,
        minimum=_widest(min, known.minimum, other.minimum),
        maximum=_widest(max, known.maximum, other.maximum),
        max_length=_widest(max, known.max_length, other.max_length),
    )


def _widest(choose: Any, *limits: float | None) -> Any:
    return None if None in limits else choose(limits)


@cache
def fields_of(kind: type[Params]) -> tuple[Field, ...]:
    """Every parameter of one family, as declared.

    Raises:
        TypeError: a parameter that no form can draw.
    """
    schema = kind.model_json_schema()
    definitions = schema.get("$defs", {})
    return tuple(_field(kind, name, metrics, definitions) for name, metrics in schema["properties"].items())


def _field(
    kind: type[Params], name: str, metrics: Mapping[str, Any], definitions: Mapping[str, Any]
) -> Field:
    value = _value_schema(metrics, definitions)
    many = value.get("type") == "array"
    each = _value_schema(value.get("items", {}), definitions) if many else value
    choices = tuple(each.get("enum", (each["const"],) if "const" in each else ()))
    if not _is_drawable(each, many=many, choices=choices):
        raise TypeError(
            f"{kind.__name__}.{name} cannot be drawn: a parameter is a number, a text, a switch, a choice, "
            f"or a list of texts or of choices, not {kind.model_fields[name].annotation}."
        )
    return Field(
        name=name,
        type=each.get("type", "string"),
        control=kind.controls()[name],
        default=metrics.get("default"),
        minimum=value.get("minimum", value.get("exclusiveMinimum")),
        maximum=value.get("maximum", value.get("exclusiveMaximum")),
        max_length=value.get("maxLength"),
        choices=choices,
        many=many,
    )


def _is_drawable(each: Mapping[str, Any], *, many: bool, choices: Sequence[Any]) -> bool:
    if choices:
        return True
    return each.get("type") == "string" if many else each.get("type") in _PLAIN


def _value_schema(metrics: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of the value itself: without the ``null`` of an optional, references followed."""
    options = [option for option in metrics.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) > 1:
        return {}
    inner = options[0] if options else metrics
    if "$ref" in inner:
        inner = definitions[inner["$ref"].rsplit("/", 1)[-1]]
    return inner
