"""The drawn faces that visitors train on: made by facesjs, labelled as they are drawn, packed into one sheet.

    python -m aigc_demo.training.faces_data

Needs Node, npm and ``resvg-py`` (``requirements-train.txt``). ``faces_data.mjs`` beside this file draws the
faces; each label is a coin of its own, so that no two go together. Writes ``assets/data/faces``.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
from pathlib import Path

from PIL import Image

from aigc_demo.settings import ASSETS

COUNT, SEED, SIDE, COLUMNS = 2000, 1, 32, 50
NAMES = ("long_hair", "fair_hair", "glasses", "beard", "smile")
FACE = (12, 62, 188, 238)
"""The head within the drawing at 200 pixels of width."""
TARGET = ASSETS / "data" / "faces"

README = f"""# Faces

{COUNT:,} drawn faces of {SIDE} x {SIDE} pixels on one sheet (`faces.webp`, lossless, {COLUMNS} a row), with
their labels (`labels.json`: `names`, and for each face a row of 0 and 1). They are nobody's: each was put
together by facesjs 5.0.3 (https://github.com/zengm-games/facesjs, Apache-2.0) from drawn parts. Each label is
drawn by a coin of its own, so that long hair, fair hair, glasses, beard and smile go together with nothing,
skin least of all.

Made by `python -m aigc_demo.training.faces_data`. The drawings of facesjs are licensed under Apache-2.0, and
so is this sheet; the text of the licence lies beside it.
"""


def main(arguments: list[str] | None = None) -> None:
    """Draw, shrink, pack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".training/faces"), help="for facesjs")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args(arguments)
    lines = drawn(options.folder, options.count)
    sheet = Image.new("RGB", (COLUMNS * SIDE, -(-len(lines) // COLUMNS) * SIDE), "white")
    for at, line in enumerate(lines):
        sheet.paste(face(line["svg"]), (at % COLUMNS * SIDE, at // COLUMNS * SIDE))
    options.target.mkdir(parents=True, exist_ok=True)
    sheet.save(options.target / "faces.webp", lossless=True, quality=100, method=6, exact=True)
    rows = ["".join(str(int(line["labels"][name])) for name in NAMES) for line in lines]
    labels = {"names": NAMES, "faces": rows}
    (options.target / "labels.json").write_text(json.dumps(labels) + "\n", "utf-8")
    (options.target / "README.md").write_text(README, "utf-8")
    licence = options.folder / "node_modules" / "facesjs" / "LICENSE"
    shutil.copy(licence, options.target / "LICENSE-Apache-2.0.txt")


def drawn(folder: Path, count: int) -> list[dict[str, dict[str, bool]]]:
    """Faces as labels and SVG, from facesjs in ``folder``, installed there if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "facesjs").is_dir():
        (folder / "package.json").write_text('{"private": true, "type": "module"}\n')
        subprocess.run(
            [_found("npm"), "install", "--no-audit", "--no-fund", "--save-exact", "facesjs@5.0.3"],
            cwd=folder,
            check=True,
        )
    script = Path(__file__).with_suffix(".mjs")
    shutil.copy(script, folder / script.name)
    done = subprocess.run(
        [_found("node"), script.name, str(count), str(SEED)], cwd=folder, check=True, capture_output=True
    )
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def _found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise RuntimeError(f"{program} is needed and not installed.")
    return path


def face(svg: object) -> Image.Image:
    """One drawing, cut to the head and shrunk."""
    import resvg_py

    data = bytes(resvg_py.svg_to_bytes(svg_string=str(svg), width=200, background="#ffffff"))
    picture = Image.open(io.BytesIO(data)).convert("RGB").crop(FACE)
    return picture.resize((SIDE, SIDE), Image.Resampling.BOX)


if __name__ == "__main__":
    main()
