"""The diffusion models of the Hub, and the owner's own, behind the same form as ours.

Knows diffusers' pipelines by what their calls accept, and how their steps become events. How they are
loaded and placed is :mod:`loading`'s business.
"""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers import AutoPipelineForImage2Image, AutoPipelineForInpainting, AutoPipelineForText2Image
from PIL import Image

from aigc_demo.pictures.steps import StepProgress, image_output
from aigc_demo.tasks.image import loras, sheets
from aigc_demo.tasks.image.canvas import edges, read, read_mask
from aigc_demo.tasks.image.latent_preview import LatentPreview
from aigc_demo.tasks.image.loading import OWN_LORA, configure_offload, control_net, load_pipeline
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.tasks.image.prompts import words_for
from aigc_demo.types import (
    MAX_SEED,
    Emit,
    LoadContext,
    ModelSpec,
    Output,
    Placement,
    UserError,
    says_something,
)

GRID = 16
"""Sides are multiples of this: most autoencoders, and patches of two, divide it."""
COARSE_GRID = 32
"""What Sana's autoencoder asks for."""
BINNED = 512 * 512
"""Models that paint in a list of sizes only, and scale, do so from this many pixels on."""
PREVIEW_SECONDS = 0.4

SAMPLERS = {
    "euler": "EulerDiscreteScheduler",
    "euler_ancestral": "EulerAncestralDiscreteScheduler",
    "dpm": "DPMSolverMultistepScheduler",
    "unipc": "UniPCMultistepScheduler",
    "ddim": "DDIMScheduler",
    "lcm": "LCMScheduler",
}
_RELATIVES = {
    ("SanaSprintPipeline", "image_to_image"): "SanaSprintImg2ImgPipeline",
    ("Flux2KleinPipeline", "inpaint"): "Flux2KleinInpaintPipeline",
}
"""Pipelines of one model that diffusers' own tables do not connect."""


def load(context: LoadContext) -> HubPainter:
    """A pipeline of any class, from a folder in diffusers' format."""
    pipe = load_pipeline(context)
    net = control_net(context)
    if net is not None:
        pipe = configure_offload(AutoPipelineForText2Image.from_pipe(pipe, controlnet=net), context.placement)
    return HubPainter(context.spec, pipe, context.placement, context.settings.image_loras)


