"""Writes the poem that the Chinese page shows before anybody has asked for one, with the model that ships.

Run: ``python -m aigc_demo.training.shigpt_showcase``. It writes through the command line as any visitor would
and puts what came into ``assets/examples/text/showcase.zh.json``. The seed is one of the first ten, taken
because its poem stays with its theme. Knows no model.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from aigc_demo.training import showcase

REQUEST: Mapping[str, str] = {"prompt": "秋夜", "form": "七绝"}
SEED = 10
_PASSING = ("tokens_per_second", "company", "lane")
"""What is true of one run on one machine only."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Write it and keep it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="shigpt")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    report = showcase.result("text", options.model, options.seed, REQUEST)
    poem = report["outputs"][0]
    meta = {name: value for name, value in poem["meta"].items() if name not in _PASSING}
    output = {
        "kind": poem["kind"], "name": "poem.txt", "media_type": "text/plain; charset=utf-8",
        "text": poem["text"], "meta": meta,
    }  # fmt: skip
    print(showcase.keep("text", report, [output], "zh"), poem["text"], sep="\n")


if __name__ == "__main__":
    main()
