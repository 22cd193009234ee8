"""Text from a causal language model: one answer as a stream, and the model that comes with the app.

Knows chats and decoders. Knows nothing of jobs, pages or files' origins. Imports neither torch nor
transformers: what needs them is in :mod:`causal`.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from aigc_demo import decoding
from aigc_demo.decoding import mark_key, prepared
from aigc_demo.decoding.decoding_mode import CoBatch, decoding_mode_of, metadata
from aigc_demo.language.encoder import SentenceEncoder
from aigc_demo.settings import Settings
from aigc_demo.tasks.text import chat as chats
from aigc_demo.tasks.text import convert, scoring
from aigc_demo.tasks.text.answer import max_new, output, sampling
from aigc_demo.tasks.text.chat import Chat
from aigc_demo.tasks.text.drafts import Writing, Written, writings
from aigc_demo.tasks.text.outlines import Outlines, asked, exercises
from aigc_demo.tasks.text.params import ChatParams, DraftedParams
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
            return TextPipeline(
                chat,
                decoder,
                chat.ends,
                network.config.context,
                network.form,
                encoder=encoder_of(context.extras.get("sentences")),
                mark=mark_of(context.settings),
            )
    from aigc_demo.tasks.text import causal

    return causal.from_gguf(context)


def mark_of(settings: Settings) -> bytes:
    """The key of the mark that texts bear; empty where they bear none."""
    return mark_key.load(settings.data) if settings.text_mark else b""


def encoder_of(folder: Path | None) -> Callable[[], SentenceEncoder] | None:
    """Gives the sentence encoder in a folder, read when it is first asked for."""
    return None if folder is None else cache(lambda: SentenceEncoder(folder))


class TextPipeline:
    """Answers, several at a time where the decoder takes several.

    Args:
        chat: the model's encoder.
        decoder: what goes on with token ids.
        ends: tokens that end an answer.
        room: the most tokens that prompt and answer may have together.
        number_format: what the weights are computed in.
        model: the model of transformers behind the decoder, where there is one.
        encoder: gives what tells how near a draft stays to its request; asked for when it is first needed.
        mark: the key of a mark in the choice of words, for texts long enough to show it.
    """

    def __init__(
        self,
        chat: Chat,
        decoder: decoding.Decoder,
        ends: frozenset[int],
        max_new: int,
        number_format: str,
        model: Any = None,
        encoder: Callable[[], SentenceEncoder] | None = None,
        mark: bytes = b"",
    ) -> None:
        self.chat = chat
        self.decoder = decoder
        self.model = model
        self.number_format = number_format
        self.ends = ends
        self._context = max_new
        self._encoder = encoder
        self._mark = mark
        network = getattr(decoder, "network", None)
        self.outlines = Outlines(chat, ends, network.config.vocabulary if network is not None else None)
        self._co_batch = CoBatch()
        self._work_slot = decoding_mode_of(decoder, "cpu" if model is None else str(model.device.type))

    def __call__(self, params: ChatParams, emit: Emit) -> tuple[Output, ...]:
        """Answer ``params.prompt``, emitting the text so far after every token: the first draft's of several.

        Raises:
            UserError: ``prompt_too_long`` where prompt and answer so far fill the model's context.
        """
        with self._co_batch() as run:
            wide = DraftedParams.widen(params)
            drafts, metrics = self._write(wide, emit)
        shown, more = self._chosen(params.prompt, params.prefix, drafts)
        text = params.prefix + shown.text
        told = {**metrics, "tokens": shown.tokens, "finish_reason": shown.reason, **more}
        if quiz := exercises(wide.outline, text, shown.seed):
            told["exercises"] = quiz
        return (output(text, {**told, **metadata(self._work_slot, run)}),)

    def sampling(self, params: ChatParams) -> decoding.Sampling:
        """How the tokens of an answer are chosen."""
        return sampling(params, self._mark)

    def encode(self, params: DraftedParams) -> list[int]:
        """The ids of a request up to where the model goes on."""
        prompt = asked(params.outline, params.prompt)
        return self.chat.encode(params.system.strip(), prompt, params.prefix, params.turns)

    def _write(self, params: DraftedParams, emit: Emit) -> tuple[list[Written], dict[str, Any]]:
        """Write the drafts, the first of them for all to see; and what can be said of all of them."""
        ids = self.encode(params)
        rules, most = self.outlines(params.outline, params.prefix)
        limit = max_new(self._context, len(ids), most or params.max_new_tokens)
        emit(Progress(0, limit))
        drafts = writings(
            self.chat, self.decoder, ids, self.sampling(params), params.drafts, limit, self.ends, rules
        )
        open_ = list(drafts)
        every, first = tuple(open_), open_[0]
        try:
            while open_:
                for one in open_:
                    grew = one.advance()
                    if one is first and grew:
                        emit(Partial(output(params.prefix + one.text, {"tokens": one.tokens})))
                self._tell(every, limit, emit)
                open_ = [one for one in open_ if not one.reason]
        finally:
            for one in every:
                one.close()
        seconds = time.perf_counter() - first.began
        speed = round(sum(one.tokens for one in every) / max(seconds, 1e-9), 1)
        metrics = {
            "prompt_tokens": len(ids),
            "context": self._context,
            "tokens_per_second": speed,
            "number_format": self.number_format,
        }
        return [one.written() for one in every], metrics

    @staticmethod
    def _tell(drafts: Sequence[Writing], limit: int, emit: Emit) -> None:
        """How far the longest is, and how long the rest may take."""
        done = max(one.tokens for one in drafts)
        seconds = time.perf_counter() - drafts[0].began
        emit(Progress(done, limit, seconds / done * (limit - done) if done else None))

    def _chosen(self, prompt: str, prefix: str, drafts: Sequence[Written]) -> tuple[Written, dict[str, Any]]:
        """The draft to be shown; where there are several, what each says and how it was judged."""
        if len(drafts) == 1:
            return drafts[0], {}
        judged = [scoring.Draft(prefix + one.text, one.reason == "stop") for one in drafts]
        at, scores = scoring.best(prompt, judged, self._encoder() if self._encoder else None)
        told = [
            {"seed": one.seed, "text": draft.text, "score": score, "finish_reason": one.reason}
            for one, draft, score in zip(drafts, judged, scores, strict=True)
        ]
        return drafts[at], {"drafts": told, "draft": at + 1, "draft_seed": drafts[at].seed}
