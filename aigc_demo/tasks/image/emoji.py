"""EmojiFlow at work: from a wish to pictures of 256 pixels, with a preview at every step.

Knows what each action means to this model: which pictures are painted, with which noise, from which picture.
The model itself is :mod:`flow`, the enlarging :mod:`upscale`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from aigc_demo.pictures.enlarging import Enlarger
from aigc_demo.pictures.picture import to_image, to_tensor
from aigc_demo.pictures.steps import StepProgress
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.image import sheets
from aigc_demo.tasks.image.canvas import Square, blended, read, read_mask
from aigc_demo.tasks.image.concept_labels import Concept, read_concepts
from aigc_demo.tasks.image.flow import FAST_STEPS, EmojiFlowPipeline, StepCallback, sigmas_for
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.tasks.image.prior import sampled_rows, uniform_from_noise
from aigc_demo.tasks.image.prior_reading import LEAST_ENERGY, PriorReader
from aigc_demo.tasks.image.prompts import with_look, words_for
from aigc_demo.tasks.image.quantize import quantize_
from aigc_demo.tasks.image.scene.painter import ScenePainter
from aigc_demo.tasks.image.scene.settled import Understood
from aigc_demo.tasks.image.upscale import Upscale
from aigc_demo.types import MAX_SEED, Emit, LoadContext, Output, Reading, UserError, says_something

SCALE = 4
FRAMES = 8
"""Frames of a walk where the wish names no number."""
PREVIEW_SECONDS = 0.2
TEXTS = 32
"""Texts whose reading is kept: a batch, and a second try, read their words once."""


def load(context: LoadContext) -> EmojiFlow:
    """The pipeline from its folder, and the upscaler beside it."""
    device, dtype = context.placement.device, getattr(torch, context.placement.dtype)
    pipe = EmojiFlowPipeline.from_pretrained(
        context.path, dtype, lambda network: quantize_(network.to(device))
    )
    pipe.vae.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    enlarger = Enlarger(ASSETS / "models" / "upscale", device)
    return EmojiFlow(pipe, enlarger, read_concepts(context.path / "known.json"))


# -- what is to be painted ------------------------------------------------------------------------


@dataclass(frozen=True)
class Shot:
    """One picture to be painted: its words, its noise (1, channels, side, side) and its facts.

    ``embeds`` and ``retrieved`` stand for the words, and for what they bring to mind, where those lie between
    two pictures.
    """

    prompt: str
    negative: str
    noise: Tensor
    metadata: dict[str, Any]
    embeds: tuple[Tensor, Tensor] | None = None
    retrieved: Tensor | None = None


@dataclass(frozen=True)
class Recipe:
    """How a shot is painted.

    ``image`` (1, 3, 64, 64) in [-1, 1] is where to start from, ``mask`` (1, 1, 64, 64) what of it to change.
    """

    steps: int
    guidance: float
    strength: float = 1.0
    image: Tensor | None = None
    mask: Tensor | None = None
    fast: bool = False

    @property
    def count(self) -> int:
        """Steps that will be taken."""
        return len(sigmas_for(self.steps, self.strength if self.image is not None else 1.0, fast=self.fast))


Part = tuple[Recipe, list[Shot]]


class EmojiFlow:
    """The model ready for wishes; outputs have ``SCALE`` times the side that it paints at."""

    def __init__(
        self,
        pipe: EmojiFlowPipeline,
        enlarger: Enlarger,
        names: Sequence[Concept] = (),
        least_energy: float = LEAST_ENERGY,
    ) -> None:
        self.pipe, self._enlarger, self.names = pipe, enlarger, names
        self._reader = PriorReader(pipe, names, least_energy)
        self._scenes = ScenePainter(pipe, enlarger, names, self._reader.meant)
        self.text_of = lru_cache(maxsize=TEXTS)(lambda text: pipe.encode_prompt([text], pipe.device))
        self._side = 8 * pipe.transformer.config.side

    def read(self, values: Mapping[str, Any]) -> Reading | None:
        """What a prompt will become, before it is painted."""
        return self._scenes.before(values) or self._reader.before(values)

    def __call__(self, params: ImageParams, emit: Emit) -> tuple[Output, ...]:
        """Do what is asked for."""
        began = time.perf_counter()
        params = ImageParams.widen(params)
        match params.effective_action:
            case "upscale":
                return Upscale(self._enlarger)(params, emit)
            case "grid":
                return (self._grid(params, emit, began),)
            case "interpolate":
                return self._walk(params, emit, began)
            case "inpaint":
                return self._inpaint(params, emit, began)
            case "image_to_image":
                _require(params.image, "no_picture", "image.error.picture_needed", "image")
            case "vary":
                pass
            case _:
                if (wanted := self._scenes.wanted(params)) or params.scene:
                    return self._staged(params, wanted, emit, began)
                _require_prompt(params)
        given = self._given(params)
        painted, shots = self._painted([self._part(params, given)], emit)
        return sheets.separate(painted, [self._finished(shot, began, given) for shot in shots])

    def _staged(
        self, params: ImageParams, wanted: Understood | None, emit: Emit, began: float
    ) -> tuple[Output, ...]:
        """Scenes, ``batch`` of them."""
        made = [self._scenes(params, wanted, seed, emit, began) for seed in _seeds(params)]
        if len(made) == 1:
            return tuple(made)
        return tuple(replace(one, name=f"scene-{number:02}.png") for number, one in enumerate(made, 1))

    # -- actions ----------------------------------------------------------------------------------

    def _part(self, params: ImageParams, given: Tensor | None) -> Part:
        """Plain pictures, pictures from a picture, and variants: ``batch`` of them."""
        recipe = self._recipe(params, given)
        seeds = _seeds(params)
        if params.effective_action == "vary" and recipe.image is None:
            _require_prompt(params)
            first = self.noise(seeds[0])
            return recipe, [
                self._shot(
                    params, seeds[0], between(first, self.noise(_after(seeds[0], n)), params.strength), n
                )
                for n in range(1, params.batch + 1)
            ]
        return recipe, [self._shot(params, seed, self.noise(seed)) for seed in seeds]

    def _grid(self, params: ImageParams, emit: Emit, began: float) -> Output:
        given = self._given(params)
        parts = [self._part(cell, given) for cell in params.cells()]
        painted, shots = self._painted(parts, emit)
        across, down = params.axes()
        return sheets.grid(
            painted,
            (params.x_axis, across),
            (params.y_axis, down),
            [shot.metadata for shot in shots],
            seconds=round(time.perf_counter() - began, 3),
        )

    def _walk(self, params: ImageParams, emit: Emit, began: float) -> tuple[Output, ...]:
        """From the first prompt and seed to the second in even steps."""
        _require_prompt(params)
        _require(
            params.prompt2.strip() or params.seed2 is not None,
            "no_second",
            "image.error.second_needed",
            "prompt2",
        )
        seed = params.seed or 0
        second_seed = seed if params.seed2 is None else params.seed2
        second = params.model_copy(update={"prompt": params.prompt2 or params.prompt})
        ends = [
            self._shot(params, seed, self.noise(seed)),
            self._shot(second, second_seed, self.noise(second_seed)),
        ]
        texts = [self.text_of(shot.prompt) for shot in ends]
        sketches = [self.pipe.retrieve(*text, shot.noise) for text, shot in zip(texts, ends, strict=True)]
        count = params.batch if params.batch > 2 else FRAMES
        shots = [
            Shot(
                ends[0].prompt,
                ends[0].negative,
                between(ends[0].noise, ends[1].noise, share) if second_seed != seed else ends[0].noise,
                {"place": round(share, 3), "seed": seed},
                mixed(texts[0], texts[1], share),
                torch.lerp(sketches[0], sketches[1], share),
            )
            for share in np.linspace(0, 1, count).tolist()
        ]
        painted, shots = self._painted([(self._recipe(params, None), shots)], emit)
        metadata = {"prompt": ends[0].prompt, "prompt2": ends[1].prompt, "seed": seed, "seed2": second_seed}
        seconds = round(time.perf_counter() - began, 3)
        return sheets.film(painted, [shot.metadata for shot in shots], **metadata, seconds=seconds)

    def _inpaint(self, params: ImageParams, emit: Emit, began: float) -> tuple[Output, ...]:
        """Paint the marked part anew; the rest of the picture, at our size, stays as it is."""
        _require(params.image, "no_picture", "image.error.picture_needed", "image")
        _require(params.mask, "no_mask", "image.error.mask_needed", "mask")
        picture = read(params.image, "image")
        mask = read_mask(params.mask, picture.size)
        large = Square.around(picture.image, self._side * SCALE)
        large_mask = Square.around(mask, self._side * SCALE, 0).image.point(
            lambda value: 255 if value >= 128 else 0
        )
        recipe, shots = self._masked(params, picture.image, mask)
        painted, shots = self._painted([(recipe, shots)], emit)
        whole = [blended(one, large.image, large_mask, 3.0).crop(large.box) for one in painted]
        return sheets.separate(whole, [self._finished(shot, began) for shot in shots])

    def _masked(self, params: ImageParams, picture: Image.Image, mask: Image.Image) -> Part:
        recipe = self._recipe(params, self._pixels(picture), Square.around(mask, self._side, 0).image)
        return recipe, [self._shot(params, seed, self.noise(seed)) for seed in _seeds(params)]

    def first(self, params: ImageParams) -> tuple[Recipe, Shot]:
        """How the first picture of a request is painted; not of a sheet or a film."""
        if params.effective_action == "inpaint":
            picture = read(params.image, "image")
            recipe, shots = self._masked(params, picture.image, read_mask(params.mask, picture.size))
        else:
            recipe, shots = self._part(params, self._given(params))
        return recipe, shots[0]

    # -- painting ---------------------------------------------------------------------------------

    def _painted(self, parts: Sequence[Part], emit: Emit) -> tuple[list[Image.Image], list[Shot]]:
        """All shots of all parts, in order, at full size.

        One after another: painted together they would be quicker and not the same to the last pixel as alone.
        """
        pairs = [(recipe, shot) for recipe, shots in parts for shot in shots]
        steps = _Painting(
            StepProgress(emit, sum(recipe.count + 1 for recipe, _ in pairs), PREVIEW_SECONDS), len(pairs)
        )
        large = []
        for recipe, shot in pairs:
            small = self._one(recipe, shot, steps)
            large.append(self._enlarger(small, SCALE))
            steps.finish(small)
        return large, [shot for _, shot in pairs]

    def _one(self, recipe: Recipe, shot: Shot, steps: _Painting) -> Image.Image:
        """Paint this one, in the pipeline's own size."""

        def on_step(pipe: EmojiFlowPipeline, _step: int, _time: Any, tensors: dict[str, Tensor]) -> None:
            steps.next(lambda: to_image((pipe.decode(tensors["prediction"])[0].float().cpu() + 1) / 2))

        return to_image(self.paint(recipe, shot, on_step, ["prediction"])[0].float().cpu())

    def paint(self, recipe: Recipe, shot: Shot, on_step: StepCallback, watched: list[str]) -> Tensor:
        """Paint a shot: (1, 3, 64, 64) in [0, 1]; ``on_step`` gets what is ``watched`` after each step."""
        text = self.text_of(shot.prompt) if shot.embeds is None else shot.embeds
        result: Tensor = self.pipe(
            [shot.prompt],
            negative_prompt=[shot.negative],
            num_inference_steps=recipe.steps,
            guidance_scale=recipe.guidance,
            latents=shot.noise,
            image=recipe.image,
            mask_image=recipe.mask,
            strength=recipe.strength,
            prompt_embeds=self._joined(text, shot.negative, guided=recipe.guidance > 1 and not recipe.fast),
            retrieved=shot.retrieved,
            fast=recipe.fast,
            output_type="pt",
            callback_on_step_end=on_step,
            callback_on_step_end_tensor_inputs=watched,
        ).images
        return result

    def _joined(self, text: tuple[Tensor, Tensor], negative: str, *, guided: bool) -> tuple[Tensor, Tensor]:
        """The embeddings of a shot, and of its negative prompt behind them."""
        if not guided:
            return text
        both = (text, self.text_of(negative))
        longest = max(mask.shape[1] for _, mask in both)
        padded = [_padded(one, longest) for one in both]
        return torch.cat([states for states, _ in padded]), torch.cat([mask for _, mask in padded])

    def _given(self, params: ImageParams) -> Tensor | None:
        """The picture to start from, (1, 3, 64, 64) in [-1, 1], where there is one."""
        return self._pixels(read(params.image, "image").image) if params.image else None

    def _pixels(self, image: Image.Image) -> Tensor:
        return to_tensor(Square.around(image, self._side).image)[None] * 2 - 1

    def _recipe(self, params: ImageParams, given: Tensor | None, mask: Image.Image | None = None) -> Recipe:
        fast = (
            self.pipe.has_fast
            and params.num_inference_steps <= FAST_STEPS
            and not params.negative_prompt.strip()
        )
        masked = None if mask is None else (to_tensor(mask.convert("RGB"))[None, :1] > 0.5).float()
        steps, guidance = params.num_inference_steps, params.guidance_scale
        return Recipe(steps, guidance, params.strength, given, masked, fast)

    def _shot(self, params: ImageParams, seed: int, noise: Tensor, variation: int = 0) -> Shot:
        words = words_for(params, seed)
        prompt = with_look(words.prompt, params.look)
        metadata: dict[str, Any] = {
            "action": params.effective_action,
            "seed": seed,
            "prompt": prompt,
            "scale": SCALE,
        }
        metadata["num_inference_steps"] = params.num_inference_steps
        if variation:
            metadata["variation"] = variation
        return Shot(prompt, words.negative, noise, metadata)

    @torch.no_grad()
    def _finished(self, shot: Shot, began: float, given: Tensor | None = None) -> dict[str, Any]:
        """The facts of a picture, with what of its words is in it, and what else they brought to mind."""
        metadata = {**shot.metadata, "seconds": round(time.perf_counter() - began, 3)}
        if self.names and says_something(shot.prompt):
            shown = None if given is None else self.pipe.encode(given)
            probabilities = self.pipe.prior.probabilities(*self.text_of(shot.prompt), shown)
            painted = int(sampled_rows(probabilities, uniform_from_noise(shot.noise)))
            metadata["request"] = self._reader.after(shot.prompt, probabilities[0], painted).plain()
        return metadata

    def noise(self, seed: int) -> Tensor:
        """The noise of a seed: (1, channels, side, side)."""
        config = self.pipe.transformer.config
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(1, config.latent_channels, config.side, config.side, generator=generator)


