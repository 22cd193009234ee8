"""Finding names in a visitor's sentences with a tagger that they have trained.

Knows lines of text and how found names are shown. The file is read by :mod:`aigc_demo.learning.tags.model`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aigc_demo.learning.tags import model
from aigc_demo.learning.tags.data import cut, spans
from aigc_demo.learning.tags.model import Eyes, TagConfig, Tagger
from aigc_demo.tasks.train_tags import marks
from aigc_demo.types import Emit, LoadContext, Output, Progress

if TYPE_CHECKING:
    from aigc_demo.tasks.train_tags.params import TagParams


def load(context: LoadContext) -> NameFinder:
    """The visitor's tagger from its file."""
    return NameFinder(*model.read(context.path))


class NameFinder:
    """Tags every line of a text."""

    def __init__(self, net: Tagger, config: TagConfig) -> None:
        self._net, self._language, self._eyes = net, config.language, Eyes(config)

    def __call__(self, params: TagParams, emit: Emit) -> tuple[Output, ...]:
        """The text with its names in brackets, and the names as a list."""
        rows = [cut(line, self._language) for line in params.prompt.splitlines()]
        emit(Progress(0, len(rows)))
        found = model.tagged(self._net, self._eyes, rows)
        between = " " if self._language == "en" else ""
        names: list[dict[str, Any]] = [
            {"kind": kind, "name": between.join(row[first:end])}
            for row, tags in zip(rows, found, strict=True)
            for kind, first, end in spans(tags)
        ]
        text = "\n".join(
            marks.marked(row, tags, self._language) for row, tags in zip(rows, found, strict=True)
        )
        meta = {"names": names[:200], "tokens": sum(map(len, rows))}
        return (Output("text", "text.txt", "text/plain; charset=utf-8", text=text, meta=meta),)
