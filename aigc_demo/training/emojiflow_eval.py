"""Judge EmojiFlow: python -m aigc_demo.training.emojiflow_eval [--count 1000] [--model ..].

Paints training captions, held-out captions, unseen emoji and colours in both languages through the shipped
pipeline and prints the figures of the model card (``figures.json``), with a grid of the first 64 seeds, not
chosen ones. A picture is recognised by its nearest neighbours among all real emoji, in features of
EfficientNet-Lite0 (Tan and Le 2019; weights Apache-2.0). Knows the data and the pipeline, not the training.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from aigc_demo.tasks.image.flow import FAST_STEPS, EmojiFlowPipeline, drawn
from aigc_demo.tasks.image.quantize import quantize_all_
from aigc_demo.training.checkpoint import Log
from aigc_demo.training.emojiflow_data import (
    COLOURS,
    Emoji,
    Language,
    Split,
    base_captions,
    load_emoji,
    main_colours,
    make_split,
)
from aigc_demo.training.lite_net import LiteNet, in_batches, load_features

Painter = Callable[[list[str], int], Tensor]
"""Prompts and the first seed -> pictures (prompts, 3, 64, 64) in [-1, 1]."""


# ---------------------------------------------------------------------------------------------------------
# Measures


class Gallery:
    """All real pictures with their features; names the emoji nearest to a painted picture."""

    def __init__(self, emoji: list[Emoji], net: LiteNet) -> None:
        self.emoji = emoji
        self.owner = [i for i, e in enumerate(emoji) for _ in e.pictures]
        self.looks = [look for e in emoji for look in e.pictures]
        pixels = np.stack([p for e in emoji for p in e.pictures.values()])
        self.pictures = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1.0
        self.features = in_batches(net, self.pictures)
        self.mean = self.features.mean(0)
        self.directions = F.normalize(self.features - self.mean, dim=-1)

    def nearest(self, features: Tensor, count: int = 5) -> list[list[int]]:
        """For each row the numbers of the ``count`` nearest different emoji, by cosine."""
        order = (F.normalize(features - self.mean, dim=-1) @ self.directions.T).argsort(-1, descending=True)
        nearby = order[:, : 4 * count].tolist()
        return [list(dict.fromkeys(self.owner[i] for i in row))[:count] for row in nearby]


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Distance between Gaussians fitted to two sets of features (Heusel et al. 2017), (count, width) each."""
    a, b = a.double(), b.double()
    cov_a, cov_b = a.T.cov(), b.T.cov()
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    return float((a.mean(0) - b.mean(0)).square().sum() + cov_a.trace() + cov_b.trace() - 2 * cross)


def precision_recall(real: Tensor, result: Tensor, k: int = 5) -> tuple[float, float]:
    """Share of made inside the real manifold, and the reverse (Kynkaanniemi et al. 2019)."""

    def inside(points: Tensor, manifold: Tensor) -> float:
        radius = torch.cdist(manifold, manifold).kthvalue(k + 1, dim=1).values
        return float((torch.cdist(points, manifold) <= radius).any(1).float().mean())

    return inside(result, real), inside(real, result)


def share(hits: list[bool]) -> float:
    """Percent of hits, to a tenth."""
    return round(100 * sum(hits) / max(1, len(hits)), 1)


# ---------------------------------------------------------------------------------------------------------
# Questions


def ask_labels(emoji: list[Emoji], split: Split, language: Language, count: int) -> list[tuple[int, str]]:
    """(emoji number, label) of emoji seen in training, where the label itself was seen."""
    known = [
        (i, e.labels[language])
        for i, e in enumerate(emoji)
        if e.code not in split.emoji and (e.code, e.labels[language]) not in split.captions
    ]
    return random.Random(1).sample(known, min(count, len(known)))


def ask_held_out(emoji: list[Emoji], split: Split, language: Language, count: int) -> list[tuple[int, str]]:
    """(emoji number, caption) of held-out captions of at least two letters."""
    number = {e.code: i for i, e in enumerate(emoji)}
    rows = [(number[code], text) for code, text in sorted(split.captions) if code in number]
    rows = [(i, text) for i, text in rows if text in base_captions(emoji[i], language) and len(text) > 1]
    return random.Random(2).sample(rows, min(count, len(rows)))


THINGS: list[tuple[str, str]] = [
    ("cat", "猫"), ("dog", "狗"), ("car", "汽车"), ("apple", "苹果"), ("heart", "心"), ("fish", "鱼"),
    ("flower", "花"), ("bird", "鸟"), ("hat", "帽子"), ("shoe", "鞋"), ("balloon", "气球"), ("house", "房子"),
]  # fmt: skip


