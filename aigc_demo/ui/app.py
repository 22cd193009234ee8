"""The page: layout and wiring only.

Knows the order of tabs and Gradio's settings. Knows nothing of any task, model or job: tabs are drawn
from the catalog, and the scripts in ``assets/ui`` talk to the HTTP routes. Imports no torch.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from aigc_demo import i18n
from aigc_demo.types import Language
from aigc_demo.ui import form, history_tab, learn_tab, task_tab
from aigc_demo.ui.document import Document
from aigc_demo.ui.page import describe
from aigc_demo.ui.theme import theme
from aigc_demo.ui.wiring import SILENT, call
from aigc_demo.ui.words import page_words

if TYPE_CHECKING:
    from aigc_demo.studio import ModelView, Studio

__all__ = ["build", "document", "launch_options"]

TITLE = "AIGC Studio"
MASTHEAD = "masthead"


def build(studio: Studio) -> gr.Blocks:
    """The whole page for this studio: one tab a task that has models, then Learn and the history."""
    studio.settings.configure_library_env()
    views = _views(studio)
    taught = {task_id for task_id in views if studio.catalog.task(task_id).lesson}
    tabs_of = {task_id: offered for task_id, offered in views.items() if task_id not in taught}
    word = _words(views)
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(600, 1800)) as page:
        header = gr.HTML(
            _header(studio, i18n.LANGUAGES),
            apply_default_css=False,
            elem_id=MASTHEAD,
            js_on_load="window.studio.then((studio) => studio.connectTabs(() => trigger('apply')));",
        )
        with gr.Tabs(elem_id="tabs") as tabs:
            for task_id, offered in tabs_of.items():
                with gr.Tab(word(form.tab_key(task_id)), id=task_id, render_children=True) as tab:
                    task_tab.draw(page, studio.catalog.task(task_id), offered, word)
                tab.select(js=call("tabShown", task_id), **SILENT)
            with gr.Tab(word("ui.learn"), id="learn", render_children=True) as tab:
                learn_tab.draw()
            tab.select(js=call("tabShown", "learn"), **SILENT)
            with gr.Tab(word("ui.history"), id="history", render_children=True) as tab:
                history_tab.draw()
            tab.select(js=call("tabShown", "history"), **SILENT)
        header.apply(outputs=[tabs], js=call("wantedTab"), **SILENT)
        page.load(outputs=[tabs], js=call("lastTab", [*tabs_of, "learn", "history"]), **SILENT)
    page.queue(api_open=False, max_size=200)
    _let_rest(page)
    return page


def _header(studio: Studio, languages: Sequence[Language]) -> str:
    """The element over the tabs, with what the page's scripts must know."""
    told = html.escape(json.dumps(describe(studio, languages), ensure_ascii=False))
    return f'<studio-header data-page="{told}"></studio-header>'


def _let_rest(page: gr.Blocks) -> None:
    """Have Gradio's queue look for calls as seldom as it does on Windows.

    On other systems it looks a thousand times a second (6.31.0): a twentieth of a core, though nobody
    visits. Only programs' calls go through it, and wait 25 ms more on average.
    """
    page._queue.sleep_when_free = 0.05
    page._queue.progress_update_sleep_when_free = 0.1


def document(studio: Studio, page: gr.Blocks | None) -> Document:
    """What the server hands out in place of Gradio's document of this page."""
    settings = studio.settings
    kinds = [block.get_block_name() for block in page.blocks.values()] if page else []
    scripts = {task_id: studio.catalog.task(task_id).scripts for task_id in _views(studio)}
    scripts["lessons"] = learn_tab.scripts()
    return Document(
        TITLE,
        scripts,
        kinds,
        theme=lambda: getattr(page, "theme_css", "") or "",
        values={MASTHEAD: lambda language: _header(studio, [language])},
        later=learn_tab.told,
        separate=settings.separate_scripts,
        framed=settings.on_space,
    )


def launch_options(studio: Studio) -> dict[str, Any]:
    """Arguments for ``launch`` and ``mount_gradio_app`` alike.

    The style sheet and scripts are not among them: they must stand in the page's head before Gradio's own,
    which only :func:`document` can do, behind the server's middleware.
    """
    return {
        "theme": theme(),
        "i18n": _words(_views(studio)),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "show_error": False,
        "ssr_mode": False,
        "pwa": False,
        "mcp_server": False,
        "allowed_paths": [],
        "blocked_paths": [str(studio.settings.data)],
        "max_file_size": f"{studio.settings.max_body_mb:g}mb",
    }


def _views(studio: Studio) -> dict[str, list[ModelView]]:
    """The models on offer by task, in tab order; a task without any has no tab."""
    views = {task_id: studio.models(task_id) for task_id in studio.catalog.tasks}
    return {task_id: offered for task_id, offered in views.items() if offered}


def _words(views: dict[str, list[ModelView]]) -> gr.I18n:
    offered = [view for group in views.values() for view in group]
    return page_words({view.spec.id: view.fits for view in offered if view.fits is not None})
