"""Looking inside a restyled picture: what the layers see, how channels go together there, what was traded.

Knows the painters and VGG. Of the fast way the painter's own layers are shown; of the optimised way VGG's, of
photo, style and result beside each other, with a short run on a small copy for the two losses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from aigc_demo.explain import Explanation, Section, pictures, rounded
from aigc_demo.pictures.clips import is_clip
from aigc_demo.pictures.picture import read_picture, to_tensor
from aigc_demo.pictures.steps import StepProgress
from aigc_demo.tasks.style import gatys, styles, vgg
from aigc_demo.tasks.style.pipeline import FastStyle, Learn, Optimise, content_of, parts_for, style_scale
from aigc_demo.types import Emit, StoredItem, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.style.debug import Slowed
    from aigc_demo.tasks.style.net import StyleNet
    from aigc_demo.tasks.style.params import (
        FastStyleParams,
        LearnStyleParams,
        OptimisedStyleParams,
        StyleParams,
    )

MAPS = 4
"""Channels that are shown of a layer: those that answer most strongly."""
SIDE = 192
"""Pixels of the longer side of what is looked at by VGG."""
RUN_SIDE, RUN_STEPS = 112, 24
"""Of the short run that shows the two losses."""
_MAP_SIDE, _GRAM_SIDE = 72, 48

Maps = Mapping[str, Tensor]


def explain_fast(pipeline: FastStyle, params: FastStyleParams, item: StoredItem, emit: Emit) -> Explanation:
    """The painter's layers on the photo.

    Raises:
        UserError: ``not_one_picture`` for a clip, or the sheet of all styles.
    """
    _require_one(params)
    content = content_of(params, min(params.size, 2 * SIDE))
    layer = max(pipeline.bank.layers(params, content.image, from_pictures=pipeline.from_pictures), key=_share)
    steps = StepProgress(emit, 2)
    with torch.inference_mode():
        x = layer.painter.prepared(to_tensor(content.image))
        maps = _watched(layer.painter.net, x, layer.code.to(x.device, torch.float32))
    steps.step(1)
    rows = [
        {"name": name, "channels": value.shape[1], "painter": _cell(value, _strongest(value))}
        for name, value in maps.items()
    ]
    steps.step(2)
    private = ("layers",) if params.content else ()
    return Explanation((Section("layers", {"layers": rows}, private=private),))


def explain_optimised(
    pipeline: Optimise | Learn, params: OptimisedStyleParams | LearnStyleParams, item: StoredItem, emit: Emit
) -> Explanation:
    """VGG's layers on photo, style and result, and the two losses on the way.

    Raises:
        UserError: ``not_one_picture`` for a clip, ``file_missing`` where the result is gone.
    """
    _require_one(params)
    output = item.first("image")
    if output is None or output.name not in item.files:
        raise UserError("file_missing", "error.file_missing", status=404)
    steps = StepProgress(emit, RUN_STEPS + 3)
    network, dtype = pipeline.network, next(pipeline.network.parameters()).dtype
    part = max(parts_for(params), key=lambda part: part.share)
    photo = content_of(params, SIDE).image
    result = read_picture(item.files[output.name], "content").image
    seen: dict[str, Image.Image] = {
        "photo": photo,
        "style": style_scale(pipeline.bank.picture(part.style, params.style_image), SIDE),
        "result": result.resize(photo.size, Image.Resampling.LANCZOS),
    }
    layers = sorted({*vgg.STYLE_LAYERS, vgg.CONTENT_LAYER})
    maps: dict[str, Maps] = {}
    for number, (name, image) in enumerate(seen.items(), 1):
        with torch.no_grad():
            maps[name] = network(_tensor(image, pipeline.device).to(dtype), layers)
        steps.step(number)
    goals = {name: vgg.gram(maps["style"][name]) for name in vgg.STYLE_LAYERS}
    rows = [_row(layer, maps, goals) for layer in layers]
    brought = [name for name, file in (("photo", params.content), ("style", params.style_image)) if file]
    apart = [{name: row.pop(name) for name in brought} for row in rows]
    data = {"layers": rows, **({"brought": apart} if brought else {})}
    kept = Section("layers", data, private=("brought",) if brought else ())
    losses = _losses(pipeline, params, seen, steps)
    return Explanation((kept, losses))


def explain_slowed(pipeline: Slowed, params: StyleParams, item: StoredItem, emit: Emit) -> Explanation:
    """The same of an optimisation for tests."""
    inner: Any = pipeline.pipeline
    return explain_optimised(inner, params, item, pipeline.paused(emit))  # type: ignore[arg-type]


def _require_one(params: StyleParams) -> None:
    if (params.content and is_clip(Path(params.content))) or params.style == styles.EVERY:
        raise UserError("not_one_picture", "error.not_one_picture", status=422)


def _share(layer: Any) -> float:
    return float(layer.share)


# -- layers ---------------------------------------------------------------------------------------


def _watched(net: StyleNet, x: Tensor, code: Tensor) -> dict[str, Tensor]:
    """What goes into each convolution but the first, by the name of the layer that it came out of."""
    residuals = [block[0] for block in net.residual]  # type: ignore[index]
    after: list[tuple[str, nn.Module]] = [("contract 1", net.contract[1]), ("contract 2", net.contract[2])]
    names = ["contract 3", *(f"residual {number}" for number in range(1, len(residuals)))]
    after += list(zip(names, residuals, strict=True))
    after += [
        (f"residual {len(residuals)}", net.expand[0]),
        ("expand 1", net.expand[1]),
        ("expand 2", net.expand[2]),
    ]
    found: dict[str, Tensor] = {}

    def keep(name: str) -> Any:
        def hook(_module: nn.Module, given: tuple[Tensor, ...]) -> None:
            found[name] = given[0].float().cpu()

        return hook

    hooks = [module.register_forward_pre_hook(keep(name)) for name, module in after]
    try:
        net(x, code)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _row(layer: str, maps: Mapping[str, Maps], goals: Mapping[str, Tensor]) -> dict[str, Any]:
    """One layer of VGG: the channels that answer the result most, on all three pictures."""
    channels = _strongest(maps["result"][layer])
    row: dict[str, Any] = {
        "name": layer,
        "channels": maps["result"][layer].shape[1],
        "content": layer == vgg.CONTENT_LAYER,
    }
    for name, found in maps.items():
        cell = _cell(found[layer], channels)
        if layer in goals and name != "style":
            goal = goals[layer]
            off = ((vgg.gram(found[layer]) - goal) ** 2).sum() / (goal**2).sum().clamp_min(1e-6)
            cell["off"] = rounded(float(off))
        if layer == vgg.CONTENT_LAYER and name == "result":
            cell["off"] = rounded(float(vgg.content_loss(found[layer], maps["photo"][layer])))
        row[name] = cell
    return row


def _strongest(maps: Tensor) -> list[int]:
    """The channels of (1, C, H, W) that answer most strongly, by their mean square."""
    answers = maps[0].float().square().mean((1, 2))
    return [int(one) for one in answers.topk(min(MAPS, len(answers))).indices]


def _cell(maps: Tensor, channels: Sequence[int]) -> dict[str, Any]:
    """Some channels as small pictures, and the Gram matrix of all."""
    shown = [_grey(maps[0, channel].float().cpu(), _MAP_SIDE) for channel in channels]
    gram = vgg.gram(maps).cpu()
    return {"maps": [pictures.address(one) for one in shown], "gram": pictures.address(_matrix(gram))}


def _grey(values: Tensor, side: int) -> Image.Image:
    """Numbers (H, W) as a picture, white the largest."""
    values = values - values.amin()
    levels = (255 * values / values.amax().clamp_min(1e-9)).byte().numpy()
    image = Image.fromarray(levels)
    scale = side / max(image.size)
    return image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))


def _matrix(gram: Tensor) -> Image.Image:
    """A Gram matrix (C, C) as a picture of at most 48 squares a side, darker for more."""
    size = min(_GRAM_SIDE, len(gram))
    small = F.adaptive_avg_pool2d(gram.abs()[None, None], size)[0, 0].sqrt()
    levels = (255 - 255 * small / small.amax().clamp_min(1e-9)).byte().numpy()
    return Image.fromarray(levels).resize((2 * _GRAM_SIDE, 2 * _GRAM_SIDE), Image.Resampling.NEAREST)


# -- losses ---------------------------------------------------------------------------------------


def _losses(
    pipeline: Optimise | Learn,
    params: OptimisedStyleParams | LearnStyleParams,
    seen: Mapping[str, Image.Image],
    steps: StepProgress,
) -> Section:
    """A short run with the item's weights on a small copy: the loss of content against that of style."""
    network, dtype = pipeline.network, next(pipeline.network.parameters()).dtype
    scene = _tensor(style_scale(seen["photo"], RUN_SIDE), pipeline.device)
    style = _tensor(style_scale(seen["style"], RUN_SIDE), pipeline.device)
    layers = [*vgg.STYLE_LAYERS, vgg.CONTENT_LAYER]
    goals = gatys.blended(network, [(style, 1.0)])
    with torch.no_grad():
        meant = network(scene.to(dtype), [vgg.CONTENT_LAYER])[vgg.CONTENT_LAYER]
    points: list[dict[str, float]] = []

    def measure(picture: Tensor, step: int) -> None:
        with torch.no_grad():
            maps = network(picture.to(dtype), layers)
            points.append(
                {
                    "step": step,
                    "content": rounded(float(vgg.content_loss(maps[vgg.CONTENT_LAYER], meant))),
                    "style": rounded(float(vgg.style_loss(maps, goals))),
                }
            )

    def report(step: gatys.Step) -> None:
        measure(gatys.resized(step.picture, list(scene.shape[2:])), step.done)
        steps.step(3 + step.done)

    measure(scene, 0)
    recipe = gatys.Recipe(RUN_STEPS, params.content_weight, params.style_weight, params.tv)
    gatys.paint(network, scene, [(style, 1.0)], scene, recipe, report)
    data = {
        "points": points,
        "side": max(scene.shape[2:]),
        "content_weight": params.content_weight,
        "style_weight": params.style_weight,
    }
    return Section("losses", data)


def _tensor(image: Image.Image, device: str) -> Tensor:
    return to_tensor(image)[None].to(device)
