"""What learning from preferences is asked for with. Knows names, defaults and limits; imports no torch."""

from __future__ import annotations

import json
from typing import Any, Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from aigc_demo.learning.declared import TrainingParams
from aigc_demo.learning.preference.candidates import COUNT, Kind
from aigc_demo.learning.preference.couplets import Rule
from aigc_demo.types import Params, param, says_something

Method = Literal["head", "policy"]

MOST_PAIRS = 200
MOST_CHARACTERS = 200_000
LONGEST = 2000
"""Characters of a poem that is given in full."""
_NAMES = frozenset(f"#{number}" for number in range(COUNT))


class PreferenceChoice(Params):
    """What is learnt, and from which preferences.

    ``head`` learns from ``pairs`` which of two poems, tunes or pictures somebody prefers; ``policy`` makes a
    tiny model of couplets write what a ``rule`` rewards, held back by ``kl``. ``pairs`` is a JSON list of
    pairs, the better one first: ``#0`` is the first of those that come along; a poem may be given in full.
    ``undo`` takes what ``base`` has learnt by rewards or ratings back again.
    """

    method: Method = param("head", folded=False)
    data: Kind = param("poems", folded=False)
    pairs: str = param("", max_length=MOST_CHARACTERS, widget="textarea", lines=3)
    rule: Rule = param("rhyme", folded=False)
    kl: float = param(0.0, ge=0, le=1, widget="slider", step=0.01, folded=False)
    undo: bool = param(False, widget="hidden")


class PreferenceParams(TrainingParams, PreferenceChoice):
    """A head that learns what somebody prefers, or a policy that learns what a rule rewards."""

    width: int | None = param(None, ge=16, le=128)
    patience: int = param(0, ge=0, le=100, widget="slider", step=1)

    @model_validator(mode="after")
    def _pairs_can_be_read(self) -> Self:
        if self.method == "head":
            judged(self.pairs, self.data)
        return self

    @model_validator(mode="after")
    def _there_is_something_to_undo(self) -> Self:
        if self.undo and not self.base:
            raise _refused("nothing_to_undo", "base")
        return self


def judged(pairs: str, kind: Kind) -> tuple[tuple[str, str], ...]:
    """The pairs in a text, the better one first; none in an empty one.

    Raises:
        PydanticCustomError: it is no such list, too long, or names something that is not there.
    """
    if not pairs.strip():
        return ()
    try:
        found = json.loads(pairs)
    except (ValueError, RecursionError):
        raise _refused("bad_pairs", "pairs") from None
    if not isinstance(found, list) or not all(map(_is_pair, found)):
        raise _refused("bad_pairs", "pairs")
    if len(found) > MOST_PAIRS:
        raise _refused("many_pairs", "pairs", most=MOST_PAIRS)
    for name in (name for pair in found for name in pair):
        _check_name(name, kind)
    return tuple((better, worse) for better, worse in found)


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(name, str) and len(name) <= LONGEST for name in value)
        and bool(value[0] != value[1])
    )


def _check_name(name: str, kind: Kind) -> None:
    given = kind == "poems" and not name.startswith("#") and says_something(name)
    if not given and name not in _NAMES:
        raise _refused("unknown_thing", "pairs", name=name[:20])


def _refused(code: str, field: str, **values: object) -> PydanticCustomError:
    return PydanticCustomError(code, f"preference.error.{code}", {"field": field, **values})
