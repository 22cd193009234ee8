"""A text looked into token by token: what the model would have said, and what of that was left to choose.

Knows scores, a run's sampler and how tokens are spelled; chats, poems and tunes come here alike. Knows
nothing of how a text was asked for. Surprise is in bits, of the model's own probabilities before any setting
or rule.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from aigc_demo.decoding.loop import Decoder
from aigc_demo.decoding.sampling import Floats, Sampler, Sampling, Weighed, largest, softmax
from aigc_demo.explain import Bytes, Section, rounded
from aigc_demo.types import Remark

MOST = 400
"""Tokens of a text that are looked into."""
CHOICES = 8
"""Alternatives that are told of each."""

RANKED = 64
"""Tokens that are ranked, for whoever adds up those that mean the same."""

Spell = Callable[[int], bytes]
"""The UTF-8 bytes of a token; of one that says nothing none."""
SpellAfter = Callable[[Sequence[int]], Spell]
"""The same where it depends on the new tokens before."""
NameRule = Callable[[Sequence[int]], str]
"""The name of the rule that holds after so many new tokens; empty where none does."""


@dataclass(frozen=True)
class Position:
    """One token and what it was chosen from.

    ``chosen`` is what the sampler would draw again, ``raw`` the token in bytes. ``ranked`` are the likeliest
    tokens with the model's own probability and the one that they were drawn with.
    """

    token: int
    chosen: int
    raw: bytes
    said: dict[str, Any]
    ranked: tuple[tuple[int, float, float], ...] = ()


def positions(
    scores: Floats, tokens: Sequence[int], sampler: Sampler, spell: SpellAfter, rule: NameRule
) -> list[Position]:
    """Every token in order; the sampler goes along with the text, whatever it would have drawn itself."""
    listener = Listener(sampler, spell, rule)
    for row, token in zip(scores, tokens, strict=False):
        listener.hear(row, token)
    return listener.found


class Listener:
    """A run's sampler, overheard: what each token was chosen from is kept.

    Args:
        sampler: the run's own.
        spell: the bytes of a token.
        rule: names what the run's constraint goes by.
    """

    def __init__(self, sampler: Sampler, spell: SpellAfter, rule: NameRule) -> None:
        self._sampler, self._spell, self._rule = sampler, spell, rule
        self.found: list[Position] = []

    @property
    def how(self) -> Sampling:
        """The settings of the run."""
        return self._sampler.how

    @property
    def tokens(self) -> list[int]:
        """What was said so far."""
        return [one.token for one in self.found]

    def __call__(self, logits: Floats) -> int:
        """The next token, as the sampler draws it."""
        return self.hear(np.asarray(logits, np.float32), None)

    def hear(self, logits: Floats, said: int | None) -> int:
        """The next token, which is ``said`` where that is given, whatever the sampler would draw."""
        own = softmax(logits)
        weighed = self._sampler.weighed(logits)
        chosen = self._sampler.chosen(weighed)
        token = chosen if said is None else said
        before = self.tokens
        self._sampler.note(token)
        spell = self._spell(before)
        name = self._rule(before) if weighed.allowed is not None else ""
        said_of = _said(token, own, weighed, spell, name)
        self.found.append(Position(token, chosen, spell(token), said_of, _ranked(own, weighed)))
        return token


class Overheard:
    """A decoder, ``inner``, whose runs are overheard; ``listener`` and ``prompt`` are of the last one."""

    def __init__(self, decoder: Decoder, spell: SpellAfter, rule: NameRule) -> None:
        self.inner, self._spell, self._rule = decoder, spell, rule
        self.listener: Listener | None = None
        self.prompt: list[int] = []

    def run(
        self, prompt: list[int], sampler: Sampler, limit: int, stop: Collection[int]
    ) -> Iterator[int | None]:
        """See :class:`aigc_demo.decoding.loop.Decoder`."""
        self.prompt = prompt
        self.listener = Listener(sampler, self._spell, self._rule)
        yield from self.inner.run(prompt, cast(Sampler, self.listener), limit, stop)


def retraced(found: Sequence[Position]) -> bool:
    """Whether the sampler, with its seed, chooses every token again."""
    return all(one.chosen == one.token for one in found)


def _said(token: int, own: Floats, weighed: Weighed, spell: Spell, rule: str) -> dict[str, Any]:
    """One token as JSON values.

    ``p`` is the model's own probability, ``q`` the one that it was drawn with, ``bits`` the surprise. ``cut``
    is the probability that rules took, and what the settings took of the rest; ``left`` counts the tokens it
    was drawn from. ``wanted`` is what the model would have said where the rules forbade that.
    """
    drawn = _drawn(weighed, len(own))
    allowed = np.ones(len(own), bool) if weighed.allowed is None else weighed.allowed
    wanted = int(own.argmax())
    likely = [int(one) for one in largest(own, CHOICES)]
    shown = likely if token in likely else [*likely[: CHOICES - 1], token]
    told: dict[str, Any] = {
        "text": _text(spell(token)),
        "p": rounded(own[token], 5),
        "q": rounded(drawn[token], 5),
        "bits": rounded(_bits(own[token]), 2),
        "cut": {
            "rules": rounded(1 - own[allowed].sum()) if rule else 0.0,
            "settings": rounded(own[allowed & (drawn == 0)].sum()),
        },
        "left": int((drawn > 0).sum()),
        "choices": [
            {
                "text": _text(spell(one)),
                "p": rounded(own[one], 5),
                "q": rounded(drawn[one], 5),
                "why": "" if drawn[one] > 0 else "settings" if allowed[one] else "rules",
                **({"chosen": True} if one == token else {}),
            }
            for one in shown
        ],
    }
    if rule:
        told["rule"] = rule
        if not allowed[wanted]:
            told["wanted"] = {"text": _text(spell(wanted)), "p": rounded(own[wanted], 5)}
    return told


def _ranked(own: Floats, weighed: Weighed) -> tuple[tuple[int, float, float], ...]:
    drawn = _drawn(weighed, len(own))
    return tuple((int(one), float(own[one]), float(drawn[one])) for one in largest(own, RANKED))


def _drawn(weighed: Weighed, size: int) -> Floats:
    """With which probability each token was drawn."""
    whole = weighed.probabilities / weighed.probabilities.sum()
    if weighed.tokens is None:
        return whole
    drawn = np.zeros(size, np.float32)
    drawn[weighed.tokens] = whole
    return drawn


def _bits(share: Any) -> float:
    return -float(np.log2(max(float(share), 1e-12)))


def _text(raw: bytes) -> str:
    """Bytes as they can be shown: a part of a character by its bytes."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return "⟨" + raw.hex(" ").upper() + "⟩"


