"""The digits that visitors train on: scikit-learn's copy of the UCI test set, packed into one small file.

    python -m aigc_demo.training.digits_data

The wheel is fetched once by its exact version and sha256 and never installed: the app reads 45 kB of
numbers without scikit-learn. Writes ``assets/data/digits``: the packed pictures, the licence and where they
come from.
"""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path

import numpy as np

from aigc_demo.settings import ASSETS
from aigc_demo.training.packages import Package, fetch, read_zip

WHEEL: Package = (
    "pip",
    "scikit-learn",
    "1.9.1",
    "52a0703bbc07ad27f560fa63fa68e4c54dd735bfbbf65b4dd3c225dc7547b6df",
)
TARGET = ASSETS / "data" / "digits"

README = """# Digits

1,797 handwritten digits of 8 x 8 pixels, each of 17 shades of grey, with their labels. The test set of the
"Optical Recognition of Handwritten Digits" data of E. Alpaydin and C. Kaynak (UCI Machine Learning
Repository, 1998, https://doi.org/10.24432/C50P49), licensed CC BY 4.0, as scikit-learn 1.9.1 (BSD-3-Clause)
distributes it.

Changed here: packed into one array (`digits.npz`, written by `python -m aigc_demo.training.digits_data`).
`pictures` is (1797, 8, 8) of 0 to 16, `labels` (1797,) of 0 to 9, in the order of the original.
"""


def main() -> None:
    """Write the asset."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".training/digits"), help="for the wheel")
    archive = fetch(WHEEL, parser.parse_args().folder)
    rows = np.loadtxt(
        gzip.decompress(read_zip(archive, "datasets/data/digits.csv.gz")).decode().splitlines(),
        delimiter=",",
        dtype=np.uint8,
    )
    TARGET.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(TARGET / "digits.npz", pictures=rows[:, :64].reshape(-1, 8, 8), labels=rows[:, 64])
    (TARGET / "README.md").write_text(README, "utf-8")
    (TARGET / "COPYING-scikit-learn.txt").write_bytes(read_zip(archive, "licenses/COPYING"))


if __name__ == "__main__":
    main()
