"""A Space's card: the settings at the head of its README, checked before anything is sent.

Knows which settings the Hub reads and what it takes for them. Knows nothing of the network: the Hub
builds whatever it is given and says what was wrong minutes later, so that is said here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aigc_demo.types import UserError

_FENCE = "---\n"
Color = Literal["red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"]


class Card(BaseModel):
    """What the Hub reads for a Space of ours; it passes over a name that is spelt wrong, this does not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1, max_length=100)
    emoji: str = Field(min_length=1, max_length=8)
    color_from: Color = Field(alias="colorFrom")
    color_to: Color = Field(alias="colorTo")
    sdk: Literal["gradio"]
    sdk_version: str = Field(pattern=r"^\d+\.\d+(\.\d+)?$")
    python_version: str = Field(pattern=r"^3\.\d+(\.\d+)?$")
    app_file: str
    pinned: bool = False
    license: str = Field(pattern=r"^[a-z0-9.+-]+$")
    short_description: str = Field(max_length=60)
    tags: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    hf_oauth: bool = False
    disable_embedding: bool = False
    suggested_hardware: str | None = None
    startup_duration_timeout: str | None = Field(None, pattern=r"^\d+ ?[mhs]")


def read(root: Path, sent: Collection[str]) -> tuple[Card, str]:
    """The checked card and the whole text of the README that carries it.

    The card is ``space.yaml`` where there is one (a checkout), else what stands in the README (a Space's
    own copy of this folder). ``sent`` are the addresses that go to the Space.

    Raises:
        UserError: the card cannot be read, or says something that the Hub will not take.
    """
    written, body = _split((root / "README.md").read_text("utf-8"))
    source = root / "space.yaml"
    text = source.read_text("utf-8") if source.is_file() else written
    try:
        card = Card.model_validate(yaml.safe_load(text) or {})
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise _wrong(f"line {mark.line + 1}" if mark else "", "YAML") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise _wrong(".".join(map(str, first["loc"])), first["msg"]) from error
    if card.app_file not in sent:
        raise _wrong("app_file", card.app_file)
    _same_gradio(card, root / "requirements.txt")
    return card, f"{_FENCE}{text.rstrip()}\n{_FENCE}{body}"


def _split(readme: str) -> tuple[str, str]:
    """The card and the body of a README."""
    _, found, rest = readme.partition(_FENCE) if readme.startswith(_FENCE) else ("", "", "")
    text, fence, body = rest.partition("\n" + _FENCE)
    return (text + "\n", body) if found and fence else ("", readme)


def _same_gradio(card: Card, requirements: Path) -> None:
    """The Space installs ``sdk_version`` first, then the requirements: they must agree on it."""
    from packaging.requirements import Requirement

    line = re.search(r"^gradio\b.*$", requirements.read_text("utf-8"), re.MULTILINE)
    if line and not Requirement(line[0]).specifier.contains(card.sdk_version):
        raise _wrong("sdk_version", f"{card.sdk_version}, {line[0]}")


def _wrong(name: str, reason: Any) -> UserError:
    return UserError("space_card", "error.space_card", name=name, reason=str(reason))
