"""The example that a tab shows before anybody has asked for one: made as any visitor would.

Knows how a wish is put to the app and what record a page takes. Knows no model and no task.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aigc_demo.settings import ASSETS

PoemRequest = Mapping[str, object]
Report = Mapping[str, Any]


def result(
    task: str, model: str, seed: int, request: PoemRequest, folder: Path | None = None
) -> dict[str, Any]:
    """The report that the command line prints; files come into ``folder``, where one is given."""
    settings = [part for name, value in request.items() for part in ("--set", f"{name}={value}")]
    command = [sys.executable, "-m", "aigc_demo", "generate", task, "--model", model, *settings]
    kept = ["--out", str(folder)] if folder else []
    done = subprocess.run(
        [*command, "--seed", str(seed), *kept, "--json"], check=True, stdout=subprocess.PIPE
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def keep(task: str, report: Report, outputs: Sequence[Report], language: str = "") -> Path:
    """Write the finished item as the page takes it; ``language`` where it is one page's only."""
    item = {
        "showcase": True, "task": task, "model": report["model"], "status": "done", "seed": report["seed"],
        "params": report["params"], "outputs": list(outputs), "starred": False,
    }  # fmt: skip
    name = f"showcase.{language}.json" if language else "showcase.json"
    path = ASSETS / "examples" / task / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(item, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path
