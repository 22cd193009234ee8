"""Draw our own style images, free of any licence question: run once, results are committed.

    python -m aigc_demo.drawing.images [NAME ...] [--out assets/styles]

Ten small pictures (512 x 512, WebP), each a pure function of its seed: brushes come from
``canvas``, the pictures from ``scenes``, ``patterns`` and ``prints``. Needs
scikit-learn for nearest cells; the app does not.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from aigc_demo.drawing.canvas import finished
from aigc_demo.drawing.patterns import mosaic, paper_cut, porcelain, stained_glass
from aigc_demo.drawing.prints import halftone, pixel
from aigc_demo.drawing.scenes import ink_wash, pointillism, swirling_oil, woodblock_waves
from aigc_demo.settings import ASSETS

PICTURES = {
    "ink_wash": ink_wash,
    "porcelain": porcelain,
    "paper_cut": paper_cut,
    "woodblock_waves": woodblock_waves,
    "mosaic": mosaic,
    "stained_glass": stained_glass,
    "pointillism": pointillism,
    "swirling_oil": swirling_oil,
    "halftone": halftone,
    "pixel": pixel,
}


def main() -> None:
    """Draw the pictures that were named, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[[], *PICTURES], help="by default all")
    parser.add_argument("--out", type=Path, default=ASSETS / "styles")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.names or PICTURES:
        path = options.out / f"{name}.webp"
        finished(PICTURES[name]()).save(path, "WEBP", quality=90, method=6)
        print(f"{path} ({path.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
