"""The text tab: the form that the parameters draw, with how much was written below its box.

Knows where it stands. The count runs in the browser (``assets/ui/text``), which also draws poems; the drawing
of the form is the page's business: it is asked for by name, as everything below the page asks for what is
above it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from aigc_demo.tasks.text.poems.limits import TITLE_MOST
from aigc_demo.types import Task

_SCRIPT = "window.studio.then(() => import(new URL('assets/ui/text/text.js', document.baseURI).href));"


def draw(page: gr.Blocks, task: Task, offered: Sequence[Any], word: Callable[[str], Any]) -> None:
    """Draw the tab inside the current Blocks context."""
    most = task.params.model_json_schema()["properties"]["prompt"]["maxLength"]
    limits = f'data-most="{most}" data-title="{TITLE_MOST}"'

    def count() -> None:
        element = f'<studio-count data-task="{task.id}" {limits}></studio-count>'
        gr.HTML(element, apply_default_css=False, js_on_load=_SCRIPT)

    importlib.import_module("aigc_demo.ui.task_tab").draw(page, task, offered, word, {"prompt": count})
