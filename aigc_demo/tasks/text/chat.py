"""From what people wrote to token ids, and from token ids to text that can be shown.

Knows tokenizers and how a conversation is framed for a model. Imports no torch and no transformers. What a
person wrote never becomes a control token: the template is rendered around marks, and each person's text is
encoded on its own, special tokens switched off.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream

_MARK = "\ue000{}\ue001"  # private-use characters: in no template
_PRINTED = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))
_BYTES = {chr(byte): byte for byte in _PRINTED} | {
    chr(0x100 + number): byte for number, byte in enumerate(sorted(set(range(256)) - set(_PRINTED)))
}
"""Byte-level BPE writes each byte as one character that can be printed (Radford et al. 2019)."""
MARKS = re.compile("\ue000(\\d+)\ue001")
"""Where people's words go in a rendered template."""


Messages = Sequence[Mapping[str, str]]
"""``role`` and ``content`` of each."""


def conversation(system: str, turns: Sequence[str], prompt: str) -> tuple[list[dict[str, str]], list[str]]:
    """Messages for a template, with marks in place of people's words, and these words by number."""
    written = [system, *turns, prompt]
    roles = ["system", *("user", "assistant") * (len(turns) // 2), "user"]
    messages = [
        {"role": role, "content": _MARK.format(number)}
        for number, role in enumerate(roles)
        if number or system
    ]
    return messages, written


class Chat:
    """Encodes for one model.

    Args:
        tokenizer: the model's; with ``encode_special_tokens`` set, so that it takes them for text.
        frame_ids: encodes what a template wrote, special tokens among it.
        frame: renders a conversation up to where the model goes on; None for a model that only continues
            texts.
        end: the token that ends an answer, as the tokenizer knows it.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        frame_ids: Callable[[str], list[int]],
        frame: Callable[[Messages], str] | None,
        end: int | None,
    ) -> None:
        self._tokenizer = tokenizer
        self._frame_ids = frame_ids
        self._frame = frame
        self._end = end

    def encode(self, system: str, prompt: str, prefix: str = "", turns: Sequence[str] = ()) -> list[int]:
        """The ids of a conversation up to where the model goes on.

        Args:
            system: how the model shall behave; empty for the model's own words.
            prompt: what was asked.
            prefix: the beginning of the answer, for going on with it.
            turns: what was said before, the visitor's and the model's words in turn.
        """
        if self._frame is None:
            return self.tokens(prompt + prefix)
        messages, written = conversation(system, turns, prompt)
        pieces = MARKS.split(self._frame(messages))  # text, number, text, number, ..., text
        ids: list[int] = []
        for place, piece in enumerate(pieces):
            if place % 2:
                ids += self.tokens(written[int(piece)])
            elif piece:
                ids += self._frame_ids(piece)
        return ids + self.tokens(prefix)

    def tokens(self, text: str) -> list[int]:
        """The ids of a text as it stands, nothing before or behind it."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids) if text else []

    def spell(self, token: int) -> bytes:
        """The UTF-8 bytes of a token, often part of a character; one that steers the model has a name."""
        name = self._tokenizer.id_to_token(token) or ""
        if all(char in _BYTES for char in name):
            return bytes(_BYTES[char] for char in name)
        return name.replace("\u2581", " ").encode()

    def spelled(self) -> list[bytes]:
        """The bytes of every token, by token; none for those that steer the model."""
        added = self._tokenizer.get_added_tokens_decoder()
        special = {token for token, one in added.items() if one.special}
        size = self._tokenizer.get_vocab_size(with_added_tokens=True)
        return [b"" if token in special else self.spell(token) for token in range(size)]

    def reader(self) -> Reader:
        """Turns new tokens into text, one by one."""
        return Reader(self._tokenizer)

    @property
    def ends(self) -> frozenset[int]:
        """Tokens that end an answer, as the tokenizer knows them."""
        return frozenset() if self._end is None else frozenset([self._end])


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


def from_folder(folder: Path) -> Chat:
    """The encoder in a folder with ``tokenizer.json`` and ``tokenizer_config.json``."""
    from aigc_demo.tasks.text.template import ChatTemplate

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.encode_special_tokens = True
    about = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    special = {name: about[name] for name in ("bos_token", "eos_token", "pad_token") if about.get(name)}
    template = about.get("chat_template")
    frame = ChatTemplate(template, special) if template else None
    end = tokenizer.token_to_id(special.get("eos_token", ""))
    return Chat(tokenizer, SpecialTokens(tokenizer), frame, end)


class SpecialTokens:
    """Encodes texts with special tokens among them by a tokenizer that takes these for text.

    A second tokenizer would hold the whole vocabulary again. For those of byte-level BPE, whose special
    tokens are themselves and nothing around them.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        added = tokenizer.get_added_tokens_decoder().items()
        self._ids = {token.content: number for number, token in added if token.special}
        longest_first = sorted(map(re.escape, self._ids), key=len, reverse=True)
        self._pattern = re.compile(f"({'|'.join(longest_first)})" if longest_first else "(?!)")

    def __call__(self, text: str) -> list[int]:
        """The ids of a text."""
        ids: list[int] = []
        for piece in self._pattern.split(text):
            if piece in self._ids:
                ids.append(self._ids[piece])
            elif piece:
                ids += self._tokenizer.encode(piece, add_special_tokens=False).ids
        return ids


def of_transformers(tokenizer: Any) -> Chat:
    """The encoder that a fast tokenizer of transformers is."""
    template: Tokenizer = tokenizer.backend_tokenizer
    plain: Tokenizer = copy.deepcopy(template)
    plain.encode_special_tokens = True

    def frame(messages: Messages) -> str:
        result: str = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return result

    def frame_ids(text: str) -> list[int]:
        return list(template.encode(text, add_special_tokens=False).ids)

    end = tokenizer.eos_token_id
    framed = frame if tokenizer.chat_template else None
    return Chat(plain, frame_ids, framed, None if end is None else int(end))
