"""Answers from any GGUF file, by llama.cpp: the optional package xllamacpp and its server in this process.

Knows that server: its chat template for the file, its tokenizer, its stream. One run at a time, from an empty
cache, so that a seed gives the same text whoever else waits. What a person wrote never becomes a control
token: the template is filled with marks, and each person's text is encoded on its own.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from aigc_demo.tasks.text.answer import max_new, output
from aigc_demo.tasks.text.chat import MARKS, conversation
from aigc_demo.types import MAX_SEED, Emit, LoadContext, Output, Partial, Progress, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.text.params import ChatParams

CONTEXT = 4096
"""Tokens that prompt and answer may have together, where the declaration's ``context`` says nothing else."""
PROMPT_PIECE = 128
"""Prompt tokens read at once; between two pieces a run can be stopped."""


class Server(Protocol):
    """What the pipeline asks of llama.cpp."""

    context: int
    number_format: str

    def template(self, messages: Sequence[Mapping[str, str]]) -> str:
        """A conversation in the words of the file's own template, up to where the model goes on."""
        ...

    def tokens(self, text: str, *, control: bool, first: bool = False) -> list[int]:
        """Token ids; ``control`` reads control tokens as such, ``first`` puts before what begins a text."""
        ...

    def complete(self, request: Mapping[str, Any], tell: Callable[[dict[str, Any]], bool]) -> None:
        """Stream a completion; ``tell`` answers True to stop it."""
        ...


def load(context: LoadContext) -> LlamaPipeline:
    """The GGUF file that was fetched, or that the declaration's ``file`` names."""
    options = context.spec.options
    path = Path(str(options.get("file") or context.path))
    if path.is_dir():
        path = next(iter(sorted(path.rglob("*.gguf"))), path / "missing.gguf")
    size = path.stat().st_size if path.is_file() else 0
    context.progress(0, size)
    server = LlamaServer(
        path,
        name=context.spec.name,
        context=int(options.get("context", CONTEXT)),
        threads=threads_of_one(context.settings.slot_count),
        layers_on_gpu=0 if context.placement.device == "cpu" else 999,
    )
    context.progress(size, size)
    return LlamaPipeline(server)


class LlamaPipeline:
    """One answer at a time."""

    def __init__(self, server: Server) -> None:
        self._server: Server | None = server

    def close(self) -> None:
        """Give the model's memory back."""
        self._server = None

    def __call__(self, params: ChatParams, emit: Emit) -> tuple[Output, ...]:
        """Answer ``params.prompt``, emitting the text so far after every token.

        Raises:
            UserError: ``prompt_too_long`` where prompt and answer so far fill the context.
        """
        server = self._server
        if server is None:
            raise RuntimeError("the model has been unloaded")
        ids = _encoded(server, params)
        limit = max_new(server.context, len(ids), params.max_new_tokens)
        stream = _Stream(params.prefix, limit, emit)
        server.complete(_request(params, ids, limit, server.context), stream.take)
        if stream.raised is not None:
            raise stream.raised
        metadata = {
            "tokens": stream.generated,
            "prompt_tokens": len(ids),
            "tokens_per_second": stream.speed,
            "finish_reason": stream.reason,
            "number_format": server.number_format,
            "lane": "llama",
        }
        return (output(stream.text, metadata),)


def _encoded(server: Server, params: ChatParams) -> list[int]:
    """The conversation as token ids: the template's words may be control tokens, people's never are."""
    messages, written = conversation(params.system.strip(), params.turns, params.prompt)
    ids: list[int] = []
    for place, piece in enumerate(
        MARKS.split(server.template(messages))
    ):  # text, number, text, number, ..., text
        text = written[int(piece)] if place % 2 else piece
        if text or not place:
            ids += server.tokens(text, control=not place % 2, first=not place)
    return ids + (server.tokens(params.prefix, control=False) if params.prefix else [])


def _request(params: ChatParams, ids: list[int], limit: int, context: int) -> dict[str, Any]:
    return {
        "prompt": ids,
        "n_predict": limit,
        "temperature": params.temperature,
        "top_k": params.top_k,
        "top_p": params.top_p,
        "min_p": 0.0,
        "repeat_penalty": params.repetition_penalty,
        "repeat_last_n": context,
        "seed": (params.seed or 0) % MAX_SEED,  # llama.cpp takes the largest for "any"
        "cache_prompt": False,
        "stream": True,
        "return_progress": True,
    }


