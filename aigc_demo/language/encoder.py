"""Sentence vectors: texts in Chinese or English as points whose angles tell how much they have in common.

Knows the tokenizer, the network and what was read already. The network was taught with the words "query" and
"passage" in front: a question is compared with passages, texts of one kind as queries among themselves.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from tokenizers import Tokenizer

from aigc_demo.language.network import E5Network, Floats
from aigc_demo.letters import one_form

Role = Literal["query", "passage"]

KEPT = 20_000
"""Vectors that are kept by what their texts say: thirty megabytes."""
AT_ONCE = 256
"""Pieces that go through the network together: what is between two layers fits a core's cache."""


class SentenceEncoder:
    """multilingual-e5-small in 4 bits, from a folder with ``text_encoder`` and ``tokenizer``.

    What is longer than the network's 128 positions is read in windows, whose vectors are averaged by length.
    """

    def __init__(self, folder: Path) -> None:
        self._network = E5Network(folder / "text_encoder")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer" / "tokenizer.json"))
        self._kept: OrderedDict[tuple[Role, str], Floats] = OrderedDict()

    @property
    def width(self) -> int:
        """Numbers of a vector."""
        return int(self._network.width)

    def __call__(self, texts: Sequence[str], role: Role = "query") -> Floats:
        """Texts -> unit vectors (texts, width) of float32.

        Raises:
            ValueError: a text says nothing; it would have a vector all the same.
        """
        keys = [(role, _form(text)) for text in texts]
        if not all(text for _, text in keys):
            raise ValueError("a text without words has no meaning to be compared")
        fresh = [key for key in dict.fromkeys(keys) if key not in self._kept]
        found = dict(zip(fresh, self._read(role, [text for _, text in fresh]), strict=True))
        result = np.empty((len(keys), self.width), np.float32)
        for at, key in enumerate(keys):
            result[at] = found[key] if key in found else self._kept[key]
        self._keep(found)
        return result

    def _keep(self, found: dict[tuple[Role, str], Floats]) -> None:
        self._kept.update(found)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _read(self, role: Role, texts: Sequence[str]) -> Floats:
        """Texts without those that are kept -> unit vectors."""
        windows = [(number, ids) for number, text in enumerate(texts) for ids in self._windows(role, text)]
        windows.sort(key=lambda one: len(one[1]))
        sums = np.zeros((len(texts), self.width), np.float32)
        for batch in _batches(windows):
            for (number, ids), states in zip(batch, self._network([ids for _, ids in batch]), strict=True):
                sums[number] += unit(states.mean(0)) * np.float32(len(ids))
        return unit(sums)

    def _windows(self, role: Role, text: str) -> Iterator[list[int]]:
        begin, *pieces, end = self._tokenizer.encode(f"{role}: {text}").ids
        head = len(self._tokenizer.encode(f"{role}:", add_special_tokens=False).ids)
        front, pieces = pieces[:head], pieces[head:]
        room = self._network.positions - head - 2
        for at in range(0, max(1, len(pieces)), room):
            yield [begin, *front, *pieces[at : at + room], end]


def unit(vectors: Floats) -> Floats:
    """Vectors (.., width) of length one."""
    length: Floats = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, np.float32(1e-12)), np.float32)


def _form(text: str) -> str:
    """What is read: one form of each letter, spaces alike, no NUL (which would end the text)."""
    return " ".join(one_form(text.replace("\0", " ")).split())


def _batches(windows: list[tuple[int, list[int]]]) -> Iterator[list[tuple[int, list[int]]]]:
    batch: list[tuple[int, list[int]]] = []
    pieces = 0
    for one in windows:
        if batch and pieces + len(one[1]) > AT_ONCE:
            yield batch
            batch, pieces = [], 0
        batch.append(one)
        pieces += len(one[1])
    if batch:
        yield batch