def ask_colours(language: Language) -> list[tuple[str, str]]:
    """(colour, prompt) for every thing in five colours."""
    rows = []
    for english, chinese in THINGS:
        for colour in ("red", "yellow", "green", "blue", "purple"):
            prompt = f"a {colour} {english}" if language == "en" else f"{COLOURS[colour][0]}的{chinese}"
            rows.append((colour, prompt))
    return rows


# ---------------------------------------------------------------------------------------------------------
# The whole examination


def pipeline_painter(
    pipeline: EmojiFlowPipeline, steps: int, guidance: float, batch: int = 32, *, fast: bool = False
) -> Painter:
    """Paint prompts with the seeds first, first + 1, ..."""

    def paint(prompts: list[str], first: int) -> Tensor:
        result = []
        for start in range(0, len(prompts), batch):
            part = prompts[start : start + batch]
            seeds = [torch.Generator().manual_seed(first + start + i) for i in range(len(part))]
            images = pipeline(
                part,
                num_inference_steps=steps,
                guidance_scale=guidance,
                fast=fast,
                generator=seeds,
                output_type="pt",
            ).images
            result.append(images.float() * 2 - 1)
        return torch.cat(result)

    return paint


@torch.no_grad()
def sketch_painter(pipeline: EmojiFlowPipeline, batch: int = 32) -> Painter:
    """Shows the prior's sketches as they are, before any flow has painted over them."""
    config = pipeline.transformer.config

    def paint(prompts: list[str], first: int) -> Tensor:
        result = []
        for start in range(0, len(prompts), batch):
            part = prompts[start : start + batch]
            seeds = [torch.Generator().manual_seed(first + start + i) for i in range(len(part))]
            noise = drawn((len(part), config.latent_channels, config.side, config.side), seeds)
            sketches = pipeline.retrieve(*pipeline.encode_prompt(part, "cpu"), noise)
            result.append(pipeline.decode(sketches[:, : config.latent_channels]))
        return torch.cat(result)

    return paint


