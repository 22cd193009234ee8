"""A language model that is none: words drawn by seed, at a chosen pace, for tests of everything else.

Knows no torch. The same prompt, settings and seed give the same words. With ``faults`` in its options
the prompt may ask it to fail in one of the ways that real models fail.
"""

from __future__ import annotations

import ctypes
import os
import random
import signal
import time
from typing import TYPE_CHECKING

from aigc_demo.types import Emit, LoadContext, Output, Partial, Progress, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.text.params import ChatParams

_WORDS = ["a", "small", "cat", "moon", "猫", "月亮", "river", "sings", "唱歌", "under", "old", "quiet", "雨"]


def words(context: LoadContext) -> DebugText:
    """A debug text model. Options: ``delay`` seconds a word, ``load_delay`` seconds, ``faults``.

    One that translates says English words only.
    """
    options = context.spec.options
    for done in range(5):
        context.progress(done, 5)
        time.sleep(float(options.get("load_delay", 0.0)) / 5)
    said = [word for word in _WORDS if word.isascii()] if context.spec.translates else _WORDS
    return DebugText(float(options.get("delay", 0.0)), bool(options.get("faults", False)), said)


class DebugText:
    """Draws ``max_new_tokens`` words."""

    def __init__(self, delay: float, faults: bool, said: list[str]) -> None:
        self._delay = delay
        self._faults = faults
        self._said = said

    def __call__(self, params: ChatParams, emit: Emit) -> tuple[Output, ...]:
        """Draw the words, emitting the text so far after each."""
        if self._faults:
            _fail(params.prompt.strip())
        settings = (
            params.prompt,
            params.system,
            params.prefix,
            params.temperature,
            params.seed,
            *params.turns,
        )
        rng = random.Random(repr(settings))
        text = params.prefix
        began = time.perf_counter()
        emit(Progress(0, params.max_new_tokens))
        for result in range(1, params.max_new_tokens + 1):
            time.sleep(self._delay)
            text += (" " if text else "") + rng.choice(self._said)
            emit(Progress(result, params.max_new_tokens, self._delay * (params.max_new_tokens - result)))
            emit(Partial(_output(text, {"tokens": result})))
        speed = round(params.max_new_tokens / max(time.perf_counter() - began, 1e-9), 1)
        metadata = {"tokens": params.max_new_tokens, "tokens_per_second": speed, "finish_reason": "length"}
        return (_output(text, metadata),)


def _fail(how: str) -> None:
    """Fail as asked: ``crash`` the process, ``hang`` deaf to cancelling, ``freeze`` all of Python, ..."""
    match how:
        case "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            time.sleep(3600)
        case "freeze":
            ctypes.PyDLL(None).sleep(3600)  # a native call that keeps Python's lock
        case "memory":
            raise MemoryError
        case "bug":
            raise ZeroDivisionError("a bug, on purpose")
        case "refuse":
            raise UserError("prompt_too_long", "error.prompt_too_long", field="prompt", tokens=9, limit=8)


def _output(text: str, metadata: dict[str, object]) -> Output:
    return Output("text", "text.txt", "text/plain; charset=utf-8", text=text, meta=metadata)
