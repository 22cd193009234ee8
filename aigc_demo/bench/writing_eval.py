"""Judge answers: python -m aigc_demo.bench.writing_eval [--requests N] [--read FILE].

Puts the hundred requests of ``writing_requests.txt`` to the model that comes along, once each, in the ways of
``WAYS``, and prints which share of what is shown loops and which share ends properly. ``--read`` keeps the
answers that a visitor would see, unchosen, to be read.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from aigc_demo.engine.pool import ModelPool
from aigc_demo.settings import Settings
from aigc_demo.tasks.text.models import SMOLLM2_135M
from aigc_demo.tasks.text.params import DraftedParams
from aigc_demo.tasks.text.reading import repeated
from aigc_demo.tasks.text.scoring import ends_properly
from aigc_demo.types import Output

REQUESTS = Path(__file__).parent / "writing_requests.txt"
WAYS: Mapping[str, Mapping[str, Any]] = {
    "one draft, repetition left alone": {"drafts": 1, "repetition_penalty": 1.0},
    "one draft": {"drafts": 1},
    "as shown: the best of three": {},
}
TOGETHER = 4
"""Requests at once, in one batch: an answer does not depend on its company."""
OFTEN = 2
"""A line or a sentence that stands there more often is a loop."""


def main() -> None:
    """Answer, judge and tell."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--requests", type=int, default=100)
    given.add_argument("--read", type=Path)
    options = given.parse_args()
    requests = REQUESTS.read_text("utf-8").splitlines()[: options.requests]
    with ModelPool(Settings(memory_gb=4.0)).lease(SMOLLM2_135M) as lease:
        print("| way | loops | ends properly |\n|---|---|---|")
        for name, way in WAYS.items():
            answers = answered(lease.pipeline, requests, way)
            print(f"| {name} | {share(answers, loops):.0%} | {share(answers, ends):.0%} |", flush=True)
    if options.read:
        texts = (f"## {asked}\n\n{made.text}\n" for asked, made in zip(requests, answers, strict=True))
        options.read.write_text("\n".join(texts), "utf-8")


def answered(pipeline: Any, requests: Sequence[str], way: Mapping[str, Any]) -> list[Output]:
    """An answer to each, with the model's own settings but for ``way``; the seed is its number."""

    def one(number: int) -> Output:
        params = DraftedParams(**{**SMOLLM2_135M.defaults, "prompt": requests[number], "seed": number, **way})
        (output,) = pipeline(params, lambda event: None)
        return output

    with ThreadPoolExecutor(TOGETHER) as threads:
        return list(threads.map(one, range(len(requests))))


def loops(made: Output) -> bool:
    """Whether a text was stopped for saying the same for ever, or says something three times."""
    return made.meta["finish_reason"] == "loop" or repeated(made.text or "") > OFTEN


def ends(made: Output) -> bool:
    """Whether a text is whole: its model ended it, or its last sentence is one."""
    return made.meta["finish_reason"] == "stop" or ends_properly(made.text or "")


def share(answers: Sequence[Output], holds: Any) -> float:
    """Of how many of them it holds."""
    return sum(holds(one) for one in answers) / len(answers)


if __name__ == "__main__":
    main()
