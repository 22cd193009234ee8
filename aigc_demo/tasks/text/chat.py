"""From what people wrote to token ids, and from token ids to text that can be shown.

Knows chat templates and tokenizers. What a person wrote never becomes a control token: the template
is rendered around marks, and each person's text is encoded on its own, special tokens switched off.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream

_MARK = "\ue000{}\ue001"  # private-use characters: in no template
_MARKS = re.compile("\ue000(\\d+)\ue001")


class Chat:
    """Encodes for one model.

    Args:
        tokenizer: a fast tokenizer of transformers.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._template: Tokenizer = tokenizer.backend_tokenizer
        self._plain: Tokenizer = copy.deepcopy(self._template)
        self._plain.encode_special_tokens = True

    def encode(self, system: str, prompt: str, prefix: str = "") -> list[int]:
        """The ids of a conversation up to where the model goes on.

        Args:
            system: how the model shall behave; empty for the model's own words.
            prompt: what was asked.
            prefix: the beginning of the answer, for going on with it.
        """
        if not self._tokenizer.chat_template:
            return self._encode_plain(prompt + prefix)
        written = [system, prompt] if system else [prompt]
        roles = ["system", "user"][-len(written) :]
        messages = [{"role": role, "content": _MARK.format(n)} for n, role in enumerate(roles)]
        frame: str = self._tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        pieces = _MARKS.split(frame)  # text, number, text, number, ..., text
        ids: list[int] = []
        for place, piece in enumerate(pieces):
            if place % 2:
                ids += self._encode_plain(written[int(piece)])
            elif piece:
                ids += self._template.encode(piece, add_special_tokens=False).ids
        return ids + self._encode_plain(prefix)

    def _encode_plain(self, text: str) -> list[int]:
        return list(self._plain.encode(text, add_special_tokens=False).ids) if text else []

    def reader(self) -> Reader:
        """Turns new tokens into text, one by one."""
        return Reader(self._template)

    @property
    def ends(self) -> frozenset[int]:
        """Tokens that end an answer, as the tokenizer knows them."""
        end = self._tokenizer.eos_token_id
        return frozenset() if end is None else frozenset([int(end)])


class Reader:
    """The text of a growing list of tokens; half of a character is held back until it is whole."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._stream = DecodeStream(skip_special_tokens=True)
        self.text = ""

    def add(self, token: int) -> str:
        """Take one more token and return the text so far."""
        piece = self._stream.step(self._tokenizer, token)
        if piece:
            self.text += piece
        return self.text


def end_tokens(chat: Chat, declared: int | Sequence[int] | None) -> frozenset[int]:
    """All tokens that end an answer: the tokenizer's and those that the model's files declare."""
    if declared is None:
        return chat.ends
    return chat.ends | frozenset([declared] if isinstance(declared, int) else declared)
