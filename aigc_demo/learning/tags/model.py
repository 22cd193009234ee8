"""The tagger: a network that reads a sentence from both ends, what it sees of a token, and its file.

Of a token it sees which one it is, if it is known; how it is written (small, Capital, digits, sign); and its
last three letters. So that it can tell a name it never met, some tokens are hidden from it while it learns. A
file is read as if a stranger had made it.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from aigc_demo.learning.tags.data import TAGS, Tagged
from aigc_demo.learning.texts.nets import Dropout
from aigc_demo.learning.weights import check_fits
from aigc_demo.types import UserError

MOST_BYTES = 20_000_000
ENDINGS = 256
PAD, UNKNOWN = 0, 1
SHAPES = ("lower", "Capital", "UPPER", "digit", "sign")

_Token = Annotated[str, Field(min_length=1, max_length=40)]


class TagConfig(BaseModel):
    """All that is needed to build the network again; token numbers begin behind padding and the unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["tags"] = "tags"
    language: Literal["en", "zh"]
    tokens: tuple[_Token, ...] = Field(max_length=20_000)
    width: int = Field(ge=8, le=256)


class Tagger(nn.Module):
    """Three tables, an LSTM from each end, a score for every tag."""

    def __init__(self, config: TagConfig) -> None:
        super().__init__()
        width = config.width
        self.token = nn.Embedding(len(config.tokens) + 2, width)
        self.shape = nn.Embedding(len(SHAPES), width)
        self.ending = nn.Embedding(ENDINGS, width)
        self.lstm = nn.LSTM(width, width, batch_first=True, bidirectional=True)
        self.dropout = Dropout(0.2)
        self.out = nn.Linear(2 * width, len(TAGS))

    def forward(self, seen: Tensor) -> tuple[Tensor, None]:
        """Scores (batch, tokens, tags) of what is seen (batch, tokens, 3)."""
        x = self.token(seen[..., 0]) + self.shape(seen[..., 1]) + self.ending(seen[..., 2])
        x, _ = self.lstm(self.dropout(x))
        return self.out(self.dropout(x)), None


def config_for(language: Literal["en", "zh"], sentences: Iterable[Tagged], width: int) -> TagConfig:
    """Of a tagger for these sentences: it knows the tokens that stand in them more than once."""
    counts = Counter(token for sentence in sentences for token in sentence.tokens)
    known = sorted(token for token, count in counts.items() if count > 1)
    return TagConfig(language=language, tokens=tuple(known), width=width)


class Eyes:
    """What the network sees of tokens.

    Args:
        config: whose tokens are known.
    """

    def __init__(self, config: TagConfig) -> None:
        self._ids = {token: number + 2 for number, token in enumerate(config.tokens)}
        self._endings = config.language == "en"

    def __call__(self, tokens: Sequence[str]) -> list[tuple[int, int, int]]:
        """Three numbers a token."""
        return [
            (self._ids.get(token, UNKNOWN), _shape(token), self._ending(token) if self._endings else 0)
            for token in tokens
        ]

    @staticmethod
    def _ending(token: str) -> int:
        return zlib.crc32(token[-3:].lower().encode()) % ENDINGS


def _shape(token: str) -> int:
    if token.isdigit():
        return 3
    if not token[0].isalpha():
        return 4
    if token[0].isupper():
        return 2 if len(token) > 1 and token.isupper() else 1
    return 0


@torch.inference_mode()
def tagged(net: nn.Module, eyes: Eyes, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
    """The likeliest tag of every token; sentences of one length are read together."""
    found: dict[int, list[str]] = {}
    by_length: dict[int, list[int]] = {}
    for place, tokens in enumerate(sentences):
        by_length.setdefault(len(tokens), []).append(place)
    for length, places in by_length.items():
        if not length:
            found |= {place: [] for place in places}
            continue
        scores, _ = net(torch.tensor([eyes(sentences[place]) for place in places]))
        for place, row in zip(places, scores.argmax(-1).tolist(), strict=True):
            found[place] = [TAGS[one] for one in row]
    return [found[place] for place in range(len(sentences))]


# -- the file -----------------------------------------------------------------------------------------


def to_bytes(weights: Mapping[str, Tensor], config: TagConfig) -> bytes:
    """The model as a file; with one entry of metadata, for the order of several is left to chance."""
    tensors = {name: tensor.detach().contiguous() for name, tensor in weights.items()}
    return save(tensors, {"config": config.model_dump_json()})


def read(path: Path) -> tuple[Tagger, TagConfig]:
    """The model in a file. Raises UserError ``bad_trained_model`` for anything that is none."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        with safe_open(path, "pt") as file:
            config = TagConfig.model_validate_json((file.metadata() or {})["config"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        net = Tagger(config)
        check_fits(net.state_dict(), tensors)
        net.load_state_dict(tensors)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise UserError("bad_trained_model", "error.bad_trained_model", status=422, field="model") from error
    return net.eval(), config
