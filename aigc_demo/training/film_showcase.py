"""Makes what the tabs Film and Speech show before anybody has asked, and the scenes that films are made of.

Run: ``python -m aigc_demo.training.film_showcase``. It asks through the command line as any visitor would.
Knows no model.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aigc_demo.settings import ASSETS
from aigc_demo.training import showcase

SAMPLES: Mapping[str, tuple[str, int]] = {
    "ride": ("a cat riding a bicycle under the moon", 3),
    "snow": ("three pigs next to a house, a pine tree, it is snowing", 5),
    "sea": ("a sailboat and a whale in the sea, a sun and a cloud, a bird flying over the sailboat", 4),
}
"""Words and seed of each sample."""
FILM = {"sample": "ride", "camera": "still"}
SPEECH = {"text": "Once upon a time, a small cat found a bicycle under the moon."}


def sample(name: str) -> Path:
    """Paint the sample of this name and keep it where films find it."""
    prompt, seed = SAMPLES[name]
    path = ASSETS / "examples" / "film" / f"{name}.png"
    command = [sys.executable, "-m", "aigc_demo", "generate", "image", "--set", f"prompt={prompt}"]
    subprocess.run([*command, "--seed", str(seed), "--out", str(path)], check=True)
    return path


def shown(task: str, model: str, request: Mapping[str, object]) -> Path:
    """Make one item and keep it as what the task's tab shows first."""
    kept = ASSETS / "ui" / task / "showcase"
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        report = showcase.result(task, model, 1, request, Path(folder))
        outputs = []
        for made in report["outputs"]:
            path = Path(made["path"])
            shutil.copyfile(path, kept / path.name)
            entry: dict[str, Any] = {
                "kind": made["kind"],
                "name": path.name,
                "media_type": _TYPES[path.suffix],
                "meta": made["meta"],
                "url": f"assets/ui/{task}/showcase/{path.name}",
            }
            outputs.append(entry)
    return showcase.keep(task, report, outputs)


_TYPES = {".mp4": "video/mp4", ".wav": "audio/wav"}


def main() -> None:
    """Make all of it."""
    for name in SAMPLES:
        print(sample(name))
    print(shown("film", "scene-mover", FILM))
    print(shown("speech", "hibari", SPEECH))


if __name__ == "__main__":
    main()