class _Painting:
    """Counts steps across pictures, and shows those that are finished with the one on its way."""

    def __init__(self, steps: StepProgress, count: int) -> None:
        self._steps, self._count, self._done = steps, count, 0
        self._finished: list[Image.Image] = []

    def next(self, picture: Callable[[], Image.Image]) -> None:
        """One step more of this picture is done."""
        self._done += 1
        self._steps.step(self._done, lambda: self._shown(picture()))

    def finish(self, picture: Image.Image) -> None:
        """The picture on its way is done: the next one begins."""
        self._finished.append(picture)
        self._done += 1
        self._steps.step(self._done)

    def _shown(self, coming: Image.Image) -> Image.Image:
        """A sheet with a place for every picture, twice as large as they are painted."""
        images = [*self._finished, coming]
        images += [Image.new("RGB", coming.size, "white")] * (self._count - len(images))
        one = sheets.sheet(images, sheets.square_columns(len(images)))
        return one.resize((one.width * 2, one.height * 2), Image.Resampling.BICUBIC)


# -- between --------------------------------------------------------------------------------------


def between(one: Tensor, other: Tensor, share: float) -> Tensor:
    """Noise a ``share`` of the way from one to the other, along a circle so that its variance stays."""
    angle = share * math.pi / 2
    return math.cos(angle) * one + math.sin(angle) * other


