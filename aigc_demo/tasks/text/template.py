"""Chat templates: the little Jinja programs that come with models and frame a conversation.

Knows what such a program may call, which is what transformers offers it. It is a stranger's code: it runs in
Jinja's sandbox and can change nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment


class ChatTemplate:
    """A model's template.

    Args:
        source: in Jinja.
        special: special tokens by the names that templates know them by, such as ``bos_token``.
    """

    def __init__(self, source: str, special: Mapping[str, str]) -> None:
        sandbox = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        sandbox.filters["tojson"] = _to_json
        sandbox.globals |= {"raise_exception": _raise, "strftime_now": _now}
        self._template = sandbox.from_string(source)
        self._special = dict(special)

    def __call__(self, messages: Sequence[Mapping[str, str]]) -> str:
        """The conversation up to where the model goes on; models that think aloud are told not to.

        Raises:
            jinja2.TemplateError: the template refuses these messages.
        """
        return self._template.render(
            messages=list(messages),
            tools=None,
            documents=None,
            add_generation_prompt=True,
            enable_thinking=False,
            **self._special,
        )


def _raise(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _now(form: str) -> str:
    return datetime.now().astimezone().strftime(form)


def _to_json(value: Any, **options: Any) -> str:
    """Unlike Jinja's own, without escapes for HTML."""
    return json.dumps(value, **{"ensure_ascii": False, **options})
