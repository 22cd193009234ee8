"""EmojiFlow as a diffusers pipeline: a prompt in Chinese or English becomes a 64x64 picture.

``EmojiFlowPipeline.from_pretrained("assets/models/emojiflow")`` loads the components with the diffusers
machinery; calling it follows the conventions of diffusers' pipelines for text to image and, where it is
given a picture, of those for image to image and inpainting. Knows nothing of jobs, parameters or history;
upscaling is another model's business.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from diffusers import DiffusionPipeline, FlowMatchEulerDiscreteScheduler, ImagePipelineOutput
from diffusers.image_processor import VaeImageProcessor
from diffusers.utils.torch_utils import randn_tensor
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from aigc_demo.tasks.image.e5 import E5TextEncoder
from aigc_demo.tasks.image.net import EmojiTransformer, EmojiVAE
from aigc_demo.tasks.image.prior import EmojiPrior, uniform_from_noise

FAST_STEPS = 4
"""How many steps the fast transformer divides the way into."""

StepCallback = Callable[["EmojiFlowPipeline", int, Tensor, dict[str, Tensor]], dict[str, Tensor] | None]


class EmojiFlowPipeline(DiffusionPipeline):
    """Text to picture by a rectified flow with classifier-free guidance.

    ``transformer_fast``, where there is one, was taught to walk a quarter of the way in each step, with the
    guidance already in it: asked for with ``fast``, it takes at most four steps and no negative prompt.

    A callback may ask for ``latents`` and for ``prediction``, the picture that the model expects to reach
    from here, also as latents; ``decode`` turns either into pixels.
    """

    model_cpu_offload_seq = "text_encoder->prior->transformer->transformer_fast->vae"
    _optional_components: ClassVar[list[str]] = ["transformer_fast"]
    _callback_tensor_inputs: ClassVar[list[str]] = ["latents", "prediction"]

    def __init__(
        self,
        vae: EmojiVAE,
        text_encoder: E5TextEncoder,
        tokenizer: PreTrainedTokenizerFast,
        prior: EmojiPrior,
        transformer: EmojiTransformer,
        scheduler: FlowMatchEulerDiscreteScheduler,
        transformer_fast: EmojiTransformer | None = None,
    ) -> None:
        super().__init__()
        self.register_modules(
            vae=vae,
            text_encoder=text_encoder,
            tokenizer=tokenizer,
            prior=prior,
            transformer=transformer,
            scheduler=scheduler,
            transformer_fast=transformer_fast,
        )
        self.image_processor = VaeImageProcessor(vae_scale_factor=8)

    @torch.no_grad()
    def encode_prompt(self, prompts: list[str], device: torch.device | str) -> tuple[Tensor, Tensor]:
        """States (prompts, pieces, width) and mask (prompts, pieces); what is past 64 pieces is not read."""
        tokens = self.tokenizer(prompts, padding=True, truncation=True, max_length=64, return_tensors="pt")
        mask = tokens["attention_mask"].to(device)
        states = self.text_encoder(tokens["input_ids"].to(device), mask)
        return states.to(self.transformer.dtype), mask.bool()

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
        output_type: str = "pil",
        return_dict: bool = True,
        callback_on_step_end: StepCallback | None = None,
        callback_on_step_end_tensor_inputs: list[str] | None = None,
    ) -> Any:
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
        transformer = self.transformer_fast if fast and self.transformer_fast else self.transformer
        fast = transformer is not self.transformer
        device, dtype = self._execution_device, transformer.dtype
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
            latents = randn_tensor(shape, generator=generator, device=device, dtype=torch.float32)
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
        self.scheduler.set_timesteps(sigmas=sigmas, device=device)
        self._num_timesteps = len(self.scheduler.timesteps)
        with self.progress_bar(total=len(sigmas)) as bar:
            for step, timestep in enumerate(self.scheduler.timesteps):
                doubled = torch.cat([latents, latents]) if guided else latents
                time = (timestep / self.scheduler.config.num_train_timesteps).expand(len(doubled))
                velocity = transformer(doubled.to(dtype), time, text, mask, retrieved).float()
                if guided:
                    wanted, plain = velocity.chunk(2)
                    velocity = plain + guidance_scale * (wanted - plain)
                prediction = latents - self.scheduler.sigmas[step].to(device) * velocity
                latents = self.scheduler.step(velocity, timestep, latents, return_dict=False)[0]
                if given is not None and keep is not None:
                    there = torch.lerp(given, noise, self.scheduler.sigmas[step + 1].to(device))
                    latents = torch.lerp(latents, there, keep)
                    prediction = torch.lerp(prediction, given, keep)
                if callback_on_step_end is not None:
                    offered = {"latents": latents, "prediction": prediction}
                    names = callback_on_step_end_tensor_inputs or ["latents"]
                    asked = {name: offered[name] for name in names}
                    changed = callback_on_step_end(self, step, timestep, asked)
                    latents = (changed or {}).get("latents", latents)
                bar.update()

        # 5. Decode
        if output_type == "latent":
            images: Any = latents
        else:
            images = self.image_processor.postprocess(self.decode(latents), output_type=output_type)
        self.maybe_free_model_hooks()
        return ImagePipelineOutput(images=images) if return_dict else (images,)


def sigmas_for(steps: int, strength: float = 1.0, *, fast: bool = False) -> list[float]:
    """The shares of noise at which the steps begin, from ``strength`` down; the last one ends at 0.

    As in diffusers, a picture to start from takes ``strength`` of the steps. A fast transformer knows the
    quarters of the way only: it starts at the nearest one above.
    """
    whole = FAST_STEPS if fast else steps
    count = min(whole, max(1, math.ceil(round(whole * strength, 6))))
    start = count / whole if fast else strength
    return [start * (count - step) / count for step in range(count)]
