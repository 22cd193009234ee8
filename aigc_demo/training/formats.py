"""In which number format a model of ours runs: the smallest one that writes as well as half precision does.

Judged on what the model says by itself, for nobody's text is at hand for a tune: a format holds if its
perplexity is at most one per cent higher. The choice stands beside the weights, so that every machine with a
compiled step says the same with the same seed.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from aigc_demo.decoding import ContinuousBatcher, compiled, packed
from aigc_demo.decoding.batched_model import Format
from aigc_demo.decoding.calibrate import words_of
from aigc_demo.decoding.format_selection import TOLERANCE, perplexity
from aigc_demo.decoding.native import NativeModel
from aigc_demo.decoding.prepared import FORMAT_FILE

SMALLEST_FIRST: tuple[Format, ...] = ("int4", "blocks8")
TOKENS = 640
"""So many tokens tell two formats apart: the perplexity of both is of the same ones."""


def write(folder: Path) -> Format:
    """Choose a format for the model in a folder of transformers' layout and write it there."""
    found = perplexities(folder)
    chosen: Format = "float16"
    for form in SMALLEST_FIRST:
        if form in found and found[form] <= found["float16"] * TOLERANCE:
            chosen = form
            break
    figures = {form: round(value, 4) for form, value in found.items()}
    keep(folder, chosen, figures)
    return chosen


def keep(folder: Path, form: Format, figures: dict[str, float] | None = None) -> None:
    """Write a choice, and the perplexities it was made by."""
    said = {"format": form, **({"perplexity": figures} if figures else {})}
    (folder / FORMAT_FILE).write_text(json.dumps(said) + "\n", "utf-8")


def perplexities(folder: Path) -> dict[str, float]:
    """Of each format, on the same words of the model's own; nothing where no compiled step takes it."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as room:
        library = compiled.library(Path(room))
        weights = {form: packed.from_folder(folder, form) for form in ("float16", *SMALLEST_FIRST)}
        models = {
            form: NativeModel(each, library)
            for form, each in weights.items()
            if each is not None and library is not None
        }
        if not models:
            return {}
        said = words_of(
            ContinuousBatcher(models["float16"], 1), config["bos_token_id"], config["eos_token_id"], TOKENS
        )
        return {form: perplexity(model, said) for form, model in models.items()}
