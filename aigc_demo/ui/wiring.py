"""How Gradio's components and the page's scripts call one another.

Knows one convention: every event runs in the browser only and calls a function of the module
``assets/ui/page.js``, which the document's head loads as the promise ``window.studio``. Jobs travel over
the HTTP routes, so an event never occupies Gradio's queue and a restart of the server harms nothing.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

SILENT: dict[str, Any] = {
    "fn": None,
    "show_progress": "hidden",
    "queue": False,
    "api_visibility": "private",
}
"""Arguments of an event that stays in the browser."""


def call(function: str, *arguments: Any) -> str:
    """JavaScript that calls an exported function with fixed arguments, then the inputs' values."""
    fixed = json.dumps(list(arguments))
    return f"async (...values) => (await window.studio).{function}(...{fixed}, values)"


def element(tag: str, *, task: str = "", data: Mapping[str, str] | None = None, **options: Any) -> gr.HTML:
    """One of our custom elements in the page; it draws itself and outlives Gradio's updates.

    ``task`` and ``data`` are what it is metrics, as ``data-<name>``.
    """
    metrics = ({"task": task} if task else {}) | dict(data or {})
    attributes = "".join(f' data-{name}="{html.escape(value)}"' for name, value in metrics.items())
    return gr.HTML(
        f"<{tag}{attributes}></{tag}>",
        apply_default_css=False,
        **{"js_on_load": None, **options},
    )
