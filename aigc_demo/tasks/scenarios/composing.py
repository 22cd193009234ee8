"""From fields and a skeleton to a text whose every fact is a field's.

Knows skeletons; which of several wordings is taken, the seed decides. Knows nothing of models: nothing here
is generated.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aigc_demo.tasks.scenarios.params import ScenarioParams, skeletons

FIELDS = ("to", "sender", "date", "place", "prompt")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Composed:
    """A text by paragraphs; ``kept`` are the fields that stand in it, ``missing`` those that do not.

    ``invented`` are numbers in it that no field holds: there never should be any.
    """

    title: str
    paragraphs: tuple[str, ...]
    kept: tuple[str, ...]
    missing: tuple[str, ...]
    invented: tuple[str, ...]

    @property
    def text(self) -> str:
        """As plain text."""
        return "\n\n".join((self.title, *self.paragraphs))


def compose(params: ScenarioParams) -> Composed:
    """Put together what the fields give: a sentence without its fields is left out."""
    rng = random.Random(params.seed or 0)
    values = {name: " ".join(getattr(params, name).split()) for name in FIELDS}
    skeleton = skeletons()[params.scenario][params.written_in]
    titles = [part for part in skeleton["title"] if _has(values, part.get("needs", ()))]
    title = _filled(rng.choice(titles[0]["say"]), values)
    parts = skeleton.get(params.tone) or skeleton.get("formal") or skeleton["warm"]
    paragraphs = tuple(
        _filled(rng.choice(part["say"]), values) for part in parts if _has(values, part.get("needs", ()))
    )
    return _checked(title, paragraphs, values)


def _has(values: Mapping[str, str], needs: Any) -> bool:
    return all(values[name] for name in needs)


def _filled(words: str, values: Mapping[str, str]) -> str:
    """The words with fields in their places; what a field holds is never read as a place again."""
    return "".join(values[part[1:-1]] if part[:1] == "{" else part for part in _PLACES.split(words) if part)


_PLACES = re.compile(r"(\{[a-z]+\})")


def _checked(title: str, paragraphs: tuple[str, ...], values: Mapping[str, str]) -> Composed:
    whole = "\n".join((title, *paragraphs))
    given = {number for value in values.values() for number in _NUMBER.findall(value)}
    kept = tuple(name for name, value in values.items() if value and value in whole)
    missing = tuple(name for name, value in values.items() if value and value not in whole)
    invented = tuple(sorted(set(_NUMBER.findall(whole)) - given))
    return Composed(title, paragraphs, kept, missing, invented)
