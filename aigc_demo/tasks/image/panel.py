"""The image tab: the form that the parameters draw, and more below some of its fields.

Knows where stand what a model has learnt, what a wish begins with, and the comparison. They run in the
browser (``assets/ui/image``), which also draws the pictures; the drawing of the form is the page's
business: it is asked for by name, as everything below the page asks for what is above it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import gradio as gr

from aigc_demo.types import Task

_SCRIPT = "window.studio.then(() => import(new URL('assets/ui/image/image.js', document.baseURI).href));"


def draw(page: gr.Blocks, task: Task, offered: Sequence[Any], word: Callable[[str], Any]) -> None:
    """Draw the tab inside the current Blocks context."""
    under = {
        "prompt": partial(_element, "studio-known", task, _SCRIPT),
        "image": partial(_element, "studio-start", task, None),
        "batch": partial(_elements, ("studio-axes", "studio-rest"), task),
    }
    importlib.import_module("aigc_demo.ui.task_tab").draw(page, task, offered, word, under)


def _elements(tags: Sequence[str], task: Task) -> None:
    for tag in tags:
        _element(tag, task, None)


def _element(tag: str, task: Task, script: str | None) -> None:
    gr.HTML(f'<{tag} data-task="{task.id}"></{tag}>', apply_default_css=False, js_on_load=script)
