"""Publish EmojiFlow: python -m aigc_demo.training.emojiflow_export.

Puts the trained parts, with the four-step transformer where there is one, together as a pipeline
in float16 under ``assets/models/emojiflow/``, with the manifest that makes the app offer the model, with
the list of what was held out, the notices of its sources and the card. The card takes its figures from
``figures.json`` of ``emojiflow_eval``; so: export, evaluate, export again. A training state and a published
model are different things: this is the only way from one to the other.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from aigc_demo.tasks.image.e5 import E5TextEncoder
from aigc_demo.tasks.image.flow import EmojiFlowPipeline
from aigc_demo.tasks.image.net import EmojiTransformer, EmojiVAE
from aigc_demo.tasks.image.prior import EmojiPrior
from aigc_demo.training.emojiflow import METADATA
from aigc_demo.training.emojiflow_data import load_emoji, make_split

CARD = """\
# EmojiFlow

Paints small pictures in the manner of emoji from a few words in Chinese or English. Made for this project,
it runs without a network on two processor cores.

- **What it is**: a rectified flow in the latent of a small autoencoder, over the sketch of a prior. Text
  encoder: multilingual-e5-small in 4 bits, vocabulary cut to Chinese and English. Memory: a network that
  reads how likely the words mean each of {things:,} things, of which one is drawn, and {prototype} numbers
  for what each looks like. Transformer: {parameters:.1f} million parameters over {tokens} picture tokens, and
  a second one of the same size that was taught to paint in four steps. Autoencoder: 64x64x3 to 8x8x16.
  Pictures are 64x64; the app enlarges them.
- **What it knows**: the things that have an emoji, in two looks ("flat", "3d"), and eleven colour words. It
  does not know scenes, counts, places in the picture, writing or named people.
- **Trained on**: {trained} emoji pictures by Noto and Fluent, with captions from emojibase and the Unicode
  CLDR; {samples:,} pictures seen in {minutes:.0f} minutes on one or two processor cores.
- **Held out**: {emoji} emoji entirely and {captions:,} captions of the others (`held_out.json`).
- **Licence**: weights MIT; notices of its sources in `NOTICE.txt`.

## Figures

Printed by `python -m aigc_demo.training.emojiflow_eval --count {count}` with {steps} steps and guidance
{guidance}, large matrices in 8 bits as the app runs them; percent unless said otherwise. A picture counts as
recognised if, of all {gallery} emoji, the one asked for is the nearest (top 1) or among the nearest five
(top 5) in features of EfficientNet-Lite0.

| | English | Chinese |
|---|---|---|
| training captions, top 1 | {training_en[top1]} | {training_zh[top1]} |
| training captions, top 5 | {training_en[top5]} | {training_zh[top5]} |
| the same in four steps, top 5 | {fast[training_en][top5]} | {fast[training_zh][top5]} |
| nothing painted over the sketch, top 5 | {sketch[training_en][top5]} | {sketch[training_zh][top5]} |
| held-out captions, any emoji of that caption, top 1 | {held_out_en[top1]} | {held_out_zh[top1]} |
| held-out captions, any emoji of that caption, top 5 | {held_out_en[top5]} | {held_out_zh[top5]} |
| the same in four steps, top 5 | {fast[held_out_en][top5]} | {fast[held_out_zh][top5]} |
| nothing painted over the sketch, top 5 | {sketch[held_out_en][top5]} | {sketch[held_out_zh][top5]} |
| held-out captions, a right thing is the likeliest to the prior | {prior[en][0]} | {prior[zh][0]} |
| unseen emoji, same subcategory, top 1 | {unseen_en[subcategory_top1]} | {unseen_zh[subcategory_top1]} |
| unseen emoji, same subcategory, top 5 | {unseen_en[subcategory_top5]} | {unseen_zh[subcategory_top5]} |
| colour obeyed (60 prompts such as "a blue cat") | {colour_en} | {colour_zh} |

| | |
|---|---|
| real emoji through the autoencoder, top 1 (the ceiling) | {autoencoder[top1]} |
| real emoji through the autoencoder, top 5 (the ceiling) | {autoencoder[top5]} |
| Frechet distance to the training pictures ({painted} painted) | {frechet} |
| the same between the two looks of the real emoji, for scale | {frechet_flat_to_3d} |
| precision / recall (k = 5) | {precision} / {recall} |
| distance to the nearest training picture over that to the second, median | {copy_ratio_median} |
| near copies (ratio under 0.5) | {copies_percent} |

`first_64_seeds.png`: 32 English and 32 Chinese captions drawn at random, seeds 0 to 63, none left out.

## Limits

{limits}

