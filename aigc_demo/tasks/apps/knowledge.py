"""What a customer service knows: prepared answers and the sentences of documents, each with its place.

Knows files' contents as values. Knows nothing of vectors or questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aigc_demo.documents.reading import Section
from aigc_demo.documents.tables import Row
from aigc_demo.language.sentences import sentences

SHORT = 12
"""Characters of a sentence that says too little alone: it stays with the one before."""
MOST_PASSAGES = 10_000
_HEADS = {"question", "questions", "q", "问题", "问", "提问"}


@dataclass(frozen=True)
class Pair:
    """A question with the answer that somebody has prepared for it."""

    question: str
    answer: str


@dataclass(frozen=True)
class Passage:
    """A sentence that can be cited: the document it is in, its heading, its page (0 where there are none)."""

    text: str
    source: str
    heading: str = ""
    page: int = 0

    @property
    def in_context(self) -> str:
        """As it is read for its meaning: what stands above it says what it is about."""
        return f"{self.heading}: {self.text}" if self.heading else self.text


def pairs_of(rows: Sequence[Row]) -> list[Pair]:
    """The pairs in a table's first two columns; a row of headings is none."""
    found = [Pair(row[0], row[1]) for row in rows if len(row) > 1 and row[0] and row[1]]
    return found[1:] if found and found[0].question.lower() in _HEADS else found


def typed_pairs(text: str) -> list[Pair]:
    """The pairs in lines "question = answer"; other lines are none."""
    parted = (line.partition("=") for line in text.splitlines())
    stripped = ((question.strip(), answer.strip()) for question, _, answer in parted)
    return [Pair(question, answer) for question, answer in stripped if question and answer]


def passages_of(sections: Iterable[Section], source: str) -> list[Passage]:
    """The sentences of a document as passages."""
    return [Passage(text, source, one.heading, one.page) for one in sections for text in _pieces(one.text)]


def _pieces(text: str) -> Iterator[str]:
    """Sentences, a very short one together with the one before it."""
    held = ""
    for one in sentences(text):
        if held and len(one.text) < SHORT:
            held += " " * one.text[0].isascii() + one.text
            continue
        if held:
            yield held
        held = one.text
    if held:
        yield held
