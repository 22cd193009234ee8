"""Text from a causal language model: loading it where it belongs, and one answer as a stream.

Knows transformers and accelerate. Knows nothing of jobs, pages or files' origins.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from aigc_demo import decoding
from aigc_demo.decoding import ladder, store
from aigc_demo.tasks.text import convert
from aigc_demo.tasks.text.answer import output, room
from aigc_demo.tasks.text.chat import Chat, end_tokens
from aigc_demo.tasks.text.lane import Company, facts, lane_of
from aigc_demo.types import Emit, LoadContext, Output, Partial, Progress

if TYPE_CHECKING:
    from aigc_demo.tasks.text.params import TextParams


_PROBE = Path(__file__).with_name("probe.txt")
"""Plain English that a language model finds likely: a quicker number format is taken if it agrees."""


def from_gguf(context: LoadContext) -> TextPipeline:
    """A Llama model out of a GGUF file, converted on first use and quantised where that does no harm."""
    folder = convert.llama_folder(context.path, context.work / "model", context.progress)
    if context.placement.device != "cpu" or context.placement.policy != "cpu":
        return from_folder(replace(context, path=folder))
    kept = context.work / "decoder"
    known = store.load(kept)
    if known is None:
        context.progress(0, None)
        probe = _tokenizer(folder)(_PROBE.read_text("utf-8")).input_ids
        choice = ladder.choose(_load(folder, context).eval(), probe, kept)
        store.save(kept, choice)
        known = (choice.network, choice.trials)
    network, _ = known
    slots = context.spec.concurrency
    chat = Chat(_converted_tokenizer(folder))
    return TextPipeline(
        chat, decoding.Batch(network, slots), end_tokens(chat, None), network.facts.context, network.form
    )


def from_folder(context: LoadContext) -> TextPipeline:
    """Any causal language model in a folder of transformers' layout."""
    weights = sum(file.stat().st_size for file in context.path.glob("*.safetensors"))
    context.progress(0, weights)
    chat = Chat(_tokenizer(context.path))
    model = _load(context.path, context).eval()
    context.progress(weights, weights)
    return TextPipeline(
        chat,
        decoding.decoder(model),
        end_tokens(chat, model.generation_config.eos_token_id),
        model.config.max_position_embeddings,
        str(model.dtype).removeprefix("torch."),
        model,
    )


def _converted_tokenizer(folder: Path) -> Any:
    """The tokenizer that :mod:`convert` wrote; the general loader takes a hundred megabytes more for it."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    about = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    facts = {name: about[name] for name in ("bos_token", "eos_token", "pad_token", "chat_template")}
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_file(str(folder / "tokenizer.json")), **facts
    )


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


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
    """Answers, several at a time where the decoder takes several.

    Args:
        chat: the model's encoder.
        decoder: what goes on with token ids.
        ends: tokens that end an answer.
        room: the most tokens that prompt and answer may have together.
        number_format: what the weights are computed in.
        model: the model of transformers behind the decoder, where there is one.
    """

    def __init__(
        self,
        chat: Chat,
        decoder: decoding.Decoder,
        ends: frozenset[int],
        room: int,
        number_format: str,
        model: Any = None,
    ) -> None:
        self.chat = chat
        self.decoder = decoder
        self.model = model
        self.number_format = number_format
        self._ends = ends
        self._context = room
        self._company = Company()
        self._lane = lane_of(decoder, "cpu" if model is None else str(model.device.type))

    def __call__(self, params: TextParams, emit: Emit) -> tuple[Output, ...]:
        """Answer ``params.prompt``, emitting the text so far after every token.

        Raises:
            UserError: ``prompt_too_long`` where prompt and answer so far fill the model's context.
        """
        with self._company() as run:
            text, told = self._answer(params, emit)
        return (output(text, {**told, **facts(self._lane, run)}),)

    def _answer(self, params: TextParams, emit: Emit) -> tuple[str, dict[str, Any]]:
        ids = self.chat.encode(params.system.strip(), params.prompt or params.title, params.prefix)
        limit = room(self._context, len(ids), params.max_new_tokens)
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
            emit(Partial(output(text, {"tokens": made})))
        speed = round(made / max(time.perf_counter() - began, 1e-9), 1)
        told = {
            "tokens": made,
            "prompt_tokens": len(ids),
            "tokens_per_second": speed,
            "finish_reason": reason,
            "number_format": self.number_format,
        }
        return params.prefix + reader.text, told
