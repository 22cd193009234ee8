"""Painters that are none: tiny random networks in the real formats, for tests of everything around them.

They take the same paths as the real ones at a thousandth of the work.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, TypeVar

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch import nn

from aigc_demo.pictures.enlarging import Enlarger, Net
from aigc_demo.pictures.upscale_net import CompactNet
from aigc_demo.tasks.image.concept_labels import Concept
from aigc_demo.tasks.image.e5 import E5TextEncoder
from aigc_demo.tasks.image.emoji import EmojiFlow
from aigc_demo.tasks.image.flow import EmojiFlowPipeline
from aigc_demo.tasks.image.net import EmojiTransformer, EmojiVAE
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.tasks.image.prior import EmojiPrior
from aigc_demo.tasks.image.prompts import words_for
from aigc_demo.tasks.image.upscale import Upscale
from aigc_demo.types import Emit, LoadContext, Output, Pipeline, Reading

M = TypeVar("M", bound=nn.Module)

NAMES = tuple(
    Concept(*names)
    for names in (
        ("cat", "猫"), ("dog", "狗"), ("apple", "苹果"), ("pizza", "披萨"), ("rocket", "火箭"),
        ("moon", "月亮"), ("castle", "城堡"), ("tree", "树"),
    )
)  # fmt: skip
"""Of the eight things of :func:`tiny_prior`."""


def emoji(context: LoadContext) -> Slowed:
    """As EmojiFlow; option ``delay`` is a pause in seconds at each event."""
    delay = float(context.spec.options.get("delay", 0))
    painter: Pipeline = EmojiFlow(tiny_pipeline(), TinyEnlarger(), NAMES, least_energy=0.0)
    return Slowed(painter if "zh" in context.spec.languages else EnglishOnly(painter), delay)


def upscale(_: LoadContext) -> Upscale:
    """As the upscaler."""
    return Upscale(TinyEnlarger())


def tiny_pipeline(*, fast: bool = True) -> EmojiFlowPipeline:
    """An EmojiFlow of a few thousand random weights, whose words are single characters."""
    letters = [chr(code) for code in range(33, 127)] + list("猫狗红蓝绿黄色的一只块苹果披萨火箭扁平立体，")
    words = ["<pad>", "<unk>", "<eos>", *letters]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))  # noqa: S106 - no password
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split("", "isolated")]
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 2)])
    encoder = E5TextEncoder(vocabulary=len(words), width=32, depth=1, heads=2, inner=64, positions=70)
    generator = torch.Generator().manual_seed(0)
    encoder.words_packed.random_(0, 256, generator=generator)
    encoder.words_scales.fill_(0.1)
    transformers = [
        seeded(EmojiTransformer(text_width=32, width=32, depth=2, heads=2, meaning_width=32), 0.05, seed)
        for seed in (1, 2)
    ]
    return EmojiFlowPipeline(
        vae=seeded(EmojiVAE(16, (16, 16, 16), (16, 16, 16)), 0.1, 3),
        text_encoder=seeded(encoder, 0.2, 4),
        tokenizer=tokenizer,
        prior=seeded(tiny_prior(), 0.2, 5),
        transformer=transformers[0],
        transformer_fast=transformers[1] if fast else None,
    )


def tiny_prior() -> EmojiPrior:
    """A prior of eight things for texts of 32 numbers a piece, with one piece added at the end."""
    prior: EmojiPrior = EmojiPrior(things=8, text_width=32, width=32, prototype_width=8, ends=1)
    return prior


def seeded(module: M, spread: float, seed: int) -> M:
    """The module with small random weights that are the same every time."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in module.parameters():
            value.copy_(torch.randn(value.shape, generator=generator) * spread)
    return module.eval().requires_grad_(False)


class TinyEnlarger(Enlarger):
    """Corrects next to nothing: the picture repeated, with a little of a random network's opinion."""

    def __init__(self) -> None:
        self._device = "cpu"
        self._nets: dict[int, Net] = {
            scale: seeded(CompactNet(scale, width=4, depth=1), 0.05, scale) for scale in (2, 3, 4)
        }


class EnglishOnly:
    """A painter that is given English words as the models of the Hub are."""

    def __init__(self, painter: Pipeline) -> None:
        self._painter = painter

    def __call__(self, params: ImageParams, emit: Emit) -> tuple[Output, ...]:
        """Paint the English words, or refuse Chinese alone."""
        params = ImageParams.widen(params)
        words = words_for(params, params.seed or 0, english_only=True)
        return self._painter(params.model_copy(update={"prompt": words.prompt, "style": ""}), emit)


class Slowed:
    """A pipeline that takes its time, so that there is something to stop."""

    def __init__(self, pipeline: Pipeline, delay: float) -> None:
        self.pipeline, self._delay = pipeline, delay

    def __call__(self, params: ImageParams, emit: Emit) -> tuple[Output, ...]:
        """Run the pipeline, pausing at each event."""
        return self.pipeline(params, self.paused(emit))

    def paused(self, emit: Emit) -> Emit:
        """The same with a pause before each event."""

        def later(event: object) -> None:
            time.sleep(self._delay)
            emit(event)  # type: ignore[arg-type]

        return later

    def read(self, values: Mapping[str, Any]) -> Reading | None:
        """As the pipeline does, where it does."""
        read = getattr(self.pipeline, "read", None)
        reading: Reading | None = None if read is None else read(values)
        return reading
