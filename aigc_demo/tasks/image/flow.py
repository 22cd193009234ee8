"""EmojiFlow as a pipeline: a prompt in Chinese or English becomes a 64x64 picture.

``EmojiFlowPipeline.from_pretrained("assets/models/emojiflow")`` loads its parts; calling it follows the
conventions of diffusers' pipelines for text to image and, where it is given a picture, of those for image to
image and inpainting. It imports neither diffusers nor transformers (see ``module.py``). Knows nothing of
jobs, parameters or history; upscaling is another model's business.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, TypeVar

import torch
import torch.nn.functional as F
from PIL import Image
from tokenizers import Tokenizer
from torch import Tensor

from aigc_demo.tasks.image.e5 import E5TextEncoder
from aigc_demo.tasks.image.module import ConfiguredModule
from aigc_demo.tasks.image.net import EmojiTransformer, EmojiVAE
from aigc_demo.tasks.image.prior import EmojiPrior, uniform_from_noise

PAD = "<pad>"
MOST_PIECES = 64
"""Pieces of a text that are read."""
TIMESTEPS = 1000
"""Noise levels are told to callbacks as thousandths, as diffusers does."""
FAST_STEPS = 4
"""How many steps the fast transformer divides the way into."""

N = TypeVar("N", bound=ConfiguredModule)
StepCallback = Callable[["EmojiFlowPipeline", int, Tensor, dict[str, Tensor]], dict[str, Tensor] | None]


@dataclass(frozen=True)
class Painted:
    """What a call gives: pictures of PIL, or a tensor (batch, 3, 64, 64) in [0, 1], or latents."""

    images: Any


class EmojiFlowPipeline:
    """Text to picture by a rectified flow with classifier-free guidance.

    ``transformer_fast``, where there is one, was taught to walk a quarter of the way in each step, with the
    guidance already in it: asked for with ``fast``, it takes at most four steps and no negative prompt.

    A callback may ask for ``latents`` and for ``prediction``, the picture that the model expects to reach
    from here, also as latents; ``decode`` turns either into pixels.
    """

    _callback_tensor_inputs: ClassVar[list[str]] = ["latents", "prediction"]

    def __init__(
        self,
        vae: EmojiVAE,
        text_encoder: E5TextEncoder,
        tokenizer: Tokenizer,
        prior: EmojiPrior,
        transformer: EmojiTransformer,
        transformer_fast: EmojiTransformer | Callable[[], EmojiTransformer] | None = None,
    ) -> None:
        self.vae, self.text_encoder, self.prior = vae, text_encoder, prior
        self.transformer, self._fast = transformer, transformer_fast
        self.tokenizer = tokenizer
        tokenizer.enable_truncation(MOST_PIECES)
        tokenizer.enable_padding(pad_id=tokenizer.token_to_id(PAD), pad_token=PAD)

    @property
    def has_fast(self) -> bool:
        """Whether there is a transformer of four steps."""
        return self._fast is not None

    @property
    def transformer_fast(self) -> EmojiTransformer | None:
        """The transformer of four steps, read when it is first asked for."""
        if self._fast is not None and not isinstance(self._fast, EmojiTransformer):
            self._fast = self._fast()
        return self._fast

    @property
    def networks(self) -> dict[str, ConfiguredModule]:
        """All networks by the names of their folders."""
        found: dict[str, ConfiguredModule | None] = {"vae": self.vae, "text_encoder": self.text_encoder}
        found["prior"] = self.prior
        found |= {"transformer": self.transformer, "transformer_fast": self.transformer_fast}
        return {name: network for name, network in found.items() if network is not None}

    @classmethod
    def from_pretrained(
        cls,
        folder: Path | str,
        dtype: torch.dtype = torch.float32,
        finish: Callable[[ConfiguredModule], object] = lambda network: network,
    ) -> Self:
        """The pipeline in a folder that :meth:`save_pretrained` wrote.

        ``finish`` is called with each network when it is read, before the next one is.
        """
        folder = Path(folder)

        def read(kind: type[N], name: str) -> N:
            network = kind.from_pretrained(folder / name, dtype)
            finish(network)
            return network

        fast = (folder / "transformer_fast").is_dir()
        return cls(
            vae=read(EmojiVAE, "vae"),
            text_encoder=read(E5TextEncoder, "text_encoder"),
            tokenizer=Tokenizer.from_file(str(folder / "tokenizer" / "tokenizer.json")),
            prior=read(EmojiPrior, "prior"),
            transformer=read(EmojiTransformer, "transformer"),
            transformer_fast=(lambda: read(EmojiTransformer, "transformer_fast")) if fast else None,
        )

    def save_pretrained(self, folder: Path | str) -> None:
        """Write every part into a folder of its own, and their names into ``model_index.json``."""
        folder = Path(folder)
        for name, network in self.networks.items():
            network.save_pretrained(folder / name)
        save_tokenizer(self.tokenizer, folder / "tokenizer")
        parts = {
            name: [type(network).__module__, type(network).__name__]
            for name, network in self.networks.items()
        }
        index = {"_class_name": type(self).__name__, **parts}
        (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n", "utf-8")

    @property
    def device(self) -> torch.device:
        """Where it paints."""
        return self.transformer.device

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> Self:
        """Move all networks to a device, into a number format."""
        for network in self.networks.values():
            network.to(device=device, dtype=dtype)
        return self

    @torch.no_grad()
    def encode_prompt(self, prompts: list[str], device: torch.device | str) -> tuple[Tensor, Tensor]:
        """States (prompts, pieces, width) and mask (prompts, pieces); what is past 64 pieces is not read."""
        read = self.tokenizer.encode_batch(prompts)
        ids, mask = (torch.tensor([getattr(one, name) for one in read]) for name in ("ids", "attention_mask"))
        states = self.text_encoder(ids.to(device), mask.to(device))
        return states.to(self.transformer.dtype), mask.to(device).bool()

    @torch.no_grad()
    def retrieve(
        self,
        text: Tensor,
        mask: Tensor,
        noise: Tensor,
        given: Tensor | None = None,
        strength: float = 1.0,
    ) -> Tensor:
        """What the prior retrieves for texts (batch, ..); which of all that they may mean, the noise draws.

        ``given`` are latents of pictures to start from: they tell what is meant where words leave it open,
        and the sketch is drawn over them as far as ``strength`` says.
        """
        sketch: Tensor = self.prior(text, mask, uniform_from_noise(noise), given)
        if given is None:
            return sketch
        looks = sketch.shape[1] // given.shape[1]
        return torch.lerp(given.to(sketch.dtype).repeat(1, looks, 1, 1), sketch, strength)

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """(batch, 16, 8, 8) -> pixels (batch, 3, 64, 64) in [-1, 1]."""
        pixels: Tensor = self.vae.decode(latents.to(self.vae.dtype)).clamp(-1, 1)
        return pixels

    @torch.no_grad()
    def encode(self, pixels: Tensor) -> Tensor:
        """Pixels (batch, 3, 64, 64) in [-1, 1] -> latents (batch, 16, 8, 8)."""
        latents: Tensor = self.vae.encode(pixels.to(self.vae.device, self.vae.dtype)).float()
        return latents

    @torch.no_grad()
    def __call__(  # noqa: PLR0912, PLR0915 - the algorithm, top to bottom
        self,
        prompt: str | list[str],
        negative_prompt: str | list[str] | None = None,
        num_inference_steps: int = 20,
        guidance_scale: float = 3.0,
        num_images_per_prompt: int = 1,
        generator: torch.Generator | list[torch.Generator] | None = None,
        latents: Tensor | None = None,
        image: Tensor | None = None,
        mask_image: Tensor | None = None,
        strength: float = 1.0,
        prompt_embeds: tuple[Tensor, Tensor] | None = None,
        retrieved: Tensor | None = None,
        fast: bool = False,
        output_type: Literal["pil", "pt", "latent"] = "pil",
        callback_on_step_end: StepCallback | None = None,
        callback_on_step_end_tensor_inputs: list[str] | None = None,
    ) -> Painted:
        """Paint ``prompt``; arguments mean what they mean in every diffusers pipeline of their kind.

        ``image`` (1 or batch, 3, 64, 64) in [-1, 1] is where to start from, ``strength`` how far from it the
        result may go (0 to 1), ``mask_image`` (1 or batch, 1, 64, 64) is 1 where it is to be painted anew.
        ``latents`` is the noise; ``prompt_embeds`` is what ``encode_prompt`` gave and ``retrieved`` what
        ``retrieve`` gave, for pictures between pictures.
        """
        # 1. Check what was asked
        prompts = [prompt] if isinstance(prompt, str) else list(prompt)
        negatives = [negative_prompt or ""] if not isinstance(negative_prompt, list) else negative_prompt
        if len(negatives) not in (1, len(prompts)):
            raise ValueError(f"There are {len(prompts)} prompts, but {len(negatives)} negative prompts.")
        unknown = set(callback_on_step_end_tensor_inputs or []) - set(self._callback_tensor_inputs)
        if unknown:
            known = self._callback_tensor_inputs
            raise ValueError(f"A callback may ask for {known}, not for {sorted(unknown)}.")

        # 2. Read the prompts; the negative one replaces the empty text of guidance
        transformer = (self.transformer_fast if fast else None) or self.transformer
        fast = transformer is not self.transformer
        device, dtype = self.device, transformer.dtype
        guided = guidance_scale > 1.0 and not fast
        prompts = [text for text in prompts for _ in range(num_images_per_prompt)]
        count = len(prompts)
        negatives = [text for text in negatives for _ in range(count // len(negatives))]
        if prompt_embeds is None:
            text, mask = self.encode_prompt(prompts + negatives if guided else prompts, device)
        else:
            text, mask = prompt_embeds

        # 3. Noise, and what it makes the words bring to mind
        side, channels = self.transformer.config.side, self.transformer.config.latent_channels
        shape = (count, channels, side, side)
        if latents is None:
            latents = drawn(shape, generator)
        elif tuple(latents.shape) != shape:
            raise ValueError(f"The latents have the shape {tuple(latents.shape)}; {shape} is needed.")
        noise = latents = latents.to(device, torch.float32)
        sigmas = sigmas_for(num_inference_steps, strength if image is not None else 1.0, fast=fast)
        given = keep = None
        if image is not None:
            given = self.encode(image).to(device).expand(shape)
            latents = torch.lerp(given, noise, sigmas[0])
        if mask_image is not None:
            keep = 1 - F.adaptive_max_pool2d(mask_image.to(device, torch.float32), side)
        shown = given if keep is None else None  # what is painted anew need not be like what was there
        if retrieved is None:
            retrieved = self.retrieve(text[:count], mask[:count], noise, shown, sigmas[0])
        if guided:
            retrieved = torch.cat([retrieved, self.retrieve(text[count:], mask[count:], noise)])

        # 4. Follow the velocity from noise to picture; what is not masked stays on the given picture's way
        levels = torch.tensor([*sigmas, 0.0], dtype=torch.float32, device=device)
        for step, timestep in enumerate(levels[:-1] * TIMESTEPS):
            doubled = torch.cat([latents, latents]) if guided else latents
            time = (timestep / TIMESTEPS).expand(len(doubled))
            velocity = transformer(doubled.to(dtype), time, text, mask, retrieved).float()
            if guided:
                wanted, plain = velocity.chunk(2)
                velocity = plain + guidance_scale * (wanted - plain)
            prediction = latents - levels[step] * velocity
            latents = latents + (levels[step + 1] - levels[step]) * velocity
            if given is not None and keep is not None:
                there = torch.lerp(given, noise, levels[step + 1])
                latents = torch.lerp(latents, there, keep)
                prediction = torch.lerp(prediction, given, keep)
            if callback_on_step_end is not None:
                offered = {"latents": latents, "prediction": prediction}
                names = callback_on_step_end_tensor_inputs or ["latents"]
                asked = {name: offered[name] for name in names}
                changed = callback_on_step_end(self, step, timestep, asked)
                latents = (changed or {}).get("latents", latents)

        # 5. Decode
        if output_type == "latent":
            return Painted(latents)
        pixels = (self.decode(latents) / 2 + 0.5).clamp(0, 1)
        return Painted(pixels if output_type == "pt" else pictures(pixels))


def drawn(shape: tuple[int, ...], generator: torch.Generator | list[torch.Generator] | None) -> Tensor:
    """Noise of this shape, by one generator for all or by one for each picture of the batch."""
    if isinstance(generator, list):
        return torch.cat([torch.randn((1, *shape[1:]), generator=each) for each in generator])
    return torch.randn(shape, generator=generator)


def pictures(pixels: Tensor) -> list[Image.Image]:
    """(batch, 3, height, width) in [0, 1] as pictures of PIL."""
    levels = (pixels.float().cpu().permute(0, 2, 3, 1).numpy() * 255).round().astype("uint8")
    return [Image.fromarray(each) for each in levels]


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write ``tokenizer.json``, without how long the texts are that this pipeline reads."""
    folder.mkdir(parents=True, exist_ok=True)
    plain: Tokenizer = copy.deepcopy(tokenizer)
    plain.no_truncation()
    plain.no_padding()
    plain.save(str(folder / "tokenizer.json"), pretty=False)


def sigmas_for(steps: int, strength: float = 1.0, *, fast: bool = False) -> list[float]:
    """The shares of noise at which the steps begin, from ``strength`` down; the last one ends at 0.

    As in diffusers, a picture to start from takes ``strength`` of the steps. A fast transformer knows the
    quarters of the way only: it starts at the nearest one above.
    """
    whole = FAST_STEPS if fast else steps
    count = min(whole, max(1, math.ceil(round(whole * strength, 6))))
    start = count / whole if fast else strength
    return [start * (count - step) / count for step in range(count)]
