"""A poet that is none: a tiny random network on the path of the real one, for tests of everything else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from aigc_demo import decoding
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.poems import prosody
from aigc_demo.tasks.poems.pipeline import PoemPipeline
from aigc_demo.tasks.poems.tokens import BOS, EOS, PAD, Vocabulary
from aigc_demo.types import Emit, LoadContext, Output

if TYPE_CHECKING:
    from aigc_demo.tasks.poems.params import PoemParams

CHARS = 1500
"""The commonest characters: enough for every rhyme, few enough that some are unknown."""


def load(context: LoadContext) -> Slowed:
    """As ShiGPT; option ``delay`` is a pause in seconds at each event."""
    return Slowed(pipeline(), float(context.spec.options.get("delay", 0)))


def pipeline() -> PoemPipeline:
    """The random poet with the real tones and rhymes."""
    words = vocabulary()
    return PoemPipeline(decoding.decoder(network(len(words))), words, prosody.load())


def vocabulary() -> Vocabulary:
    """The beginning of the real vocabulary."""
    whole = Vocabulary.load(ASSETS / "models" / "shigpt" / "tokens.json")
    return Vocabulary(whole.tokens[: whole.first_char + CHARS])


def network(tokens: int) -> Any:
    """A random Llama of one narrow layer; the same every time, whatever else draws from chance."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=tokens, hidden_size=16, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=128,
        tie_word_embeddings=True, bos_token_id=BOS, eos_token_id=EOS, pad_token_id=PAD,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for value in model.parameters():
            if value.ndim == 2:
                value.copy_(torch.randn(value.shape, generator=rng) * 0.2)
    return model.eval().requires_grad_(False)


class Slowed:
    """A pipeline that takes its time, so that there is something to see and to stop."""

    def __init__(self, result: PoemPipeline, delay: float) -> None:
        self.pipeline, self._delay = result, delay

    def __call__(self, params: PoemParams, emit: Emit) -> tuple[Output, ...]:
        """Run the pipeline, pausing at each event."""
        return self.pipeline(params, self.paused(emit))

    def paused(self, emit: Emit) -> Emit:
        """The same with a pause before each event."""

        def later(event: Any) -> None:
            time.sleep(self._delay)
            emit(event)

        return later if self._delay else emit
