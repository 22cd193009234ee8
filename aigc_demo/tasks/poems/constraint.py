"""What a poem may say next: its form always, and as much of its tones and rhymes as is asked for.

A state machine over the tokens of :mod:`tokens`, asked before each one (``aigc_demo.decoding.Constraint``).
Where it stands follows from how much was said, because every line of a form is equally long. Knows nothing
of models.

Three degrees of strictness:

* ``off``: lines, their lengths and the heads; the model may choose to keep no rules;
* ``learned``: it has to choose one of the four regulated plans and a level rhyme, then it is on its own;
* ``enforced``: where tones count only characters that can have the plan's tone, at the ends of lines only
  words of the rhyme, each once, and oblique ones where a line does not rhyme; few characters stand twice.

Words may be given a place: where the tones have room for them, by the chance of a seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Literal, cast

import numpy as np

from aigc_demo.decoding.sampling import Mask
from aigc_demo.tasks.poems.prosody import FORMS, Form, Prosody, Tone, pattern
from aigc_demo.tasks.poems.tokens import EOS, LINE, PLANS, PoemRequest, Vocabulary

Strictness = Literal["off", "learned", "enforced"]

LINES_A_REPEAT = 4
"""So many lines may have one character that stood before; people repeat about as rarely. What is doubled in
one foot (青青) does not count.
"""

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

    def mask(self, tokens: Iterable[int]) -> Mask:
        """True at these tokens."""
        result = np.zeros(len(self.vocabulary), bool)
        result[list(tokens)] = True
        return result

    @cached_property
    def all_plans(self) -> Mask:
        """Every plan."""
        return self.mask(self.vocabulary.id(f"<{plan}>") for plan in PLANS)

    @cached_property
    def regulated_plans(self) -> Mask:
        """Every plan that keeps the rules."""
        return self.mask(self.vocabulary.id(f"<{plan}>") for plan in PLANS if plan != "free")

    @cached_property
    def all_rhymes(self) -> Mask:
        """Every rhyme group's marker, and the one for an unknown group."""
        return self.mask(range(self.vocabulary.first_rhyme, self.vocabulary.first_char))

    @cached_property
    def one(self) -> dict[int, Mask]:
        """Masks of single tokens, made as they are needed."""
        return {}

    def only(self, token: int) -> Mask:
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
        place: a seed by which the wish's keywords are given places; None leaves them to the model.
    """

    def __init__(
        self, tables: Tables, request: PoemRequest, strictness: Strictness, place: int | None = None
    ) -> None:
        self._tables, self._strictness = tables, strictness
        self._keys, self._place = request.keys, place
        self._placed: dict[tuple[int, int], int] | None = None
        self._form = FORMS[request.form]
        self._heads = [tables.vocabulary.id(char) for char in request.heads]

    def allowed(self, result: Sequence[int]) -> Mask:
        """Which tokens may come next: (vocabulary,) bool, never empty."""
        tables, free = self._tables, self._strictness == "off"
        if not result:
            return tables.all_plans if free else tables.regulated_plans
        if len(result) == 1:
            return tables.all_rhymes if free else tables.level_rhymes
        row, column = divmod(len(result) - 2, self._form.length + 1)
        if row >= self._form.lines or (column == self._form.length and row == self._form.lines - 1):
            return tables.only(EOS)
        if column == self._form.length:
            return tables.only(LINE)
        if column == 0 and self._heads:
            return tables.only(self._heads[row])
        if self._placed is None:
            self._placed = self._places(self._plan(result))
        if (row, column) in self._placed:
            return tables.only(self._placed[row, column])
        if self._strictness != "enforced":
            return tables.chars
        return self._fresh(self._in_tune(result, row, column), result)

    def name(self, result: Sequence[int]) -> str:
        """What :meth:`allowed` goes by there, in a word: the strictest of the rules that hold."""
        if len(result) < 2:
            return ("plan", "rhyme_group")[len(result)]
        row, column = divmod(len(result) - 2, self._form.length + 1)
        if row >= self._form.lines or column == self._form.length:
            return "line"
        if column == 0 and self._heads:
            return "acrostic"
        if (row, column) in (self._placed or {}):
            return "keyword"
        if self._strictness != "enforced":
            return "character"
        plan = self._plan(result)
        if column in self._form.positions:
            return pattern(self._form, cast(Tone, plan.rstrip("+")))[row][column]
        if column < self._form.length - 1:
            return "character"
        return "oblique_end" if row % 2 == 0 and not (row == 0 and plan.endswith("+")) else "rhyme"

    def _plan(self, result: Sequence[int]) -> str:
        """The plan that was chosen, by its name."""
        return self._tables.vocabulary.tokens[result[0]][1:-1]

    def _places(self, plan: str) -> dict[tuple[int, int], int]:
        """Where each token of the keywords stands; a word that fits nowhere is left to the model."""
        found: dict[tuple[int, int], int] = {}
        if self._place is None:
            return found
        rng, vocabulary, length = random.Random(self._place), self._tables.vocabulary, self._form.length
        for key in self._keys:
            starts = range(0, length - len(key), 2 if len(key) > 1 else 1)  # never at the end: it rhymes
            places = [(row, start) for row in range(self._form.lines) for start in starts]
            rng.shuffle(places)
            for row, start in places:
                spots = [(row, start + at) for at in range(len(key))]
                tokens = [vocabulary.id(char) for char in key]
                taken = any(spot in found for spot in spots) or (self._heads and start == 0)
                if not taken and all(
                    self._suits(plan, *spot, token) for spot, token in zip(spots, tokens, strict=True)
                ):
                    found.update(zip(spots, tokens, strict=True))
                    break
        return found

    def _suits(self, plan: str, row: int, column: int, token: int) -> bool:
        """Whether a character can have the tone of a place."""
        if self._strictness != "enforced" or column not in self._form.positions:
            return True
        return bool(self._tones(plan, row, column)[token])

    def _tones(self, plan: str, row: int, column: int) -> Mask:
        """The characters that can have the tone of a counting place."""
        return self._tables.toned[pattern(self._form, cast(Tone, plan.rstrip("+")))[row][column]]

    def _fresh(self, mask: Mask, result: Sequence[int]) -> Mask:
        """The mask without what stood before, once enough has been said twice."""
        said = [token for token in result[2:] if token >= self._tables.vocabulary.first_char]
        feet = enumerate(pairwise(result[2:]))
        doubled = sum(a == b and at % (self._form.length + 1) % 2 == 0 for at, (a, b) in feet)
        if len(said) - len(set(said)) - doubled < self._form.lines // LINES_A_REPEAT:
            return mask
        fresh = mask.copy()
        fresh[said] = False
        return fresh if bool(fresh.any()) else mask

    def _in_tune(self, result: Sequence[int], row: int, column: int) -> Mask:
        """The characters that keep plan and rhyme at this place."""
        tables, form = self._tables, self._form
        plan = self._plan(result)
        if column in form.positions:
            return self._tones(plan, row, column)
        if column < form.length - 1:
            return tables.chars
        if row % 2 == 0 and not (row == 0 and plan.endswith("+")):
            return tables.toned["oblique"]
        rhyming = tables.rhyming[result[1] - tables.vocabulary.first_rhyme].copy()
        rhyming[_ends(result, form, row)] = False
        return rhyming


def _ends(result: Sequence[int], form: Form, rows: int) -> list[int]:
    """The last characters of the first lines."""
    return [result[2 + row * (form.length + 1) + form.length - 1] for row in range(rows)]


def limit(form: Form) -> int:
    """How many tokens a poem of this form has: plan, rhyme, and lines with what ends them."""
    return 2 + form.lines * (form.length + 1)
