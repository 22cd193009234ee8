"""What EmojiFlow's prior makes of a request: what it will paint, what else came to mind, what is left out.

Knows the text encoder, the prior and the names of its things. Such a network answers boldly to anything; how
well it knows words shows in the free energy of its logits, the logarithm of the sum of their exponentials
(Liu et al. 2020), not in its probabilities: "asdfghjkl" is a family to 92 %.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from aigc_demo.tasks.image.concept_labels import LEAST, MOST, Concept
from aigc_demo.tasks.image.flow import EmojiFlowPipeline
from aigc_demo.tasks.image.prompts import is_chinese, resolved, with_look
from aigc_demo.tasks.image.reading import attributes, content_words, is_attribute
from aigc_demo.types import Reading, Term, says_something
from aigc_demo.types.readings import shortened

LEAST_ENERGY = 10.0
"""Words with less are not known. Of the single-word names of its things 98 % have more, of 150 random strings
of letters none has."""
UNKNOWN = "<unk>"
"""The piece that stands for letters that the encoder has never seen, such as most emoji."""
KEPT = 256
"""Texts whose reading is kept."""
_SHOWN_BY = 0.05
"""A word is in the picture if, alone, it would become that thing with this probability."""
_MEANT_BY = 0.6
"""A word in no list means a thing of a scene with this probability or more."""
_NEAR = 3
"""Or if the thing is called like one of so many things that the word, alone, brings to mind."""
_IN_MANY_NAMES = frozenset(
    ["with", "face", "person", "people", "woman", "women", "hand", "button", "light", "dark"]
)
_NAME_PART = re.compile(r"[a-z]{4,}+")


@dataclass(frozen=True)
class Sight:
    """What one text brings to mind: probabilities (things,), how well it is known, whether all was read."""

    probabilities: Tensor
    energy: float
    whole: bool = True


class PriorReader:
    """Reads prompts; calls must not overlap.

    Args:
        pipe: its encoder and prior.
        names: of the prior's things, in the order of its rows.
        least_energy: what words that are known have.
    """

    def __init__(
        self, pipe: EmojiFlowPipeline, names: Sequence[Concept], least_energy: float = LEAST_ENERGY
    ) -> None:
        self._pipe, self._names, self._least = pipe, names, least_energy
        self._seen: OrderedDict[str, Sight] = OrderedDict()

    def before(self, values: Mapping[str, Any]) -> Reading | None:
        """What a prompt will most likely become; None where there is none, or a picture to begin from."""
        text = str(values.get("prompt") or "")
        if not self._names or not says_something(text) or values.get("image"):
            return None
        prompt = with_look(resolved(text, 0).strip(), str(values.get("look") or ""))
        words = content_words(text)
        self._look([prompt, *words])
        sight = self._seen[prompt]
        painted = int(sight.probabilities.argmax())
        return self._reading(sight, sight.probabilities, painted, words, prompt, attributes(text))

    def meant(self, words: str) -> str | None:
        """The name of the one thing that unknown words mean, where it is likely enough."""
        if not self._names or not says_something(words):
            return None
        self._look([words])
        sight = self._seen[words]
        share, row = sight.probabilities.max(-1)
        sure = sight.whole and sight.energy >= self._least and float(share) >= _MEANT_BY
        return self._names[int(row)].en if sure and int(row) < len(self._names) else None

    def after(self, prompt: str, probabilities: Tensor, painted: int) -> Reading:
        """What of a prompt is in the picture of thing ``painted``, drawn by ``probabilities`` (things,)."""
        words = content_words(prompt)
        self._look([prompt, *words])
        return self._reading(self._seen[prompt], probabilities, painted, words, prompt, ())

    def _reading(
        self,
        sight: Sight,
        probabilities: Tensor,
        painted: int,
        words: Sequence[str],
        prompt: str,
        besides: tuple[Term, ...],
    ) -> Reading:
        things = [word for word in words if not is_attribute(word)]
        known = [word for word in things if self._seen[word].energy >= self._least]
        unknown = [word for word in things if word not in known]
        shown = [word for word in known if self._shows(word, painted)]
        chinese = is_chinese(prompt)
        likeliest = probabilities.topk(min(MOST, len(probabilities))).indices.tolist()
        others = [row for row in likeliest if row != painted and float(probabilities[row]) >= LEAST]
        sure = bool(known) or (sight.whole and (not things or sight.energy >= self._least))
        return Reading(
            kept=(self._term(painted, probabilities, chinese, " ".join(shown)), *besides),
            left_out=tuple(
                Term(shortened(word), sets={"prompt": word}) for word in known if word not in shown
            ),
            unknown=tuple(Term(shortened(word)) for word in (unknown if sure or unknown else [prompt])),
            also=tuple(self._term(row, probabilities, chinese) for row in others if row < len(self._names)),
            sure=sure,
        )

    def _shows(self, word: str, painted: int) -> bool:
        """Whether the thing painted is what a word means, or is called by it or by what is near to it."""
        name, alone = self._names[painted], self._seen[word].probabilities
        if word.lower() in name.en.lower().replace("-", " ").split():
            return True
        if not word.isascii() and (word in name.zh or name.zh in word):
            return True
        if float(alone[painted]) >= _SHOWN_BY:
            return True
        near = alone.topk(min(_NEAR, len(alone))).indices.tolist()
        parts = _parts(name)
        return any(parts & _parts(self._names[row]) for row in near if row < len(self._names))

    def _term(self, row: int, probabilities: Tensor, chinese: bool, words: str = "") -> Term:
        name = self._names[row]
        return Term(
            shortened(words),
            {"en": name.en, "zh": name.zh},
            share=round(float(probabilities[row]), 3),
            sets={"prompt": name.zh if chinese else name.en},
        )

    @torch.no_grad()
    def _look(self, texts: Sequence[str]) -> None:
        """Read what has not been read yet, all of it at once."""
        new = [text for text in dict.fromkeys(texts) if text not in self._seen]
        if new:
            states, mask = self._pipe.encode_prompt(new, self._pipe.device)
            logits = self._pipe.prior.matches(states, mask).float().cpu()
            probabilities = (logits * self._pipe.prior.config.logit_scale).softmax(-1)
            unread = self._pipe.tokenizer.token_to_id(UNKNOWN)
            for text, row, energy in zip(new, probabilities, logits.logsumexp(-1).tolist(), strict=True):
                self._seen[text] = Sight(row, energy, unread not in self._pipe.tokenizer.encode(text).ids)
        for text in texts:
            self._seen.move_to_end(text)
        while len(self._seen) > KEPT:
            self._seen.popitem(last=False)


def _parts(name: Concept) -> frozenset[str]:
    """The words of a name that tell it from most others: biking of "woman mountain biking"."""
    return frozenset(_NAME_PART.findall(name.en.lower())) - _IN_MANY_NAMES
