"""What a poem may say next: its form always, and as much of its tones and rhymes as is asked for.

A state machine over the tokens of :mod:`tokens`, asked before each one (``aigc_demo.decoding.Constraint``).
Where it stands follows from how much was said, because every line of a form is equally long. Knows nothing
of models.

Three degrees of strictness:

* ``off``: lines, their lengths and the heads; the model may choose to keep no rules;
* ``learned``: it has to choose one of the four regulated plans and a level rhyme, then it is on its own;
* ``enforced``: where tones count only characters that can have the plan's tone, at the ends of lines only
  words of the rhyme, each once, and oblique ones where a line does not rhyme.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal, cast

import torch
from torch import Tensor

from aigc_demo.tasks.text.poems.prosody import FORMS, Form, Prosody, Tone, pattern
from aigc_demo.tasks.text.poems.tokens import EOS, LINE, PLANS, Vocabulary, Wish

Strictness = Literal["off", "learned", "enforced"]

FEWEST = 12
"""A rhyme group with fewer characters in the vocabulary is not offered: eight lines could not use it."""


class Tables:
    """Sets of tokens by what they sound like, each a mask (vocabulary,) bool; made once for a model.

    Args:
        vocabulary: the tokens.
        prosody: the tones and rhymes of characters.
    """

    def __init__(self, vocabulary: Vocabulary, prosody: Prosody) -> None:
        self.vocabulary, self.prosody = vocabulary, prosody
        self.chars = self.mask(range(vocabulary.first_char, len(vocabulary)))
        groups: list[list[int]] = [[] for _ in prosody.groups]
        for token in range(vocabulary.first_char, len(vocabulary)):
            for number in prosody.of.get(vocabulary.tokens[token], ()):
                groups[number].append(token)
        self.rhyming = [self.mask(members) for members in groups]
        of_tone: dict[Tone, list[int]] = {"level": [], "oblique": []}
        for group, members in zip(prosody.groups, groups, strict=True):
            of_tone[group.tone] += members
        self.toned = {tone: self.mask(members) for tone, members in of_tone.items()}
        self.level_rhymes = self.mask(
            vocabulary.rhyme(number)
            for number, group in enumerate(prosody.groups)
            if group.tone == "level" and len(groups[number]) >= FEWEST
        )

    def mask(self, tokens: Iterable[int]) -> Tensor:
        """True at these tokens."""
        made = torch.zeros(len(self.vocabulary), dtype=torch.bool)
        made[list(tokens)] = True
        return made

    @cached_property
    def all_plans(self) -> Tensor:
        """Every plan."""
        return self.mask(self.vocabulary.id(f"<{plan}>") for plan in PLANS)

    @cached_property
    def regulated_plans(self) -> Tensor:
        """Every plan that keeps the rules."""
        return self.mask(self.vocabulary.id(f"<{plan}>") for plan in PLANS if plan != "free")

    @cached_property
    def all_rhymes(self) -> Tensor:
        """Every rhyme group's marker, and the one for an unknown group."""
        return self.mask(range(self.vocabulary.first_rhyme, self.vocabulary.first_char))

    @cached_property
    def one(self) -> dict[int, Tensor]:
        """Masks of single tokens, made as they are needed."""
        return {}

    def only(self, token: int) -> Tensor:
        """True at this token alone."""
        if token not in self.one:
            self.one[token] = self.mask([token])
        return self.one[token]


class PoemRules:
    """The rules for one poem, from its plan on.

    Args:
        tables: of the model's vocabulary.
        wish: form and heads; heads must be known characters, one a line.
        strictness: how much of tones and rhymes is not left to the model.
    """

    def __init__(self, tables: Tables, wish: Wish, strictness: Strictness) -> None:
        self._tables, self._strictness = tables, strictness
        self._form = FORMS[wish.form]
        self._heads = [tables.vocabulary.id(char) for char in wish.heads]

    def allowed(self, made: Sequence[int]) -> Tensor:
        """Which tokens may come next: (vocabulary,) bool, never empty."""
        tables, free = self._tables, self._strictness == "off"
        if not made:
            return tables.all_plans if free else tables.regulated_plans
        if len(made) == 1:
            return tables.all_rhymes if free else tables.level_rhymes
        row, column = divmod(len(made) - 2, self._form.length + 1)
        if row >= self._form.lines or (column == self._form.length and row == self._form.lines - 1):
            return tables.only(EOS)
        if column == self._form.length:
            return tables.only(LINE)
        if column == 0 and self._heads:
            return tables.only(self._heads[row])
        return self._in_tune(made, row, column) if self._strictness == "enforced" else tables.chars

    def _in_tune(self, made: Sequence[int], row: int, column: int) -> Tensor:
        """The characters that keep plan and rhyme at this place."""
        tables, form = self._tables, self._form
        plan = tables.vocabulary.tokens[made[0]][1:-1]
        if column in form.positions:
            wanted = pattern(form, cast(Tone, plan.rstrip("+")))[row][column]
            return tables.toned[wanted]
        if column < form.length - 1:
            return tables.chars
        if row % 2 == 0 and not (row == 0 and plan.endswith("+")):
            return tables.toned["oblique"]
        rhyming = tables.rhyming[made[1] - tables.vocabulary.first_rhyme].clone()
        rhyming[_ends(made, form, row)] = False
        return rhyming


def _ends(made: Sequence[int], form: Form, rows: int) -> list[int]:
    """The last characters of the first lines."""
    return [made[2 + row * (form.length + 1) + form.length - 1] for row in range(rows)]


def limit(form: Form) -> int:
    """How many tokens a poem of this form has: plan, rhyme, and lines with what ends them."""
    return 2 + form.lines * (form.length + 1)
