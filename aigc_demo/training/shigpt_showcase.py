"""Writes the poem that the Chinese page shows before anybody has asked for one, with the model that ships.

Run: ``python -m aigc_demo.training.shigpt_showcase``. It writes through the command line as any visitor would
and puts what came into ``assets/examples/text/showcase.zh.json``. The seed is one of the first ten, taken
because its poem stays with its theme. Knows no model.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from aigc_demo.settings import ASSETS

RECORD = ASSETS / "examples" / "text" / "showcase.zh.json"
WISH: Mapping[str, str] = {"prompt": "秋夜", "form": "七绝"}
SEED = 10
_PASSING = ("tokens_per_second", "company", "lane")
"""What is true of one run on one machine only."""


def written(model: str, seed: int, wish: Mapping[str, str]) -> dict[str, Any]:
    """The report that the command line prints."""
    settings = [part for name, value in wish.items() for part in ("--set", f"{name}={value}")]
    command = [sys.executable, "-m", "aigc_demo", "generate", "text", "--model", model, *settings]
    done = subprocess.run([*command, "--seed", str(seed), "--json"], check=True, capture_output=True)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def record(report: Mapping[str, Any]) -> dict[str, Any]:
    """The finished item as the page takes it."""
    made = report["outputs"][0]
    meta = {name: value for name, value in made["meta"].items() if name not in _PASSING}
    output = {
        "kind": made["kind"], "name": "poem.txt", "media_type": "text/plain; charset=utf-8",
        "text": made["text"], "meta": meta,
    }  # fmt: skip
    return {
        "showcase": True, "task": "text", "model": report["model"], "status": "done", "seed": report["seed"],
        "params": report["params"], "outputs": [output], "starred": False,
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Write it and keep it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="shigpt")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    item = record(written(options.model, options.seed, WISH))
    RECORD.write_text(json.dumps(item, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"{RECORD}: {item['outputs'][0]['text']}")


if __name__ == "__main__":
    main()
