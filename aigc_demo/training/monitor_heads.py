"""The monitor's heads: ``python -m aigc_demo.training.monitor_heads``; a minute on two cores.

Learns sentiment and topic from texts put together from templates (``tasks/apps/templates.py``), judges them
on templates that were held out and on sentences written by hand, and writes heads, figures and manifest.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aigc_demo.documents import tables
from aigc_demo.language.encoder import SentenceEncoder
from aigc_demo.language.linear_head import LinearHead, report, train
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.apps import sentiment, templates

FOLDER = ASSETS / "models" / "monitor"
BY_HAND = ASSETS / "examples" / "apps" / "monitor" / "by_hand.csv"


def main(folder: Path = FOLDER) -> dict[str, Any]:
    """Train, judge, write; the figures."""
    encoder = SentenceEncoder(ASSETS / "models" / "emojiflow")
    learnt, held = list(templates.examples(held_out=False)), list(templates.examples(held_out=True))
    vectors = encoder([one.text for one in learnt])
    heads = {
        "sentiment": train(vectors, [one.sentiment for one in learnt], classes=templates.SENTIMENTS),
        "topic": train(vectors, [one.topic for one in learnt], classes=templates.TOPICS),
    }
    sentiment.save(heads, folder)
    figures = {
        "learnt_from": len(learnt),
        "held_out_templates": _judged(heads, encoder, [(one.text, one.sentiment, one.topic) for one in held]),
        "by_hand": _judged(heads, encoder, by_hand()),
    }
    (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    _manifest(folder)
    return figures


def by_hand() -> list[tuple[str, str, str]]:
    """Sentences written by hand: text, sentiment, topic."""
    return [(text, mood, topic) for text, mood, topic in tables.rows(BY_HAND)[1:]]


def _judged(
    heads: dict[str, LinearHead], encoder: SentenceEncoder, texts: list[tuple[str, str, str]]
) -> dict[str, Any]:
    vectors = encoder([text for text, _, _ in texts])
    truth = {"sentiment": [one[1] for one in texts], "topic": [one[2] for one in texts]}
    return {
        name: [asdict(one) for one in report(truth[name], head(vectors), head.classes)]
        for name, head in heads.items()
    }


def _manifest(folder: Path) -> None:
    files = {
        name: {
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
            "size": (folder / name).stat().st_size,
        }
        for name in ("figures.json", sentiment.FILE)
    }
    (folder / "manifest.json").write_text(json.dumps({"files": files}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
