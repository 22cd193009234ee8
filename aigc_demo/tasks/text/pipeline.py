"""Text from a causal language model: loading it where it belongs, and one answer as a stream.

Knows transformers and accelerate. Knows nothing of jobs, pages or files' origins.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from aigc_demo import decoding
from aigc_demo.tasks.text import convert
from aigc_demo.tasks.text.chat import Chat, end_tokens
from aigc_demo.types import Emit, LoadContext, Output, Partial, Progress, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.text import TextParams


def from_gguf(context: LoadContext) -> TextPipeline:
    """A Llama model out of a GGUF file, converted on first use."""
    folder = convert.llama_folder(context.path, context.work / "model", context.progress)
    return _from_folder(folder, context)


def from_folder(context: LoadContext) -> TextPipeline:
    """Any causal language model in a folder of transformers' layout."""
    return _from_folder(context.path, context)


def _from_folder(folder: Path, context: LoadContext) -> TextPipeline:
    from transformers import AutoTokenizer

    weights = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    context.progress(0, weights)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    model = _load(folder, context)
    context.progress(weights, weights)
    return TextPipeline(model.eval(), Chat(tokenizer))


def _load(folder: Path, context: LoadContext) -> Any:
    """The model at the place that was decided for it."""
    from transformers import AutoModelForCausalLM

    where = context.placement
    settings: dict[str, Any] = {
        "dtype": getattr(torch, where.dtype),
        "local_files_only": True,
        "use_safetensors": True,
        "trust_remote_code": False,
    }
    if where.policy in ("ram_small", "gpu_small"):
        # accelerate spreads the model over what there is; what fits nowhere stays on disk until its turn.
        room = dict(where.max_memory) if where.max_memory is not None else None
        settings |= {"device_map": "auto", "max_memory": room, "offload_folder": where.offload_dir}
        return AutoModelForCausalLM.from_pretrained(folder, **settings)
    return AutoModelForCausalLM.from_pretrained(folder, **settings).to(where.device)


class TextPipeline:
    """One answer at a time.

    Args:
        model: a causal language model, loaded and placed.
        chat: its encoder.
    """

    def __init__(self, model: Any, chat: Chat) -> None:
        self.model = model
        self.chat = chat
        self.decoder = decoding.decoder(model)
        self._ends = end_tokens(chat, model.generation_config.eos_token_id)
        self._context: int = model.config.max_position_embeddings

    def __call__(self, params: TextParams, emit: Emit) -> tuple[Output, ...]:
        """Answer ``params.prompt``, emitting the text so far after every token.

        Raises:
            UserError: ``prompt_too_long`` where prompt and answer so far fill the model's context.
        """
        ids = self.chat.encode(params.system.strip(), params.prompt, params.prefix)
        limit = self._room(ids, params.max_new_tokens)
        how = decoding.Sampling(
            temperature=params.temperature,
            top_p=params.top_p,
            top_k=params.top_k,
            repetition_penalty=params.repetition_penalty,
            seed=params.seed or 0,
        )
        emit(Progress(0, limit))
        reader = self.chat.reader()
        began = time.perf_counter()
        made, reason = 0, "length"
        for token in decoding.generate(self.decoder, ids, how, limit, self._ends):
            if token is None:  # a part of the prompt was read
                emit(Progress(0, limit))
                began = time.perf_counter()
                continue
            made += 1
            if token in self._ends:
                reason = "stop"
                break
            text = params.prefix + reader.add(token)
            seconds = time.perf_counter() - began
            emit(Progress(made, limit, seconds / made * (limit - made)))
            emit(Partial(_output(text, {"tokens": made})))
        speed = round(made / max(time.perf_counter() - began, 1e-9), 1)
        facts = {
            "tokens": made,
            "prompt_tokens": len(ids),
            "tokens_per_second": speed,
            "finish_reason": reason,
        }
        return (_output(params.prefix + reader.text, facts),)

    def _room(self, ids: list[int], wanted: int) -> int:
        """How many new tokens fit after the prompt."""
        room = self._context - len(ids)
        if room < 1:
            raise UserError(
                "prompt_too_long",
                "error.prompt_too_long",
                field="prompt",
                tokens=len(ids),
                limit=self._context - 1,
            )
        return min(wanted, room)


def _output(text: str, facts: dict[str, Any]) -> Output:
    return Output("text", "text.txt", "text/plain; charset=utf-8", text=text, meta=facts)
