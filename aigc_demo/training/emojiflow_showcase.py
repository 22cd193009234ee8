"""Paints the pictures that the Image tab shows before anybody has asked for one, with the model that ships.

Run: ``python -m aigc_demo.training.emojiflow_showcase``. The wishes are of the kind that the model does well;
the seeds are the first ones, not chosen ones. Knows no model.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from aigc_demo.settings import ASSETS
from aigc_demo.training import showcase

FOLDER = ASSETS / "ui" / "image"
PROMPTS = {"en": "fruit", "zh": "动物"}
SEED = 0
BATCH = 4


def main(arguments: Sequence[str] | None = None) -> None:
    """Paint, keep and write down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="emojiflow")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    for language, prompt in PROMPTS.items():
        with tempfile.TemporaryDirectory() as folder:
            request = {"prompt": prompt, "batch": BATCH}
            report = showcase.result("image", options.model, options.seed, request, Path(folder))
            outputs = []
            for number, path in enumerate(sorted(Path(folder).glob("*.png"))):
                kept = FOLDER / f"showcase-{language}-{number + 1}.webp"
                picture = Image.open(path).convert("RGB")
                picture.save(kept, quality=90, method=6)
                metadata = {"width": picture.width, "height": picture.height, "prompt": prompt}
                outputs.append(
                    {
                        "kind": "image",
                        "name": kept.name,
                        "media_type": "image/webp",
                        "url": f"assets/ui/image/{kept.name}",
                        "meta": {**metadata, "seed": options.seed + number, "action": "generate"},
                    }
                )
        print(showcase.keep("image", report, outputs, language))


if __name__ == "__main__":
    main()
