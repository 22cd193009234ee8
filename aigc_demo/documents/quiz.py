"""Exercises with their key, as lines for a sheet and as Moodle's XML.

Knows questions and answers. Knows nothing of where they come from. The form is Moodle's (docs.moodle.org,
Moodle XML format): a question with options is ``multichoice``, any other ``shortanswer``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from aigc_demo.documents.writing import plain

LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class Exercise:
    """A question and its answer, one of the ``options`` where there are any; ``skill`` is what it trains."""

    question: str
    answer: str
    options: tuple[str, ...] = ()
    skill: str = ""

    @property
    def asked(self) -> str:
        """The question with its options below it, each behind a letter."""
        options = (f"{letter}. {option}" for letter, option in zip(LETTERS, self.options, strict=False))
        return "\n".join((self.question, *options))

    @property
    def key(self) -> str:
        """The answer, behind its option's letter."""
        if not self.options:
            return self.answer
        return f"{LETTERS[self.options.index(self.answer)]}. {self.answer}"


def moodle(title: str, exercises: Sequence[Exercise]) -> bytes:
    """A quiz that Moodle's question bank imports, in a category called by its title."""
    place = _text(f"$course$/top/{title}")
    category = f'<question type="category"><category>{place}</category></question>'
    questions = "".join(_question(number, one) for number, one in enumerate(exercises, 1))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>{category}{questions}</quiz>\n'.encode()


def _question(number: int, one: Exercise) -> str:
    if one.options:
        kind = "multichoice"
        told = "<single>true</single><shuffleanswers>true</shuffleanswers>"
        answers = "".join(_answer(option, 100 if option == one.answer else 0) for option in one.options)
    else:
        kind, told = "shortanswer", "<usecase>0</usecase>"
        answers = _answer(one.answer.replace("*", r"\*"), 100)  # a star alone would stand for anything
    name = _text(f"{number:02d} {one.question}"[:200])
    return (
        f'<question type="{kind}"><name>{name}</name>'
        f'<questiontext format="plain_text">{_text(one.question)}</questiontext>'
        f"<defaultgrade>1</defaultgrade>{told}{answers}</question>"
    )


def _answer(text: str, fraction: int) -> str:
    return f'<answer fraction="{fraction}" format="plain_text">{_text(text)}</answer>'


def _text(words: str) -> str:
    return f"<text>{escape(plain(words))}</text>"