def to_uint8(picture: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """(3, 64, 64) in [-1, 1] -> (64, 64, 3) of bytes."""
    array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    array = ((picture.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
    return array


def save_sheet(pictures: Tensor, path: Path, columns: int = 8, scale: int = 2) -> None:
    """Write pictures side by side, row by row."""
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * 64, rows * 64), "white")
    for i, picture in enumerate(pictures):
        sheet.paste(Image.fromarray(to_uint8(picture)), (i % columns * 64, i // columns * 64))
    sheet.resize((sheet.width * scale, sheet.height * scale), Image.Resampling.LANCZOS).save(path)


def recognise(gallery: Gallery, features: Tensor, wanted: list[int]) -> dict[str, float]:
    """Share whose emoji is the nearest, and among the nearest five."""
    rows = gallery.nearest(features)
    pairs = list(zip(rows, wanted, strict=True))
    return {"top1": share([row[0] == w for row, w in pairs]), "top5": share([w in row for row, w in pairs])}


LANGUAGES: tuple[Language, Language] = ("en", "zh")


def recognised(
    paint: Painter, gallery: Gallery, split: Split, net: LiteNet, count: int
) -> tuple[dict[str, object], Tensor]:
    """Figures for training captions and for held-out ones, and the pictures painted for the former."""
    emoji = gallery.emoji
    figures: dict[str, object] = {}
    painted: list[Tensor] = []
    for language in LANGUAGES:
        known = ask_labels(emoji, split, language, count // 2)
        pictures = paint([text for _, text in known], 0)
        painted.append(pictures)
        figures[f"training_{language}"] = recognise(gallery, in_batches(net, pictures), [i for i, _ in known])

        held = ask_held_out(emoji, split, language, count // 4)
        features = in_batches(net, paint([text for _, text in held], 1000))
        carriers = [
            [text in base_captions(emoji[i], language) for i in row]
            for row, (_, text) in zip(gallery.nearest(features), held, strict=True)
        ]
        figures[f"held_out_{language}"] = {
            "top1": share([row[0] for row in carriers]),
            "top5": share([any(row) for row in carriers]),
            "exact_top5": recognise(gallery, features, [i for i, _ in held])["top5"],
        }
    return figures, torch.cat(painted)


def examine(
    paint: Painter, gallery: Gallery, split: Split, net: LiteNet, count: int, folder: Path, log: Log
) -> dict[str, object]:
    """All figures of a painter."""
    emoji = gallery.emoji
    figures, result = recognised(paint, gallery, split, net, count)
    log(f"eval: {figures}")
    for language in LANGUAGES:
        unseen = [i for i, e in enumerate(emoji) if e.code in split.emoji]
        pictures = paint([emoji[i].labels[language] for i in unseen], 2000)
        kinds = [[emoji[j].subcategory for j in row] for row in gallery.nearest(in_batches(net, pictures))]
        wanted = [emoji[i].subcategory for i in unseen]
        figures[f"unseen_{language}"] = {
            "subcategory_top1": share([row[0] == kind for row, kind in zip(kinds, wanted, strict=True)]),
            "subcategory_top5": share([kind in row for row, kind in zip(kinds, wanted, strict=True)]),
        }
        log(f"eval: unseen emoji, {language}: {figures[f'unseen_{language}']}")

        colours = ask_colours(language)
        pictures = paint([text for _, text in colours], 3000)
        save_sheet(pictures, folder / f"colours_{language}.png", columns=10)
        figures[f"colour_{language}"] = share(
            [
                colour in main_colours(to_uint8(p), 0.25)
                for (colour, _), p in zip(colours, pictures, strict=True)
            ]
        )
        log(f"eval: colour obeyed, {language}: {figures[f'colour_{language}']}")

    features = in_batches(net, result)
    trained = torch.tensor([emoji[i].code not in split.emoji for i in gallery.owner])
    real = gallery.features[trained]
    looks = [torch.tensor([look == name for look in gallery.looks]) for name in ("flat", "3d")]
    figures["frechet"] = round(frechet_distance(real, features), 1)
    figures["frechet_flat_to_3d"] = round(frechet_distance(*(gallery.features[m] for m in looks)), 1)
    figures["precision"], figures["recall"] = (round(v, 3) for v in precision_recall(real, features))
    nearest = (
        torch.cdist(result.flatten(1), gallery.pictures[trained].flatten(1)).topk(2, largest=False).values
    )
    ratios = nearest[:, 0] / nearest[:, 1].clamp(min=1e-6)
    figures["copy_ratio_median"] = round(float(ratios.median()), 3)
    figures["copies_percent"] = share((ratios < 0.5).tolist())
    figures["painted"] = len(result)
    return figures


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument(
        "--folder", type=Path, default=Path(".training/emojiflow"), help="state and downloads"
    )
    options.add_argument("--model", type=Path, default=Path("assets/models/emojiflow"))
    options.add_argument(
        "--count", type=int, default=1000, help="pictures of training captions, both languages"
    )
    options.add_argument("--steps", type=int, default=20)
    options.add_argument("--guidance", type=float, default=3.0)
    options.add_argument(
        "--fast-only", action="store_true", help="judge the quick painter anew; keep all other figures"
    )
    options.add_argument("--threads", type=int, default=2)
    args = options.parse_args(arguments)

    torch.set_num_threads(args.threads)
    log = Log(args.folder / "log.txt")
    emoji = load_emoji(args.folder / "downloads")
    split = make_split(emoji)
    net = load_features(args.folder / "downloads")
    pipeline = quantize_all_(EmojiFlowPipeline.from_pretrained(args.model))  # as the app runs it
    gallery = Gallery(emoji, net)
    started, file = time.monotonic(), args.folder / "figures.json"
    if args.fast_only:
        figures = json.loads(file.read_text())
    else:
        figures = judged(pipeline, gallery, split, net, args, log)
        figures["sketch"], _ = recognised(sketch_painter(pipeline), gallery, split, net, args.count)
        log(f"eval: sketches alone: {figures['sketch']}")
    if pipeline.transformer_fast is not None:
        quick = pipeline_painter(pipeline, FAST_STEPS, 1.0, fast=True)
        figures["fast"], _ = recognised(quick, gallery, split, net, args.count)
        log(f"eval: in {FAST_STEPS} steps: {figures['fast']}")
    file.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    log(f"eval: {json.dumps(figures)} in {time.monotonic() - started:.0f} s")


def judged(
    pipeline: EmojiFlowPipeline,
    gallery: Gallery,
    split: Split,
    net: LiteNet,
    args: argparse.Namespace,
    log: Log,
) -> dict[str, object]:
    """The figures of the painter of many steps, and of the autoencoder; the sheet of the first seeds."""
    emoji = gallery.emoji
    paint = pipeline_painter(pipeline, args.steps, args.guidance)
    chosen = torch.randperm(len(gallery.pictures), generator=torch.Generator().manual_seed(0))[:400]
    with torch.no_grad():
        redrawn = pipeline.vae(gallery.pictures[chosen]).clamp(-1, 1)
    floor = recognise(gallery, in_batches(net, redrawn), [gallery.owner[i] for i in chosen.tolist()])
    log(f"eval: real emoji through the autoencoder: {floor}")

    known = ask_labels(emoji, split, "en", 32) + ask_labels(emoji, split, "zh", 32)
    save_sheet(paint([text for _, text in known], 0), args.folder / "first_64_seeds.png")
    return {
        "count": args.count,
        "steps": args.steps,
        "guidance": args.guidance,
        "autoencoder": floor,
        **examine(paint, gallery, split, net, args.count, args.folder, log),
    }


if __name__ == "__main__":
    main()