class HubPainter:
    """One loaded model: its pipeline for words, and those for pictures made of the same parts when needed."""

    def __init__(
        self, spec: ModelSpec, pipe: Any, place: Placement | None = None, lora_folder: Path | None = None
    ) -> None:
        self._spec, self._place, self._loras = spec, place or Placement(), lora_folder
        self._pipes: dict[str, Any] = {"generate": pipe}
        self._fixed = dict(spec.options.get("fixed", {}))
        self._english = "zh" not in spec.languages
        self._latent_preview = LatentPreview(pipe)
        self._scheduler: tuple[Any, dict[str, Any]] = type(pipe.scheduler), dict(pipe.scheduler.config)

    def __call__(self, params: ImageParams, emit: Emit) -> tuple[Output, ...]:
        """Paint what is asked for, one picture after another."""
        began = time.perf_counter()
        params = ImageParams.widen(params).model_copy(update=self._fixed)
        requests = params.cells() if params.effective_action == "grid" else _several(params)
        self._check(requests[0])
        steps = _Count(emit, sum(self._taken(request) for request in requests))
        result, metadata = [], []
        with self._completed(params):
            for request in requests:
                image, one = self._picture(request, steps)
                result.append(image)
                metadata.append(one)
        seconds = round(time.perf_counter() - began, 1)
        if params.effective_action == "grid":
            across, down = params.axes()
            axes = (params.x_axis, across), (params.y_axis, down)
            size = result[0].size
            return (sheets.grid([image.resize(size) for image in result], *axes, metadata, seconds=seconds),)
        outputs = sheets.separate(result, [{**one, "seconds": seconds} for one in metadata])
        if self._controlled:
            found = edges(read(params.control, "control").image)
            return (*outputs, image_output(found, None, "edges.png", role="control"))
        return outputs

    # -- one picture ------------------------------------------------------------------------------

    def _picture(self, request: ImageParams, steps: _Count) -> tuple[Image.Image, dict[str, Any]]:
        kind = _pipeline_kind(request)
        pipe = self._pipe(kind)
        pipe.scheduler = self._fresh_scheduler(request.sampler)
        words = words_for(request, request.seed or 0, english_only=self._english)
        offered, size = self._offered(request, kind)
        offered |= {
            "prompt": words.prompt,
            "negative_prompt": words.negative or None,
            "num_inference_steps": self._asked(request),
            "guidance_scale": request.guidance_scale,
            "strength": request.strength,
            "controlnet_conditioning_scale": request.control_scale,
            "generator": torch.Generator().manual_seed(request.seed or 0),
            "callback_on_step_end": self._follow(steps, size),
        }
        offered["use_resolution_binning"] = size[0] * size[1] >= BINNED
        if request.num_inference_steps != 2:  # Sana-Sprint's own choice is for two steps only
            offered["intermediate_timesteps"] = None
        accepted = _accepted(pipe)
        with torch.inference_mode():
            result: Image.Image = pipe(
                **{name: value for name, value in offered.items() if name in accepted}
            ).images[0]
        steps.finish(self._taken(request), result)
        metadata: dict[str, Any] = {
            "action": request.effective_action,
            "seed": request.seed,
            "prompt": words.prompt,
        }
        metadata |= {
            "num_inference_steps": request.num_inference_steps,
            "guidance_scale": request.guidance_scale,
        }
        return result.convert("RGB"), metadata

    def _offered(self, request: ImageParams, kind: str) -> tuple[dict[str, Any], tuple[int, int]]:
        """Pictures and sizes that this wish brings, and the size of the result."""
        area = request.width * request.height
        if self._controlled:
            control = read(request.control, "control").image
            size = on_grid(control.size, area, self._grid)
            return _sized(size) | {"image": edges(control).resize(size)}, size
        if kind == "generate":
            size = on_grid((request.width, request.height), area, self._grid)
            return _sized(size), size
        picture = read(request.image, "image")
        size = on_grid(picture.size, area, self._grid)
        brought: dict[str, Any] = {"image": picture.image.resize(size, Image.Resampling.LANCZOS)}
        if kind == "inpaint":
            brought["mask_image"] = read_mask(request.mask, picture.size).resize(size)
        return _sized(size) | brought, size

    def _follow(self, steps: _Count, size: tuple[int, int]) -> Any:
        def on_step(_pipe: Any, index: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            latents = tensors.get("latents")
            steps.step(index + 1, None if latents is None else lambda: self._latent_preview(latents, *size))
            return tensors

        return on_step

    # -- which pipeline ---------------------------------------------------------------------------

    @property
    def _grid(self) -> int:
        return COARSE_GRID if type(self._pipes["generate"]).__name__.startswith("Sana") else GRID

    @property
    def _controlled(self) -> bool:
        return getattr(self._pipes["generate"], "controlnet", None) is not None

    def _pipe(self, kind: str) -> Any:
        """The pipeline for this, of the same parts as the first."""
        if kind not in self._pipes:
            self._pipes[kind] = self._made_from_first(kind)
        return self._pipes[kind]

    def _asked(self, request: ImageParams) -> int:
        """Steps to ask for: where the first ones are skipped, so many that one is left."""
        if not self._skips(request):
            return request.num_inference_steps
        return max(request.num_inference_steps, math.ceil(round(1 / request.strength, 6)))

    def _taken(self, request: ImageParams) -> int:
        """Steps that will be taken."""
        return (
            max(1, int(self._asked(request) * request.strength))
            if self._skips(request)
            else request.num_inference_steps
        )

    def _skips(self, request: ImageParams) -> bool:
        return _pipeline_kind(request) != "generate" and "strength" in _accepted(
            self._pipe(_pipeline_kind(request))
        )

    def _made_from_first(self, kind: str) -> Any:
        first = self._pipes["generate"]
        accepted = _accepted(first)
        wanted = {"image"} if kind == "image_to_image" else {"image", "mask_image"}
        if wanted <= accepted and not (kind == "image_to_image" and "mask_image" in accepted):
            return first  # an editing or an inpainting model: that is all it does
        try:
            if relative := _RELATIVES.get((type(first).__name__, kind)):
                result = getattr(diffusers, relative).from_pipe(first)
            elif kind == "inpaint":
                result = AutoPipelineForInpainting.from_pipe(first)
            else:
                result = AutoPipelineForImage2Image.from_pipe(first)
        except (ValueError, AttributeError) as error:
            raise _cannot(self._spec) from error
        return configure_offload(result, self._place)

    def _check(self, request: ImageParams) -> None:
        """Ask for what is missing before anything is computed."""
        kind = request.effective_action
        if kind in ("interpolate", "upscale"):
            raise _cannot(self._spec)
        accepted = _accepted(self._pipes["generate"])
        needs_mask = kind == "inpaint" or "mask_image" in accepted
        needs_picture = (
            kind in ("image_to_image", "vary") or needs_mask or _only_edits(self._pipes["generate"])
        )
        if self._controlled:
            _require(request.control, "no_control", "image.error.control_needed", "control")
            needs_picture = needs_mask = False
        if needs_picture:
            _require(request.image, "no_picture", "image.error.picture_needed", "image")
        if needs_mask:
            _require(request.mask, "no_mask", "image.error.mask_needed", "mask")
        _require(says_something(request.prompt), "no_prompt", "image.error.no_prompt", "prompt")

    # -- schedulers and LoRAs, for one request each -----------------------------------------------

    def _fresh_scheduler(self, sampler: str) -> Any:
        """A scheduler of this request's own, so that nothing is left of the last one's steps.

        Models that follow a flow have schedulers of their own; another one would not fit them.
        """
        kind, config = self._scheduler
        if sampler and "Flow" not in kind.__name__ and "SCM" not in kind.__name__:
            kind = getattr(diffusers, SAMPLERS[sampler])
        return kind.from_config(config)

    @contextmanager
    def _completed(self, params: ImageParams) -> Iterator[None]:
        """The model with the LoRA that is asked for; without it again afterwards."""
        if not params.lora:
            yield
            return
        pipe, path = self._pipes["generate"], self._lora(params.lora)
        own = [OWN_LORA] if OWN_LORA in _adapters(pipe) else []
        try:
            pipe.load_lora_weights(str(path.parent), weight_name=path.name, adapter_name="chosen")
            pipe.set_adapters([*own, "chosen"], [1.0] * len(own) + [params.lora_scale])
        except (ValueError, RuntimeError, KeyError, AttributeError) as error:
            _forget(pipe, own)
            raise UserError(
                "bad_lora", "image.error.bad_lora", status=422, field="lora", name=params.lora
            ) from error
        try:
            yield
        finally:
            _forget(pipe, own)

    def _lora(self, name: str) -> Path:
        """The owner's file of this name."""
        files = loras.files(self._loras)
        if path := files.get(name.removesuffix(".safetensors")):
            return path
        choices = ", ".join(files) or "-"
        raise UserError(
            "no_such_lora", "image.error.no_such_lora", status=422, field="lora", name=name, choices=choices
        )


class _Count:
    """Steps counted over several pictures; a picture that takes fewer than foreseen is made up for."""

    def __init__(self, emit: Emit, total: int) -> None:
        self._steps = StepProgress(emit, max(1, total), PREVIEW_SECONDS)
        self._before = 0

    def step(self, done: int, picture: Any) -> None:
        """``done`` steps of this picture are done; ``picture`` may have nothing to show."""
        done = min(self._before + done, self._steps.total)
        shown = picture() if picture is not None and self._steps.due(done) else None
        self._steps.step(done, None if shown is None else lambda: shown)

    def finish(self, count: int, image: Image.Image) -> None:
        """A picture of ``count`` steps is finished."""
        self._before += count
        self._steps.step(min(self._before, self._steps.total), lambda: image)


def _several(params: ImageParams) -> list[ImageParams]:
    """The wish once for every picture, with its own seed."""
    first = params.seed or 0
    seeds = [(first + index) % (MAX_SEED + 1) for index in range(params.batch)]
    return [params.model_copy(update={"seed": seed}) for seed in seeds]


def _pipeline_kind(request: ImageParams) -> str:
    """Which kind of pipeline does this: from words, from a picture, or from a picture and a mask."""
    return {"inpaint": "inpaint", "image_to_image": "image_to_image", "vary": "image_to_image"}.get(
        request.effective_action, "generate"
    )


def on_grid(size: tuple[int, int], area: int, grid: int = GRID) -> tuple[int, int]:
    """Sides in about this proportion, multiples of ``grid``, of no more than about ``area`` pixels.

    No side is shorter than 64 pixels; where that makes a very long picture too large, it is shortened.
    """
    scale = min(1.0, (area / (size[0] * size[1])) ** 0.5)
    width, height = (
        min(max(64, round(side * scale / grid) * grid), max(64, area // 32 // grid * grid)) for side in size
    )
    return width, height


def _sized(size: tuple[int, int]) -> dict[str, Any]:
    return {"width": size[0], "height": size[1]}


def _accepted(pipe: Any) -> set[str]:
    return set(inspect.signature(pipe.__call__).parameters)


def _only_edits(pipe: Any) -> bool:
    """Whether the pipeline does nothing without a picture."""
    return "image_guidance_scale" in _accepted(pipe)


def _adapters(pipe: Any) -> set[str]:
    listed = pipe.get_list_adapters() if hasattr(pipe, "get_list_adapters") else {}
    return {name for names in listed.values() for name in names}


def _forget(pipe: Any, own: list[str]) -> None:
    if "chosen" in _adapters(pipe):
        pipe.delete_adapters("chosen")
    if own:
        pipe.set_adapters(own)


def _require(there: object, code: str, key: str, field: str) -> None:
    if not there:
        raise UserError(code, key, status=422, field=field)


def _cannot(spec: ModelSpec) -> UserError:
    return UserError("cannot", "image.error.cannot", status=422, field="action", name=spec.name)
