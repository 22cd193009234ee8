"""Restyling with the diffusion models of the Hub: a photo repainted to a style's words or picture.

Knows diffusers' image-to-image pipelines and how their steps become events. Weights are safetensors
only, and nothing that came with them is run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from diffusers import AutoPipelineForImage2Image
from PIL import Image

from aigc_demo.pictures.picture import Picture, keep_colours
from aigc_demo.pictures.steps import StepProgress, image_output
from aigc_demo.tasks.style import styles
from aigc_demo.tasks.style.pipeline import content_of, parts_for
from aigc_demo.tasks.style.style_bank import StyleBank
from aigc_demo.types import Emit, LoadContext, Output

if TYPE_CHECKING:
    from aigc_demo.tasks.style.params import RepaintParams

STYLE_ONLY = {"up": {"block_0": [0.0, 1.0, 0.0]}}
"""Of an SDXL IP-Adapter, the one attention layer that carries manner and not content (InstantStyle 2024)."""

GRID = 8
"""Sides are multiples of the autoencoder's scale."""


def turbo(context: LoadContext) -> Repaint:
    """SD-Turbo and SDXL-Turbo: one to four steps, no guidance, the style as words."""
    return Repaint(load_pipeline(context), StyleBank(), with_picture=False)


def ip_adapter(context: LoadContext) -> Repaint:
    """SDXL with an IP-Adapter that looks at a style picture, scaled to take its manner only.

    The adapter is the model's extra of that name; options say where in it what is: the ``subfolder`` and
    ``weight``, and ``encoder``, the folder of its image encoder there.
    """
    pipe = load_pipeline(context)
    options = context.spec.options
    pipe.load_ip_adapter(
        str(context.extras["adapter"]),
        subfolder=options["subfolder"],
        weight_name=options["weight"],
        image_encoder_folder=options["encoder"],
        local_files_only=True,
    )
    pipe.set_ip_adapter_scale(options.get("scale", STYLE_ONLY))
    return Repaint(pipe, StyleBank(), with_picture=True)


def load_pipeline(context: LoadContext) -> Any:
    """The pipeline from its folder, where the placement says."""
    place = context.placement
    pipe = AutoPipelineForImage2Image.from_pretrained(
        str(context.path),
        torch_dtype=getattr(torch, place.dtype),
        use_safetensors=True,
        local_files_only=True,
        safety_checker=None,
        variant="fp16" if half_only(context.path) else None,
    )
    pipe.set_progress_bar_config(disable=True)
    if place.policy == "gpu_small":
        pipe.enable_model_cpu_offload(device=place.device)
        return pipe
    return pipe.to(place.device)


def half_only(folder: Path) -> bool:
    """Whether the folder holds only the weights in half precision, which have a name of their own."""
    names = [path.name for path in folder.rglob("*.safetensors")]
    return bool(names) and all(".fp16." in name for name in names)


class Repaint:
    """Image-to-image: ``strength`` decides how far from the photo it may go."""

    def __init__(self, pipe: Any, bank: StyleBank, *, with_picture: bool) -> None:
        self._pipe, self._bank, self._with_picture = pipe, bank, with_picture

    def __call__(self, params: RepaintParams, emit: Emit) -> tuple[Output, ...]:
        """Repaint the content."""
        began = time.perf_counter()
        content = on_grid(content_of(params, params.size))
        strength = max(0.05, params.strength)
        total = max(params.steps, int(1 / strength + 0.999))  # at least one step is left of the schedule
        steps = StepProgress(emit, max(1, int(total * strength)))
        with torch.inference_mode():
            styled: Image.Image = self._pipe(
                prompt=params.prompt.strip() or ", ".join(styles.words(p.style) for p in parts_for(params)),
                image=content.image,
                strength=strength,
                num_inference_steps=total,
                guidance_scale=0.0,
                generator=torch.Generator().manual_seed(params.seed or 0),
                callback_on_step_end=_counted(steps),
                **self._style_picture(params),
            ).images[0]
        styled = styled.resize(content.size, Image.Resampling.LANCZOS)
        if params.keep_colours:
            styled = keep_colours(styled, content.image)
        return (image_output(styled, content, seconds=round(time.perf_counter() - began, 1)),)

    def _style_picture(self, params: RepaintParams) -> dict[str, Any]:
        if not self._with_picture:
            return {}
        part = max(parts_for(params), key=lambda part: part.share)
        return {"ip_adapter_image": self._bank.picture(part.style, params.style_image)}


def _counted(steps: StepProgress) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    def on_step(_pipe: Any, index: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        steps.step(min(index + 1, steps.total))
        return tensors

    return on_step


def on_grid(picture: Picture) -> Picture:
    """The picture with sides that the autoencoder can halve three times."""
    width, height = (max(GRID * 8, round(side / GRID) * GRID) for side in picture.size)
    alpha = picture.alpha.resize((width, height)) if picture.alpha else None
    return Picture(picture.image.resize((width, height), Image.Resampling.LANCZOS), alpha, picture.profile)
