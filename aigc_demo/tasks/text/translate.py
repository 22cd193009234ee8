"""Translation by a Marian model (the OPUS-MT family) in a folder of transformers' layout.

Knows that these models read one sentence at a time and draw nothing by lot: the likeliest words are taken.
Knows nothing of what the translation is for.
"""

from __future__ import annotations

import re
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from aigc_demo.decoding.decoding_mode import CoBatch, metadata
from aigc_demo.tasks.text.answer import max_new, output
from aigc_demo.types import Emit, LoadContext, Output, Partial, Progress

if TYPE_CHECKING:
    from aigc_demo.tasks.text.params import TranslateParams

BEAMS = 4
_SENTENCE = re.compile(r"[^。！？!?；;\n]*+[。！？!?；;\n]?")


def load(context: LoadContext) -> Translator:
    """The model in its folder; weights are safetensors only."""
    from transformers import MarianMTModel, MarianTokenizer

    path = Path(str(context.spec.options.get("folder") or context.path))
    weights = sum(file.stat().st_size for file in path.glob("*.safetensors"))
    context.progress(0, weights)
    place = context.placement
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it recommends a package that only tidies old punctuation
        tokenizer = MarianTokenizer.from_pretrained(path, local_files_only=True)
    model = MarianMTModel.from_pretrained(
        path, dtype=getattr(torch, place.dtype), local_files_only=True, use_safetensors=True
    )
    context.progress(weights, weights)
    return Translator(tokenizer, model.eval().to(place.device))


def sentences_of(text: str) -> list[str]:
    """What is translated one by one: up to a full stop, a question or exclamation mark or the line's end."""
    return [found.strip() for found in _SENTENCE.findall(text) if found.strip()]


class Translator:
    """One text at a time."""

    def __init__(self, tokenizer: Any, model: Any) -> None:
        self._tokenizer, self._model = tokenizer, model
        self._context = int(model.config.max_position_embeddings)
        self._co_batch = CoBatch()

    def __call__(self, params: TranslateParams, emit: Emit) -> tuple[Output, ...]:
        """Translate ``params.prompt``, emitting what there is after every sentence.

        Raises:
            UserError: ``prompt_too_long`` where a sentence is longer than the model reads.
        """
        sentences = sentences_of(params.prompt)
        encoded = [self._tokenizer([one], return_tensors="pt").to(self._model.device) for one in sentences]
        lengths = [ids["input_ids"].shape[1] for ids in encoded]
        limits = [max_new(self._context, length, params.max_new_tokens) for length in lengths]
        began, result, tokens = time.perf_counter(), [], 0
        with self._co_batch() as run:
            emit(Progress(0, len(sentences)))
            for number, (ids, limit) in enumerate(zip(encoded, limits, strict=True), 1):
                found = self._one(ids, limit, lambda done=number: emit(Progress(done - 1, len(sentences))))
                tokens += len(found)
                result.append(self._tokenizer.decode(found, skip_special_tokens=True).strip())
                emit(Progress(number, len(sentences)))
                emit(Partial(output(" ".join(result), {"tokens": tokens})))
        metrics = {
            "tokens": tokens,
            "prompt_tokens": sum(lengths),
            "tokens_per_second": round(tokens / max(time.perf_counter() - began, 1e-9), 1),
            "finish_reason": "stop",
            "number_format": str(self._model.dtype).removeprefix("torch."),
            **metadata("alone" if self._model.device.type == "cpu" else "gpu", run),
        }
        return (output(" ".join(result), metrics),)

    @torch.inference_mode()
    def _one(self, ids: Any, limit: int, check: Any) -> torch.Tensor:
        """The tokens of one sentence's translation; ``check`` is called at each step, to stop it raises."""

        def stop(given: torch.Tensor, _: torch.Tensor, **__: Any) -> torch.Tensor:
            check()
            return torch.zeros(given.shape[0], dtype=torch.bool, device=given.device)

        result: torch.Tensor = self._model.generate(
            **ids, max_new_tokens=limit, num_beams=BEAMS, do_sample=False, stopping_criteria=[stop]
        )
        return result[0]
