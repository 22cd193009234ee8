"""Ship a music model: python -m aigc_demo.training.music_export folkgpt|choralegpt.

Writes half-precision weights, the number format they run in, configuration, vocabulary, notice, card and
manifest to ``assets/models/<id>``. The card's figures are those that ``folk_eval`` and ``chorale_eval`` kept.
Weights that saw Essen's songs are in another folder and cannot be exported.
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
from aigc_demo.tasks.music import chorale_tokens, tokens
from aigc_demo.tasks.music.composer import TOKENS_FILE
from aigc_demo.training import formats

WORDS = {"folkgpt": tokens.WORDS, "choralegpt": chorale_tokens.WORDS}


def figures_of(name: str, folder: Path, model: LlamaForCausalLM) -> dict[str, Any] | None:
    """What the card's blanks are filled with; None where nothing was judged yet."""
    file = folder / "figures.json"
    if not file.exists():
        return None
    found = json.loads(file.read_text())
    trained = json.loads((folder / "model" / "training.json").read_text())
    sides = found["tunes" if name == "folkgpt" else "chorales"]
    ngrams = found["ngram_bits_per_note"]
    order = min(ngrams, key=lambda n: ngrams[n])
    values: dict[str, Any] = {
        "parameters": sum(p.numel() for p in model.parameters()) / 1e6,
        "tokens": trained["tokens"],
        "minutes": trained["minutes"],
        "epochs": trained["tokens"] / found["train_tokens"],
        "train": sides["train"],
        "test": sides["test"],
        "validation": sides["validation"],
        "bits_test": found["bits_per_note"]["test"],
        "bits_validation": found["bits_per_note"]["validation"],
        "bits_ngram": ngrams[order],
        "order": order,
        "valid_raw": found["valid"]["raw"],
        "valid_ruled": found["valid"]["ruled"],
    }
    if name == "choralegpt":
        return values | found["broken"] | {f"valid_{who}": share for who, share in found["valid"].items()}
    return values | {
        "made": found["made"],
        "real": found["real"],
        "whole": found["music21"]["whole"],
        "seeds": found["music21"]["seeds"],
    }


def export(name: str, folder: Path, out: Path) -> None:
    """Everything but the code that reads it."""
    model = LlamaForCausalLM.from_pretrained(folder / "model", dtype=torch.float32)
    values = figures_of(name, folder, model)
    out.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(out, safe_serialization=True)
    (out / "model.safetensors").chmod(0o644)
    (out / "generation_config.json").unlink(missing_ok=True)
    (out / TOKENS_FILE).write_text(json.dumps(list(WORDS[name]), ensure_ascii=False) + "\n")
    here = Path(__file__).parent
    shutil.copyfile(here / f"{name}_notice.txt", out / "NOTICE.txt")
    card = (here / f"{name}_card.txt").read_text("utf-8")
    text = f"# {name}\n\nNot judged yet.\n" if values is None else card.format(**values)
    (out / "card.md").write_text(text)
    if values is not None:
        shutil.copy(folder / "figures.json", out / "figures.json")
    formats.write(out)
    write_manifest(out, ("config.json", FORMAT_FILE, "model.safetensors", TOKENS_FILE))


def write_manifest(out: Path, names: tuple[str, ...]) -> None:
    """What the app checks at first load."""
    files = {
        name: {
            "sha256": hashlib.sha256((out / name).read_bytes()).hexdigest(),
            "size": (out / name).stat().st_size,
        }
        for name in names
    }
    (out / "manifest.json").write_text(json.dumps({"files": files}, indent=2) + "\n")


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", choices=sorted(WORDS))
    parser.add_argument("--folder", type=Path, help="of the training; .training/<model>")
    parser.add_argument("--out", type=Path, help="assets/models/<model>")
    args = parser.parse_args(arguments)
    folder = args.folder or Path(".training") / args.model
    if (folder / "tunes-han.json").exists():
        raise SystemExit("These weights saw songs for non-commercial use only: they are not exported.")
    out = args.out or Path("assets/models") / args.model
    export(args.model, folder, out)
    size = sum(file.stat().st_size for file in out.iterdir())
    print(f"{out}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
