"""Publish ShiGPT: python -m aigc_demo.training.shigpt_export.

Writes the trained network in float16 with its tokens, rhymes and the notices of its sources under
``assets/models/shigpt/``; ``shigpt_eval`` finds its figures and writes its card next. A
training state and a published model are different things: this is the only way from one to the other.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import LlamaForCausalLM

from aigc_demo.decoding.prepared import FORMAT_FILE
from aigc_demo.tasks.poems.tokens import BOS, EOS, PAD, Vocabulary
from aigc_demo.training import formats, gpt
from aigc_demo.training.checkpoint import load_state
from aigc_demo.training.shigpt import CONTEXT
from aigc_demo.training.shigpt_card import write_card

LOADED = ("config.json", FORMAT_FILE, "model.safetensors", "rhymes.json", "tokens.json")
"""What the app reads, and so what the manifest vouches for."""


def trained(folder: Path, halfway: bool) -> tuple[LlamaForCausalLM, dict[str, Any]]:
    """The averaged network and facts of its training: finished, or as last saved on the way."""
    if not halfway:
        model = LlamaForCausalLM.from_pretrained(folder / "model", dtype=torch.float32)
        return model, json.loads((folder / "model" / "training.json").read_text("utf-8"))
    state = load_state(folder / "state.pt")
    if state is None:
        raise SystemExit(f"{folder / 'state.pt'} is not there: train first.")
    vocabulary = Vocabulary.load(folder / "tokens.json")
    model = gpt.make_model(gpt.Shape(len(vocabulary), CONTEXT), BOS, EOS, PAD)
    model.load_state_dict(state["model"])
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), state["average"], strict=True):
            parameter.copy_(value)
    step, seen, spent, _ = state["numbers"]
    return model, {"steps": step, "tokens": seen, "minutes": round(spent / 60, 1)}


def export(model: LlamaForCausalLM, metadata: dict[str, Any], folder: Path, out: Path) -> None:
    """Write everything that the app and a reader need."""
    out.mkdir(parents=True, exist_ok=True)
    model.to(torch.float16).save_pretrained(out, safe_serialization=True)
    (out / "generation_config.json").unlink(missing_ok=True)
    for name in ("rhymes.json", "tokens.json"):
        shutil.copy(folder / name, out / name)
    metadata = {**metadata, "parameters": sum(p.numel() for p in model.parameters())}
    (out / "training.json").write_text(json.dumps(metadata) + "\n", "utf-8")
    shutil.copy(Path(__file__).with_name("shigpt_notice.txt"), out / "NOTICE.txt")
    formats.keep(out, "float16")  # its figures are judged in single precision
    (out / "figures.json").unlink(missing_ok=True)  # they were another network's
    write_card(out)
    write_manifest(out)


def write_manifest(out: Path) -> None:
    """Sizes and sha256 sums of what the app reads, by which it checks what it loads."""
    files = {
        name: {
            "sha256": hashlib.sha256((out / name).read_bytes()).hexdigest(),
            "size": (out / name).stat().st_size,
        }
        for name in LOADED
    }
    (out / "manifest.json").write_text(json.dumps({"files": files}, indent=2) + "\n", "utf-8")


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--folder", type=Path, default=Path(".training/shigpt"), help="of the training")
    options.add_argument("--out", type=Path, default=Path("assets/models/shigpt"))
    options.add_argument("--halfway", action="store_true", help="what was last saved, not what was finished")
    args = options.parse_args(arguments)
    model, metadata = trained(args.folder, args.halfway)
    export(model, metadata, args.folder, args.out)
    total = sum(file.stat().st_size for file in args.out.iterdir() if file.is_file())
    print(f"{args.out}: {total / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