class _Stream:
    """What has come of an answer, token by token."""

    def __init__(self, prefix: str, limit: int, emit: Emit) -> None:
        self.text, self.generated, self.reason = prefix, 0, "length"
        self.raised: BaseException | None = None
        self._limit, self._emit, self._began = limit, emit, time.perf_counter()

    @property
    def speed(self) -> float:
        return round(self.generated / max(time.perf_counter() - self._began, 1e-9), 1)

    def take(self, chunk: dict[str, Any]) -> bool:
        """Take what llama.cpp says; True stops it. Nothing may be raised into its thread."""
        try:
            self._take(chunk)
        except BaseException as error:
            self.raised = error
        return self.raised is not None

    def _take(self, chunk: dict[str, Any]) -> None:
        if "error" in chunk:
            raise RuntimeError(f"llama.cpp: {chunk['error']}")
        choice = chunk["choices"][0]
        if choice.get("finish_reason"):
            self.reason = str(choice["finish_reason"])
        self.generated = chunk.get("usage", {}).get("completion_tokens", self.generated)
        piece = choice.get("text") or ""
        if not piece:  # a part of the prompt was read, or the end was reached
            self._emit(Progress(self.generated, self._limit))
            if not self.generated:
                self._began = time.perf_counter()
            return
        self.generated += 1
        self.text += piece
        seconds = time.perf_counter() - self._began
        self._emit(
            Progress(self.generated, self._limit, seconds / self.generated * (self._limit - self.generated))
        )
        self._emit(Partial(output(self.text, {"tokens": self.generated})))


class LlamaServer:
    """llama.cpp's server over one file; its few routes answer on this machine only, to who has the key.

    Args:
        path: the GGUF file.
        name: the model's, for a sentence where the file cannot be read.
        context: tokens of prompt and answer.
        threads: so many compute.
        layers_on_gpu: how many layers to compute there, where xllamacpp was built for one.

    Raises:
        UserError: ``extra_missing`` without the package, ``llama_unreadable`` where it takes no such file.
    """

    def __init__(
        self, path: Path, *, name: str, threads: int, context: int = CONTEXT, layers_on_gpu: int = 0
    ) -> None:
        try:
            import xllamacpp
        except ImportError as error:
            raise UserError(
                "extra_missing", "error.extra_missing", status=503, name=name, package="xllamacpp"
            ) from error
        self._key = secrets.token_urlsafe(24)
        wanted = xllamacpp.CommonParams()
        wanted.model.path = str(path)
        wanted.n_parallel, wanted.n_ctx, wanted.n_gpu_layers = 1, context, layers_on_gpu
        wanted.n_batch = wanted.n_ubatch = PROMPT_PIECE
        wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = threads
        wanted.hostnames, wanted.port, wanted.api_keys, wanted.ui = ["127.0.0.1"], 0, [self._key], False
        wanted.cache_ram_mib, wanted.verbosity, wanted.warmup = 0, 0, False
        try:
            self._server = xllamacpp.Server(wanted)
        except RuntimeError as error:
            raise UserError(
                "llama_unreadable", "error.llama_unreadable", status=503, name=name, file=path.name
            ) from error
        metadata = self._ask("/props")
        self.number_format = str(metadata.get("model_ftype") or "GGUF")
        self.context = int(metadata["default_generation_settings"]["n_ctx"])

    def template(self, messages: Sequence[Mapping[str, str]]) -> str:
        """See :class:`Server`; models that think aloud are told not to."""
        request = {"messages": list(messages), "chat_template_kwargs": {"enable_thinking": False}}
        return str(self._ask("/apply-template", request)["prompt"])

    def tokens(self, text: str, *, control: bool, first: bool = False) -> list[int]:
        """See :class:`Server`."""
        request = {"content": text, "parse_special": control, "add_special": first}
        return list(self._ask("/tokenize", request)["tokens"])

    def complete(self, request: Mapping[str, Any], tell: Callable[[dict[str, Any]], bool]) -> None:
        """See :class:`Server`."""
        self._server.handle_completions(dict(request), tell)

    def _ask(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One of the server's own routes. Raises RuntimeError where it answers with anything but success."""
        connection = http.client.HTTPConnection(
            self._server.listening_address.removeprefix("http://"), timeout=60
        )
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        try:
            if body is None:
                connection.request("GET", path, headers=headers)
            else:
                connection.request("POST", path, json.dumps(body).encode(), headers)
            response = connection.getresponse()
            said = response.read()
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise RuntimeError(f"llama.cpp answered {path} with {response.status}: {said[:300]!r}")
        found: dict[str, Any] = json.loads(said)
        return found


def threads_of_one(slots: int) -> int:
    """The share of the cores that one of so many lanes has."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // slots)