def mixed(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor], share: float) -> tuple[Tensor, Tensor]:
    """Text states a ``share`` of the way between two: (1, words, width) and mask (1, words).

    Where only one of the two has a word, that word's state is taken as it is.
    """
    if share <= 0:
        return one
    if share >= 1:
        return other
    longest = max(one[1].shape[1], other[1].shape[1])
    (a, in_a), (b, in_b) = _padded(one, longest), _padded(other, longest)
    states = torch.lerp(a, b, share)
    states = torch.where((in_a & ~in_b)[..., None], a, states)
    states = torch.where((in_b & ~in_a)[..., None], b, states)
    return states, in_a | in_b


def _padded(text: tuple[Tensor, Tensor], length: int) -> tuple[Tensor, Tensor]:
    states, mask = text
    more = length - states.shape[1]
    return torch.nn.functional.pad(states, (0, 0, 0, more)), torch.nn.functional.pad(mask, (0, more))


def _after(seed: int, count: int) -> int:
    return (seed + count) % (MAX_SEED + 1)


def _seeds(params: ImageParams) -> list[int]:
    """The seeds of the wish's pictures, counted up from its own."""
    return [_after(params.seed or 0, index) for index in range(params.batch)]


def _require(there: object, code: str, key: str, field: str) -> None:
    if not there:
        raise UserError(code, key, status=422, field=field)


def _require_prompt(params: ImageParams) -> None:
    _require(says_something(params.prompt), "no_prompt", "image.error.no_prompt", "prompt")