What it paints is decided by the prior, and the prior keeps what it has seen: a known thing in its usual
colour comes out as a near copy of its emoji. What the flow adds is the look, the colour, what lies between
two things and what a picture to start from asks for. Where a caption means nothing to it, it paints something
else with the same confidence. Pictures of people follow the emoji that exist and carry their stereotypes.
"""

GOALS = {"training": 92.0, "held_out": 75.0}
"""Percent in English, among the nearest five."""
BEHIND = 10.0
"""Points that Chinese may lie behind English."""


def goals(figures: dict[str, Any]) -> str:
    """Whether the goals set for this model are reached, in one sentence for each."""
    sentences = []
    for name, goal in GOALS.items():
        english, chinese = (figures[f"{name}_{language}"]["top5"] for language in ("en", "zh"))
        reached = english >= goal and chinese >= english - BEHIND
        what = name.replace("_", "-")
        sentences.append(
            f"The goal of {goal:.0f} % for {what} captions (top 5, Chinese at most {BEHIND:.0f} "
            f"points behind) is {'reached' if reached else 'not reached yet'}."
        )
    return "\n".join(sentences)


def trained_parts(folder: Path) -> EmojiFlowPipeline:
    """The pipeline put together from the parts in the training folder."""
    return EmojiFlowPipeline(
        vae=EmojiVAE.from_pretrained(folder / "vae").eval(),
        text_encoder=E5TextEncoder.from_pretrained(folder / "text_encoder").eval(),
        tokenizer=Tokenizer.from_file(str(folder / "tokenizer" / "tokenizer.json")),
        prior=EmojiPrior.from_pretrained(folder / "prior").eval(),
        transformer=EmojiTransformer.from_pretrained(folder / "flow").eval(),
        transformer_fast=EmojiTransformer.from_pretrained(folder / "fast").eval()
        if (folder / "fast" / "config.json").exists()
        else None,
    )


def write_card(pipeline: EmojiFlowPipeline, folder: Path, out: Path) -> None:
    """Write card.md, known.json, held_out.json and, where there are figures, those and the grid."""
    emoji = load_emoji(folder / "downloads")
    split = make_split(emoji)
    known = [
        {"code": e.code, "category": e.category, "en": e.labels["en"], "zh": e.labels["zh"]}
        for e in emoji
        if e.code not in split.emoji
    ]
    shutil.copy(Path(__file__).with_name("emojiflow_notice.txt"), out / "NOTICE.txt")
    (out / "known.json").write_text(json.dumps(known, ensure_ascii=False, indent=0) + "\n")
    (out / "held_out.json").write_text(json.dumps(split.to_json(), ensure_ascii=False, indent=0) + "\n")
    if not (folder / "figures.json").exists():
        (out / "card.md").write_text("# EmojiFlow\n\nNot examined yet.\n")
        return
    figures: dict[str, Any] = json.loads((folder / "figures.json").read_text())
    metadata = json.loads((folder / "flow" / METADATA).read_text())
    shutil.copy(folder / "flow" / METADATA, out / METADATA)
    prior = json.loads((folder / "prior" / "training.json").read_text())
    card = CARD.format(
        **figures,
        prior=prior,
        things=pipeline.prior.config.things,
        prototype=pipeline.prior.config.prototype_width,
        tokens=(pipeline.transformer.config.side // pipeline.transformer.config.patch) ** 2,
        parameters=sum(p.numel() for p in pipeline.transformer.parameters()) / 1e6,
        trained=sum(len(e.pictures) for e in emoji if e.code not in split.emoji),
        samples=metadata["pictures"],
        minutes=metadata["minutes"],
        emoji=len(split.emoji),
        captions=len(split.captions),
        gallery=len(emoji),
        limits=goals(figures),
    )
    (out / "card.md").write_text(card)
    shutil.copy(folder / "figures.json", out / "figures.json")
    shutil.copy(folder / "first_64_seeds.png", out / "first_64_seeds.png")


def write_manifest(out: Path) -> None:
    """What the app checks before it loads anything: the sha256 of every file that it reads."""
    read = [path for path in sorted(out.rglob("*")) if path.suffix in (".json", ".safetensors")]
    files = {
        path.relative_to(out).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "size": path.stat().st_size,
        }
        for path in read
        if path.name != "manifest.json"
    }
    (out / "manifest.json").write_text(json.dumps({"files": files}, indent=2) + "\n")


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument(
        "--folder", type=Path, default=Path(".training/emojiflow"), help="state and downloads"
    )
    options.add_argument("--out", type=Path, default=Path("assets/models/emojiflow"))
    args = options.parse_args(arguments)

    pipeline = trained_parts(args.folder)
    pipeline.to(dtype=torch.float16)
    pipeline.save_pretrained(args.out)
    write_card(pipeline, args.folder, args.out)
    write_manifest(args.out)
    total = sum(f.stat().st_size for f in args.out.rglob("*") if f.is_file())
    print(f"{args.out}: {total / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
