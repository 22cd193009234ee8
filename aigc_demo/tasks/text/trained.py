"""Going on with a text by a model that a visitor has trained from nothing.

Knows the parameters and which characters the model has met. The file is read by
:mod:`aigc_demo.learning.texts.model`, as if a stranger had made it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from torch import nn

from aigc_demo.decoding import Sampling
from aigc_demo.learning.texts import model
from aigc_demo.learning.texts.model import TextConfig
from aigc_demo.tasks.text.answer import output
from aigc_demo.types import Emit, LoadContext, Output, Partial, Progress, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.text.params import OwnParams

SHOWN = 12
"""Characters that a sentence on unknown ones names, at most."""


def load(context: LoadContext) -> TrainedWriter:
    """The visitor's model from its file."""
    net, config = model.read(context.path)
    if config.music:
        raise UserError("bad_trained_model", "error.bad_trained_model", status=422, field="model")
    return TrainedWriter(net, config)


class TrainedWriter:
    """Writes with one trained model."""

    def __init__(self, net: nn.Module, config: TextConfig) -> None:
        self.net, self.config = net, config
        self._ids = {token: number for number, token in enumerate(config.tokens)}

    def __call__(self, params: OwnParams, emit: Emit) -> tuple[Output, ...]:
        """Go on from the prompt to the end of its line, or as many tokens as were asked for.

        Raises:
            UserError: the prompt has characters that the model never met.
        """
        said = " ".join(params.prompt.split())
        prompt = [0, *self.ids(said)]
        how = Sampling(params.temperature, params.top_p, seed=params.seed or 0)
        limit, text, count = params.max_new_tokens, said, 0
        emit(Progress(0, limit))
        began = time.perf_counter()
        for token in model.sample(self.net, prompt, how, limit):
            if token == 0:
                break
            count += 1
            text += self.config.tokens[token]
            emit(Progress(count, limit))
            emit(Partial(output(text, {"tokens": count})))
        speed = round(count / max(time.perf_counter() - began, 1e-9), 1)
        reason = "length" if count == limit else "stop"
        return (output(text, {"tokens": count, "tokens_per_second": speed, "finish_reason": reason}),)

    def ids(self, said: str) -> list[int]:
        """The model's numbers of characters; a sentence names those that it never met."""
        unknown = "".join(dict.fromkeys(char for char in said if char not in self._ids))
        if unknown:
            raise UserError(
                "unknown_characters",
                "text.error.unknown_characters",
                status=422,
                field="prompt",
                task="text",
                characters=unknown[:SHOWN],
                known="".join(self.config.tokens[1 : SHOWN + 1]),
            )
        return [self._ids[char] for char in said]
