"""Entities as a list by kind, and where each stands. Knows the analyser of Chinese; imports no torch."""

from __future__ import annotations

from collections.abc import Sequence

from aigc_demo import i18n
from aigc_demo.language.entities import KINDS, Analyser, Entity, entities
from aigc_demo.language.lexical import LexicalAnalyser
from aigc_demo.language.sentences import language_of
from aigc_demo.tasks.entities import EntitiesParams
from aigc_demo.types import Emit, LoadContext, Output, Progress


def load(context: LoadContext) -> Marker:
    """With LAC's files."""
    return Marker(LexicalAnalyser(context.path))


class Marker:
    """Marks texts.

    Args:
        analyser: tells the words of Chinese and what each is.
    """

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = analyser

    def __call__(self, params: EntitiesParams, emit: Emit) -> tuple[Output, ...]:
        """The entities by kind, in the language of the text."""
        emit(Progress(0, 1))
        found = entities(params.prompt, self._analyser)
        told = {"entities": [[one.start, one.end, one.kind] for one in found]}
        text = _listed(params.prompt, found)
        return (Output("text", "text.txt", "text/plain; charset=utf-8", text=text, meta=told),)


def _listed(text: str, found: Sequence[Entity]) -> str:
    """A line for each kind that there is, each entity once."""
    language = language_of(text)
    between = "、" if language == "zh" else ", "
    lines = []
    for kind in KINDS:
        said = dict.fromkeys(text[one.start : one.end] for one in found if one.kind == kind)
        if said:
            name = i18n.t(f"text.entities.{kind}", language)
            lines.append(f"{name}{'：' if language == 'zh' else ': '}{between.join(said)}")
    return "\n\n".join(lines) or i18n.t("text.entities.none", language)
