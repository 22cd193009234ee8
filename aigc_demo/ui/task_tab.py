"""One tab: a request and what becomes of it side by side, earlier results below.

Knows the order of things in a tab, which of them stay at hand where there is little room, and which script
answers which event. Knows nothing of any one task: everything is drawn from its declaration.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.components import Component

from aigc_demo import i18n
from aigc_demo.types import Element, Field, Task
from aigc_demo.ui import form
from aigc_demo.ui.wiring import SILENT, call, element
from aigc_demo.ui.words import name_key, unfit_key

if TYPE_CHECKING:
    from aigc_demo.studio import ModelView


AT_HAND = "at-hand"
"""The class of what a phone shows beside the result; the rest of the form is folded until it is asked for."""


@dataclass(frozen=True)
class Drawn:
    """What a tab's events need: the components in the order of ``names``."""

    task: str
    names: tuple[str, ...]
    components: tuple[Component, ...]
    bridge: gr.HTML
    go: gr.Button
    more: gr.Accordion | None


def draw(page: gr.Blocks, task: Task, views: Sequence[ModelView], word: form.Word) -> None:
    """Draw the tab of one task inside the current Blocks context and connect it."""
    element("studio-exercise", task=task.id)
    with gr.Row(elem_classes="workbench"):
        with gr.Column(elem_classes="wish", min_width=300, scale=5):
            _elements(task, task.above, AT_HAND)
            drawn = _request(task, views, word)
        with gr.Column(elem_classes="outcome", min_width=300, scale=7):
            element("studio-job", task=task.id)
    element("studio-strip", task=task.id)
    _connect(page, drawn)


def _request(task: Task, views: Sequence[ModelView], word: form.Word) -> Drawn:
    found = form.fields(task)
    open_files = [field.name for field in found if _is_open_file(field)]
    given = [
        field
        for field in found
        if field.widget == "prompt" or field.name in open_files or field.control.under in open_files
    ]
    open_fields = [field for field in found if not field.control.folded and field not in given]
    folded = [field for field in found if field not in given and field not in open_fields]
    drawn: dict[str, Component] = {}

    bridge = None
    for field in given:
        drawn[field.name] = form.component(task.id, field, word)
        if field.widget == "prompt":
            element("studio-request", task=task.id, elem_classes=AT_HAND)
        _below(task, field)
        if field.widget == "prompt":
            bridge = _chips(task)
    if bridge is None:
        element("studio-request", task=task.id, elem_classes=AT_HAND)
        bridge = _chips(task)
    with gr.Row(elem_classes=["start", AT_HAND]):
        drawn["model"] = _model_choice(task, views, word)
        with gr.Row(elem_classes="act"):
            element("studio-fold", task=task.id, min_width=0, scale=0)
            go = gr.Button(
                word(go_key(task.id)),
                variant="primary",
                min_width=0,
                elem_id=f"{task.id}-go",
                elem_classes="go",
            )
    element("studio-model", task=task.id)
    for field in open_fields:
        drawn[field.name] = form.component(task.id, field, word)
        _below(task, field)
    more = _more(task, folded, drawn, word) if folded else None
    names = ("model", *(field.name for field in found))
    return Drawn(task.id, names, tuple(drawn[name] for name in names), bridge, go, more)


def go_key(task: str) -> str:
    """The key of what the button says that starts a job of this task."""
    own = f"{task}.go"
    return own if i18n.has(own) else "ui.generate"


def _chips(task: Task) -> gr.HTML:
    """The examples, which are also the bridge by which scripts fill the form."""
    return element("studio-chips", task=task.id, elem_classes=AT_HAND, js_on_load=_bridge_script(task.id))


def _below(task: Task, field: Field) -> None:
    """What stands under a field: the task's own, richer words for a prompt, what this server offers."""
    _elements(task, task.below.get(field.name, ()))
    if field.widget == "prompt" and task.expand_prompt:
        element("studio-prompt-expander", task=task.id)
    if field.name in task.choices:
        _elements(task, [Element("studio-field-choices", {"field": field.name})])


def _elements(task: Task, wanted: Iterable[Element], place: str = "") -> None:
    for one in wanted:
        element(one.tag, task=task.id, data=one.data, elem_classes=place or None)


def _is_open_file(field: Field) -> bool:
    """A file that the wish begins with stands where the prompt would."""
    return field.widget == "file" and not field.control.folded


def _more(task: Task, folded: Sequence[Field], drawn: dict[str, Component], word: form.Word) -> gr.Accordion:
    with gr.Accordion(word("ui.more"), open=False, elem_classes="more") as more:
        element("studio-presets", task=task.id)
        for field in folded:
            if field.widget != "seed":
                drawn[field.name] = form.component(task.id, field, word)
                _below(task, field)
                continue
            with gr.Row(elem_classes="seed-row"):
                drawn[field.name] = form.component(task.id, field, word)
                element("studio-seed-dice", task=task.id, min_width=88, scale=0)
        element("studio-setup-link", task=task.id)
    return more


def _model_choice(task: Task, views: Sequence[ModelView], word: form.Word) -> Component:
    """All models, those that do not fit marked with what they need; the first that fits is chosen."""
    choices: list[tuple[Any, str]] = [(_name(view, word), view.spec.id) for view in views]
    fitting = [view.spec.id for view in views if view.fits is None] or [views[0].spec.id]
    return form.alone(
        gr.Dropdown(
            choices,
            value=fitting[0],
            label=word("ui.model"),
            filterable=False,
            elem_id=f"{task.id}-model",
            elem_classes=["field", "field-model"],
            min_width=180,
            scale=2,
        )
    )


def _name(view: ModelView, word: form.Word) -> Any:
    """The name, in the reader's language where it is made of words; with what is lacking, if anything."""
    if view.fits is not None:
        return word(unfit_key(view.spec.id))
    return word(name_key(view.spec.id)) if i18n.has(name_key(view.spec.id)) else view.spec.name


def _bridge_script(task_id: str) -> str:
    """Lets the scripts put values into the form, and ask what it holds: Gradio's events carry them."""
    connect = f"connect({task_id!r}, () => trigger('apply'), () => trigger('input'))"
    return f"window.studio.then((studio) => studio.{connect});"


def _connect(page: gr.Blocks, drawn: Drawn) -> None:
    task, names, inputs = drawn.task, list(drawn.names), list(drawn.components)
    drawn.go.click(inputs=inputs, js=call("submit", task, names), **SILENT)
    # Not the fields' own change events: Gradio looks through all targets of all events for each component it
    # draws, and through all components for each target of an event that comes.
    drawn.bridge.input(inputs=inputs, js=call("remember", task, names), **SILENT)
    drawn.bridge.apply(outputs=inputs, js=call("fill", task, names), **SILENT)
    page.load(outputs=inputs, js=call("restore", task, names), **SILENT)
    if drawn.more is not None:
        page.load(outputs=[drawn.more], js=call("wasOpen", task), **SILENT)
