"""Text from a causal language model: one answer as a stream, and the model that comes with the app.

Knows chats and decoders. Knows nothing of jobs, pages or files' origins. Imports neither torch nor
transformers: what needs them is in :mod:`causal`.
"""

from __future__ import annotations

import shutil
import time
from typing import Any

from aigc_demo import decoding
from aigc_demo.decoding import prepared
from aigc_demo.decoding.decoding_mode import CoBatch, decoding_mode_of, metadata
from aigc_demo.tasks.text import chat as chats
from aigc_demo.tasks.text import convert
from aigc_demo.tasks.text.answer import max_new, output
from aigc_demo.tasks.text.chat import Chat
from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.types import Emit, LoadContext, Output, Partial, Progress


def from_gguf(context: LoadContext) -> TextPipeline:
    """A Llama model out of a GGUF file: by the compiled step where there is one, else by torch."""
    where = context.placement
    if where.device == "cpu" and where.policy == "cpu":
        kept = context.work / "decoder"
        network = prepared.from_gguf(context.path, kept, context.progress, context.threads, context.compilers)
        if network is not None:
            shutil.rmtree(context.work / "model", ignore_errors=True)  # of a version that needed it
            chat = chats.from_folder(convert.tokenizer_folder(context.path, context.work / "tokenizer"))
            decoder = decoding.ContinuousBatcher(network, context.spec.concurrency)
            return TextPipeline(chat, decoder, chat.ends, network.config.context, network.form)
    from aigc_demo.tasks.text import causal

    return causal.from_gguf(context)


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
        max_new: int,
        number_format: str,
        model: Any = None,
    ) -> None:
        self.chat = chat
        self.decoder = decoder
        self.model = model
        self.number_format = number_format
        self.ends = ends
        self._context = max_new
        self._co_batch = CoBatch()
        self._work_slot = decoding_mode_of(decoder, "cpu" if model is None else str(model.device.type))

    def __call__(self, params: ChatParams, emit: Emit) -> tuple[Output, ...]:
        """Answer ``params.prompt``, emitting the text so far after every token.

        Raises:
            UserError: ``prompt_too_long`` where prompt and answer so far fill the model's context.
        """
        with self._co_batch() as run:
            text, metrics = self._answer(ChatParams.widen(params), emit)
        return (output(text, {**metrics, **metadata(self._work_slot, run)}),)

    def _answer(self, params: ChatParams, emit: Emit) -> tuple[str, dict[str, Any]]:
        ids = self.chat.encode(params.system.strip(), params.prompt, params.prefix, params.turns)
        limit = max_new(self._context, len(ids), params.max_new_tokens)
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
        result, reason = 0, "length"
        for token in decoding.generate(self.decoder, ids, how, limit, self.ends):
            if token is None:  # a part of the prompt was read
                emit(Progress(0, limit))
                began = time.perf_counter()
                continue
            result += 1
            if token in self.ends:
                reason = "stop"
                break
            text = params.prefix + reader.add(token)
            seconds = time.perf_counter() - began
            emit(Progress(result, limit, seconds / result * (limit - result)))
            emit(Partial(output(text, {"tokens": result})))
        speed = round(result / max(time.perf_counter() - began, 1e-9), 1)
        metrics = {
            "tokens": result,
            "prompt_tokens": len(ids),
            "tokens_per_second": speed,
            "finish_reason": reason,
            "number_format": self.number_format,
        }
        return params.prefix + reader.text, metrics
