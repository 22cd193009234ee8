"""Finding this installation's mark in a text: by the tokenizers of the models that write marked texts here.

Knows where such a tokenizer lies. What the mark is, is :mod:`aigc_demo.decoding.watermark`'s business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_demo.decoding import mark_key, watermark
from aigc_demo.engine import sources
from aigc_demo.settings import Settings
from aigc_demo.types import ModelSpec

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TEXTS = frozenset({"text/plain", "text/markdown"})
MOST = 200_000
"""Characters that are looked at."""
TOKENIZER = Path("work", "tokenizer", "tokenizer.json")
"""Where a model out of a GGUF file has its tokenizer, below the model's folder."""


def likeness(data: bytes, settings: Settings, specs: Iterable[ModelSpec]) -> float | None:
    """How surely a text bears the mark, in standard deviations: the most of all models'.

    None where nothing is marked here, no model has written yet, or the text is too short.
    """
    if not settings.text_mark:
        return None
    try:
        key = mark_key.load(settings.data)
    except OSError:
        return None
    text = data[: 4 * MOST].decode("utf-8", "ignore")[:MOST]
    found = [
        share
        for file in _tokenizers(settings, specs)
        if (share := watermark.likeness(_read(file).encode(text, add_special_tokens=False).ids, key))
        is not None
    ]
    return max(found, default=None)


def _tokenizers(settings: Settings, specs: Iterable[ModelSpec]) -> Iterator[Path]:
    for spec in specs:
        file = sources.home(spec, settings) / TOKENIZER
        if file.is_file():
            yield file


@lru_cache(maxsize=4)
def _read(file: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(file))
