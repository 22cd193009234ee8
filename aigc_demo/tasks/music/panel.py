"""The music tab: the form that the parameters draw, with what was understood and a piano below its fields.

Knows where they stand. Both run in the browser (``assets/ui/music``), which also draws the pieces; the
drawing of the form is the page's business: it is asked for by name, as everything below the page asks for
what is above it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import gradio as gr

from aigc_demo.types import Task

_SCRIPT = "window.studio.then(() => import(new URL('assets/ui/music/music.js', document.baseURI).href));"


def draw(page: gr.Blocks, task: Task, offered: Sequence[Any], word: Callable[[str], Any]) -> None:
    """Draw the tab inside the current Blocks context."""
    under = {
        "prompt": partial(_element, "studio-understood", task, _SCRIPT),
        "start": partial(_element, "studio-piano", task, None),
    }
    importlib.import_module("aigc_demo.ui.task_tab").draw(page, task, offered, word, under)


def _element(tag: str, task: Task, script: str | None) -> None:
    gr.HTML(f'<{tag} data-task="{task.id}"></{tag}>', apply_default_css=False, js_on_load=script)
