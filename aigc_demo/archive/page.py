"""The archive's own page: everything in it, from the files beside it, without server, script or network.

Knows how each kind of file is shown in plain HTML. Knows nothing of stores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from aigc_demo import i18n
from aigc_demo.archive import form
from aigc_demo.catalog import Catalog
from aigc_demo.explain.words import Words
from aigc_demo.types import Language, media, words_first

_BROUGHT = ("before", "control")
"""Roles of outputs that something was made from."""
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


@dataclass(frozen=True)
class Shown:
    """One item as the page shows it: addresses of what is seen, heard and read, and of files to open."""

    id: str
    title: str
    about: str
    starred: bool
    words: tuple[tuple[str, str], ...]
    pictures: tuple[str, ...]
    sounds: tuple[tuple[str, str], ...]
    films: tuple[str, ...]
    texts: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    inside: tuple[Words, ...] = ()


def index_page(
    declared: Catalog,
    items: Iterable[form.Item],
    language: Language,
    inside: Mapping[str, Sequence[Words]] | None = None,
) -> str:
    """The page, whole: its style and everything but the files themselves in one.

    ``inside`` has what was seen inside items, in words, by their ids.
    """
    shown = [
        replace(shown_item(declared, item, language), inside=tuple((inside or {}).get(item.id, ())))
        for item in items
    ]
    return _templates.get_template("index.html").render(
        lang="zh-CN" if language == "zh" else "en",
        items=shown,
        t=lambda key, **values: i18n.t(key, language, **values),
    )


def shown_item(declared: Catalog, item: form.Item, language: Language) -> Shown:
    """What the page tells of one item."""
    spec = declared.find(item.task, item.model)
    controls = spec.params.controls() if spec is not None else {}
    seed = item.params.get("seed")
    key = f"task.{item.task}"
    kind = i18n.t(key, language) if i18n.has(key) else item.task
    about = [kind, spec.name if spec else item.model, f"{item.created:%Y-%m-%d %H:%M} UTC"]
    if seed is not None:
        about.append(f"{i18n.t('share.seed', language)} {seed}")
    results = [file for file in item.outputs if file.meta.get("role") not in _BROUGHT]
    sheet = next((file for file in results if file.media_type == "image/svg+xml"), None)
    return Shown(
        id=item.id,
        title=item.title or kind,
        about=" · ".join(about),
        starred=item.starred,
        words=tuple(
            (i18n.label(item.task, name, language), text)
            for name in words_first(controls)
            if isinstance(text := item.params.get(name), str) and text.strip() and text != item.title
        ),
        pictures=tuple(
            form.place(item.id, file.name) for file in results if file.kind == "image" or file is sheet
        ),
        sounds=tuple(
            (form.place(item.id, file.name), file.media_type)
            for file in results
            if file.media_type in ("audio/ogg", "audio/wav")
        )[:1],
        films=tuple(form.place(item.id, file.name) for file in results if file.kind == "video"),
        texts=tuple(file.text for file in results if file.kind == "text" and file.text),
        files=tuple(
            (form.place(item.id, file.name), _called(file.name, file.media_type))
            for file in results
            if media.of_type(file.media_type).taken_away
            and (file is sheet or file.media_type != "image/svg+xml")
        ),
    )


def _called(name: str, media_type: str) -> str:
    """What people call a file's type."""
    row = media.of_type(media_type)
    return row.title or name.rpartition(".")[2].upper()