def section(
    found: Sequence[Position],
    how: Sampling,
    *,
    asked: Sequence[str] = (),
    remarks: Sequence[Remark] = (),
    more: int = 0,
) -> Section:
    """All tokens, those that are one character only together as one.

    Args:
        found: the tokens.
        how: the settings they were drawn by.
        asked: what stood before, as pieces of text.
        remarks: sentences on the whole.
        more: further tokens that are not told.
    """
    steps = [{**one.said, "drawn": one.chosen == one.token} for one in found]
    whole = []
    for first, end in _whole([one.raw for one in found]):
        own = steps[first:end]
        whole.append(
            {
                "text": _text(b"".join(one.raw for one in found[first:end])),
                "bits": rounded(sum(step["bits"] for step in own), 2),
                "steps": own,
            }
        )
    data = {
        "tokens": whole,
        "settings": {
            "temperature": how.temperature,
            "top_p": how.top_p,
            "top_k": how.top_k,
            "repetition_penalty": how.repetition_penalty,
        },
        "bits": rounded(sum(one["bits"] for one in steps), 1),
        "more": more,
        "asked": list(asked),
    }
    return Section("tokens", data, tuple(remarks), private=("asked",))


def attention(looks: Floats, asked: Sequence[str], said: Sequence[str]) -> Section:
    """Where each head looked: (layers, heads, rows, positions), over the tokens asked and said."""
    layers, heads, rows, columns = looks.shape
    data = {
        "layers": layers,
        "heads": heads,
        "rows": list(said[:rows]),
        "columns": [*asked, *said][:columns],
        "asked": len(asked),
        "looks": Bytes.of(looks).plain(),
    }
    return Section("attention", data, private=("columns",))


def spelled(tokens: Sequence[int], spell: Spell) -> list[str]:
    """Each token as it can be shown alone; a part of a character by its bytes."""
    return [_text(spell(token)) for token in tokens]


def _whole(pieces: Sequence[bytes]) -> list[tuple[int, int]]:
    """Which tokens belong together: the fewest in a row that end where a character ends."""
    found, begun = [], 0
    reader = codecs.getincrementaldecoder("utf-8")("strict")
    for number, piece in enumerate(pieces):
        try:
            reader.decode(piece)
            open_ = bool(reader.getstate()[0])
        except UnicodeDecodeError:  # no character at all: it stands alone
            reader.reset()
            open_ = False
        if not open_ or number == len(pieces) - 1:
            found.append((begun, number + 1))
            begun = number + 1
    return found
