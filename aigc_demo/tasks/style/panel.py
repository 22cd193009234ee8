"""The style tab: the gallery of styles above the form that the parameters draw.

Knows which styles and photos there are. The gallery itself runs in the browser
(``assets/ui/style/gallery.js``) and fills the form, whose drawing is the page's business: it is asked for
by name, as everything below the page asks for what is above it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, get_args

import gradio as gr

from aigc_demo.tasks.style.params import Photo
from aigc_demo.tasks.style.styles import OWN, TABLE
from aigc_demo.types import Task

_SCRIPT = "window.studio.then(() => import(new URL('assets/ui/style/gallery.js', document.baseURI).href));"


def draw(page: gr.Blocks, task: Task, offered: Sequence[Any], word: Callable[[str], Any]) -> None:
    """Draw the tab inside the current Blocks context."""
    gr.HTML(
        f'<studio-styles data-task="{task.id}" data-styles="{",".join((*OWN, *TABLE))}" '
        f'data-photos="{",".join(get_args(Photo))}"></studio-styles>',
        apply_default_css=False,
        js_on_load=_SCRIPT,
    )
    importlib.import_module("aigc_demo.ui.task_tab").draw(page, task, offered, word)
