"""Turns a task's ``Params`` into Gradio components: the declaration is the form.

Knows types, limits and :class:`aigc_demo.types.Control`, and how each becomes a widget. Knows
nothing of any one task: a new parameter or a new task needs no edit here. It trusts no widget: what
they allow is a kindness, the same declaration checks every value again on the server.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.components import Component

from aigc_demo import i18n
from aigc_demo.types import Field, Task
from aigc_demo.ui.wiring import element

Word = Callable[[str], Any]
"""Gives the translatable label for a key of strings.json (``gr.I18n`` itself, in practice)."""


def fields(task: Task) -> tuple[Field, ...]:
    """Every parameter of the task that has a widget, in the order of the form."""
    return tuple(field for field in task.fields() if field.control.widget != "hidden")


# -- words ----------------------------------------------------------------------------------------


def tab_key(task: str) -> str:
    """The key of a task's name, as it stands on its tab."""
    own = f"{task}.tab"
    return own if i18n.has(own) else f"task.{task}"


def label_key(task: str, name: str) -> str:
    """The key of a parameter's label: the task's own, else the common one."""
    own = f"{task}.{name}.label"
    return own if i18n.has(own) else f"param.{name}.label"


def hint_key(task: str, name: str) -> str | None:
    """The key of a parameter's explanation, where there is one."""
    return next(filter(i18n.has, (f"{task}.{name}.hint", f"param.{name}.hint")), None)


# -- widgets --------------------------------------------------------------------------------------


def component(task: str, field: Field, word: Word) -> Component:
    """The Gradio component of one parameter, named ``<task>-<field>`` in the page."""
    hint = hint_key(task, field.name)
    common = {
        "label": word(label_key(task, field.name)),
        "info": word(hint) if hint else None,
        "elem_id": f"{task}-{field.name}",
        "elem_classes": ["field", f"field-{field.widget}"],
    }
    drawn = _BUILDERS[field.widget](task, field, word, common)
    return alone(drawn) if field.widget in _ALONE else drawn


def alone(drawn: Component) -> Component:
    """The component without the frame that Gradio draws around neighbours: each frame costs."""
    drawn.get_expected_parent = lambda: None
    return drawn


def _prompt(task: str, field: Field, word: Word, common: dict[str, Any]) -> Component:
    """The one large box; its hint stands inside while it is empty."""
    return gr.Textbox(
        value="",
        lines=max(field.control.lines, 3),
        max_lines=14,
        max_length=field.max_length,
        placeholder=common["info"],
        **{**common, "info": None},
    )


def _text(task: str, field: Field, word: Word, common: dict[str, Any]) -> Component:
    placeholder = f"{task}.{field.name}.placeholder"
    return gr.Textbox(
        value=field.default or "",
        lines=field.control.lines,
        max_length=field.max_length,
        placeholder=word(placeholder) if i18n.has(placeholder) else None,
        **common,
    )


def _slider(task: str, field: Field, word: Word, common: dict[str, Any]) -> Component:
    return gr.Slider(
        minimum=0 if field.minimum is None else field.minimum,
        maximum=1 if field.maximum is None else field.maximum,
        step=field.step,
        value=field.default,
        buttons=[],
        **common,
    )


def _number(task: str, field: Field, word: Word, common: dict[str, Any]) -> Component:
    return gr.Number(
        value=field.default,
        precision=0 if field.type == "integer" else None,
        minimum=field.minimum,
        maximum=field.maximum,
        step=field.step or 1,
        **common,
    )


def _seed(task: str, field: Field, word: Word, common: dict[str, Any]) -> Component:
    return gr.Number(
        value=None,
        precision=0,
        minimum=field.minimum,
        maximum=field.maximum,
        placeholder=word("ui.seed.random"),
        **common,
    )


def _checkbox(task: str, field: Field, word: Word, common: dict[str, Any]) -> Component:
    return gr.Checkbox(value=bool(field.default), **common)


def _choices(task: str, field: Field, word: Word) -> list[tuple[Any, Any]]:
    keys = {choice: f"{task}.{field.name}.{choice}" for choice in field.choices}
    return [(word(key) if i18n.has(key) else str(choice), choice) for choice, key in keys.items()]


def _radio(task: str, field: Field, word: Word, common: dict[str, Any]) -> Component:
    return gr.Radio(_choices(task, field, word), value=field.default, **common)


def _dropdown(task: str, field: Field, word: Word, common: dict[str, Any]) -> Component:
    return gr.Dropdown(_choices(task, field, word), value=field.default, filterable=False, **common)


def _several(task: str, field: Field, word: Word, common: dict[str, Any]) -> Component:
    """Several of the choices, or texts of one's own where there are none to choose from."""
    return gr.Dropdown(
        _choices(task, field, word),
        value=list(field.default or ()),
        multiselect=True,
        allow_custom_value=not field.choices,
        **common,
    )


def _file(task: str, field: Field, word: Word, common: dict[str, Any]) -> Component:
    """The id of an upload, kept in a box that the page's own drop zone (``studio-upload``) fills."""
    element("studio-upload", task=task, data={"field": field.name})
    return gr.Textbox(value="", **{**common, "elem_classes": ["field", "field-file", "out-of-sight"]})


_ALONE = ("prompt", "seed", "file")
"""Widgets between elements of our own."""

_BUILDERS: dict[str, Callable[[str, Field, Word, dict[str, Any]], Component]] = {
    "prompt": _prompt,
    "textarea": _text,
    "text": _text,
    "slider": _slider,
    "number": _number,
    "seed": _seed,
    "checkbox": _checkbox,
    "radio": _radio,
    "dropdown": _dropdown,
    "several": _several,
    "file": _file,
}
