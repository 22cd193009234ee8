"""How a shared item is shown and previewed by the kinds of its files, where its task says nothing better.

Knows media types and the facts that every task writes beside its files. Knows no page and no task.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markupsafe import Markup

from aigc_demo.pictures import card as cards
from aigc_demo.types import Job, Kind, SharedItem, StoredOutput, media

if TYPE_CHECKING:
    from PIL.Image import Image

_BROUGHT = ("before", "control")
"""Roles of outputs that an item was made from."""
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
_MARKDOWN.disable(["link", "autolink", "image", "reference"])
"""A model's text is shown as it is laid out; it links nowhere and shows no picture from anywhere."""


def is_result(output: StoredOutput) -> bool:
    """Whether it was made, and is not what something was made from."""
    return output.meta.get("role") not in _BROUGHT


def label(output: StoredOutput) -> str:
    """What people call its type."""
    row = media.of_type(output.media_type)
    return row.title or row.suffix.upper()


def size(output: StoredOutput) -> tuple[int, int]:
    """Width and height in pixels; 0 where they are not known."""
    sizes = [output.meta.get(name) for name in ("width", "height")]
    width, height = (size if isinstance(size, int) and size > 0 else 0 for size in sizes)
    return (width, height) if width and height else (0, 0)


def taken_away(job: Job) -> list[StoredOutput]:
    """What a reader may want on their own disk: of several drawings the first, the others are its pages."""
    wanted = [one for one in job.outputs if is_result(one) and media.of_type(one.media_type).taken_away]
    sheets = [one for one in wanted if one.media_type == "image/svg+xml"]
    return [one for one in wanted if one not in sheets[1:]]


def playable(job: Job) -> list[StoredOutput]:
    """Sounds and films that a browser plays, the best of each kind for passing on last."""
    found = [one for one in job.outputs if one.kind in ("audio", "video") or one.media_type == "audio/ogg"]
    plays = [one for one in found if is_result(one) and media.of_type(one.media_type).inline]
    return sorted(plays, key=lambda one: one.media_type == "audio/ogg")


def _texts(item: SharedItem) -> dict[str, Any]:
    texts = [one.text or "" for one in item.job.outputs if one.kind == "text"]
    return {"texts": [Markup(_MARKDOWN.render(text)) for text in texts]}  # noqa: S704 - it escapes all HTML


def _pictures(item: SharedItem) -> dict[str, Any]:
    pictures = [one for one in item.job.outputs if one.kind == "image" and is_result(one)]
    shown: list[dict[str, Any]] = []
    for one in pictures:
        width, height = size(one)
        shown.append({"address": item.address(one), "width": width, "height": height})
    columns = math.ceil(math.sqrt(len(shown))) or 1
    rows = math.ceil(len(shown) / columns) or 1
    view: dict[str, Any] = {"pictures": shown, "columns": columns, "rows": rows}
    if shown and shown[0]["width"]:
        view |= {"width": shown[0]["width"] * columns, "height": shown[0]["height"] * rows}
    return view


def _sources(kind: Kind) -> Callable[[SharedItem], dict[str, Any]]:
    def view(item: SharedItem) -> dict[str, Any]:
        found = [one for one in item.job.outputs if one.kind == kind]
        return {"sources": [(item.address(one), one.media_type) for one in found]}

    return view


VIEWS: Mapping[Kind, Callable[[SharedItem], dict[str, Any]]] = {
    "text": _texts,
    "image": _pictures,
    "audio": _sources("audio"),
    "video": _sources("video"),
    "file": lambda _: {},
}
"""What the template ``kind-<kind>.html`` is filled with."""


def card(item: SharedItem, read: Callable[[str], bytes]) -> Image:
    """A picture of the first output that one can be drawn of, else of the title; ``read`` files by name."""
    pictures = [one.name for one in item.job.outputs if one.kind == "image" and is_result(one)]
    for one in filter(is_result, item.job.outputs):
        try:
            if one.kind == "image":
                return cards.of_pictures([read(name) for name in pictures[:3]])
            if one.kind == "video":
                return cards.of_film(read(one.name))
        except (OSError, ValueError):
            continue
        if one.kind == "text" and one.text:
            return cards.of_text(one.text, item.title)
        if one.kind == "audio":
            return cards.of_sound(list(one.meta.get("peaks") or ()), item.title)
    return cards.of_text(item.title)
