"""How well the customer service answers: ``python -m aigc_demo.training.service_eval``; half a minute.

Asks the sixty questions of ``questions.csv`` about the example documents, at every threshold of the slider,
and writes ``figures.json`` beside them. The thresholds' middle was set on ``calibration.csv``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aigc_demo.documents import tables
from aigc_demo.language.encoder import SentenceEncoder
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.apps.answering import Answer, Service
from aigc_demo.tasks.apps.service import SAMPLE, sample_pairs, sample_passages

THRESHOLDS = tuple(number / 20 for number in range(1, 20))


@dataclass(frozen=True)
class Question:
    """A question, and what stands in a right answer; nothing where it is to be refused."""

    language: str
    kind: str
    text: str
    expected: str

    def right(self, answer: Answer) -> bool:
        """Whether it is answered, and by what it should be."""
        return answer.found != "none" and bool(self.expected) and self.expected in answer.text


def questions() -> list[Question]:
    """The sixty."""
    return [Question(*(*row, "")[:4]) for row in tables.rows(SAMPLE / "questions.csv")[1:]]


def service() -> Service:
    """The customer service over the example documents."""
    encoder = SentenceEncoder(ASSETS / "models" / "emojiflow")
    return Service(encoder, sample_pairs(), sample_passages())


def at(ask: Service, asked: Sequence[Question], threshold: float) -> dict[str, Any]:
    """Counts at one threshold: right answers of those that can be given, refusals of those that should be."""
    answers = [(one, ask(one.text, threshold)) for one in asked]
    known = [(one, answer) for one, answer in answers if one.expected]
    beyond = [answer for one, answer in answers if not one.expected]
    return {
        "threshold": threshold,
        "asked": len(known),
        "right": sum(one.right(answer) for one, answer in known),
        "wrong": sum(answer.found != "none" and not one.right(answer) for one, answer in known),
        "beyond": len(beyond),
        "refused": sum(answer.found == "none" for answer in beyond),
    }


def recall(ask: Service, asked: Sequence[Question], most: int) -> float:
    """The share of questions to documents whose answer is among the first passages."""
    known = [one for one in asked if one.kind == "composed"]
    found = sum(
        any(one.expected in passage.text for passage in ask(one.text).nearest[:most]) for one in known
    )
    return round(found / len(known), 3)


def main() -> dict[str, Any]:
    """Ask all, write the figures."""
    ask, asked = service(), questions()
    figures = {
        "recall_at_1": recall(ask, asked, 1),
        "recall_at_3": recall(ask, asked, 3),
        **{
            f"middle_{language}": at(ask, [one for one in asked if one.language == language], 0.5)
            for language in ("en", "zh")
        },
        "thresholds": [at(ask, asked, threshold) for threshold in THRESHOLDS],
    }
    (SAMPLE / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return figures


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
