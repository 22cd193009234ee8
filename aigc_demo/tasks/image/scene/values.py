"""What a scene is: pure values, and the text that they are stored as.

Knows names, places and limits. Knows nothing of words, languages, pixels' colours or networks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from aigc_demo.types import MAX_SEED, UserError

Ground = Literal[
    "meadow", "street", "sea", "underwater", "beach", "forest", "snow", "room", "sky", "space", "desert"
]
Time = Literal["day", "morning", "sunset", "night"]
Weather = Literal["", "rain", "snow"]
Form = Literal["wide", "square", "tall"]
Kind = Literal[
    "on", "riding", "under", "in", "behind", "in_front_of", "next_to", "left_of", "right_of", "above",
    "between", "held_by", "worn_by",
]  # fmt: skip
"""How a thing stands to another; what is held or worn hangs on its bearer."""
Motion = Literal["", "flying", "swimming", "running", "walking", "dancing", "jumping"]

GROUNDS, TIMES, WEATHERS, FORMS, KINDS, MOTIONS = (
    frozenset(get_args(choices)) for choices in (Ground, Time, Weather, Form, Kind, Motion)
)
COLOURS = frozenset(
    ["", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey"]
)

SIZES: Mapping[str, tuple[int, int]] = {"wide": (768, 512), "square": (640, 640), "tall": (512, 768)}
"""Width and height in pixels of each form."""
MOST_THINGS = 24
"""Things of one scene; of more that are asked for, so many are drawn."""
MOST_EACH = 12
"""Of one kind."""
LONGEST = 20_000
"""Characters of a stored description."""

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels; it may reach beyond the picture's edges."""


@dataclass(frozen=True)
class Relation:
    """``kind`` to the things at these places of the scene's list; two for between, one otherwise."""

    kind: Kind
    to: tuple[int, ...]


@dataclass(frozen=True)
class Thing:
    """One thing: ``name`` is what the painter calls it, ``label`` how it is called in the words' language.

    ``size`` is a factor on its usual one; ``box`` None until it has a place, ``rough`` while it is one that
    was drawn by hand, into which the thing is to be fitted. ``seed`` is that of its noise, ``coat`` its
    number among its like, so that two dogs differ.
    """

    name: str
    label: str = ""
    colour: str = ""
    size: float = 1.0
    seed: int = 0
    coat: int = 0
    motion: Motion = ""
    flip: bool = False
    relation: Relation | None = None
    box: Box | None = None
    rough: bool = False


@dataclass(frozen=True)
class Scene:
    """Things from the farthest to the nearest, once they have places; before that as the words name them.

    ``boxes`` were drawn by hand for the last of the things that changed words will bring.
    """

    things: tuple[Thing, ...]
    ground: Ground = "meadow"
    time: Time = "day"
    weather: Weather = ""
    form: Form = "wide"
    seed: int = 0
    words: str = ""
    left_out: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return SIZES[self.form]

    @property
    def is_placed(self) -> bool:
        """Whether every thing has a place."""
        return all(thing.box is not None for thing in self.things)


def stored(scene: Scene) -> str:
    """The description as JSON text, without what is as usual."""
    plain = {
        "ground": scene.ground, "time": scene.time, "weather": scene.weather, "form": scene.form,
        "seed": scene.seed, "words": scene.words, "left_out": list(scene.left_out),
        "things": [_plain(one) for one in scene.things],
    }  # fmt: skip
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _plain(thing: Thing) -> dict[str, Any]:
    told: dict[str, Any] = {
        name: value
        for name, value in vars(thing).items()
        if name not in ("relation", "box") and value != getattr(_USUAL, name)
    }
    told["name"] = thing.name
    if thing.relation is not None:
        told["relation"] = {"kind": thing.relation.kind, "to": list(thing.relation.to)}
    if thing.box is not None:
        told["box"] = list(thing.box)
    return told


_USUAL = Thing("")


def restored(text: str) -> Scene:
    """The scene that a text describes, every value within its limits.

    Raises :class:`UserError` where it is no description, or one of something that cannot be.
    """
    if len(text) > LONGEST:
        raise refused()
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise refused() from None
    if not isinstance(data, dict) or not isinstance(data.get("things"), list):
        raise refused()
    if len(data["things"]) > MOST_THINGS:
        raise UserError(
            "too_many_things", "image.scene.too_many", status=422, field="scene", limit=MOST_THINGS
        )
    form = _choice(data, "form", FORMS, "wide")
    things = tuple(_thing(one, len(data["things"]), SIZES[form]) for one in data["things"])
    return Scene(
        things=things,
        ground=_choice(data, "ground", GROUNDS, "meadow"),
        time=_choice(data, "time", TIMES, "day"),
        weather=_choice(data, "weather", WEATHERS, ""),
        form=form,
        seed=_whole(data.get("seed", 0), 0, MAX_SEED),
        words=_text(data, "words", 2000),
        left_out=tuple(
            str(one)[:60] for one in _list(data.get("left_out", []))[:MOST_THINGS] if isinstance(one, str)
        ),
        boxes=tuple(_box(one, SIZES[form]) for one in _list(data.get("boxes", []))[:MOST_THINGS]),
    )


def _thing(data: Any, count: int, size: tuple[int, int]) -> Thing:
    if not isinstance(data, dict) or not _text(data, "name", 80):
        raise refused()
    relation = data.get("relation")
    return Thing(
        name=_text(data, "name", 80),
        label=_text(data, "label", 80),
        colour=_choice(data, "colour", COLOURS, ""),
        size=_number(data.get("size", 1.0), 0.1, 8.0),
        seed=_whole(data.get("seed", 0), 0, MAX_SEED),
        coat=_whole(data.get("coat", 0), 0, MOST_THINGS),
        motion=_choice(data, "motion", MOTIONS, ""),
        flip=data.get("flip", False) is True,
        relation=None if relation is None else _relation(relation, count),
        box=None if data.get("box") is None else _box(data["box"], size),
    )


def _relation(data: Any, count: int) -> Relation:
    if not isinstance(data, dict):
        raise refused()
    kind: Any = _choice(data, "kind", KINDS, "")
    places = tuple(_whole(one, 0, count - 1) for one in _list(data.get("to", []))[:2])
    if not kind or not places:
        raise refused()
    return Relation(kind, places)


def _box(data: Any, size: tuple[int, int]) -> Box:
    """A place of which a part is in the picture, and no larger than thrice the picture."""
    if not isinstance(data, list) or len(data) != 4:
        raise refused()
    across, down = size
    left, top = (_whole(one, -4 * max(size), 4 * max(size)) for one in data[:2])
    width, height = _whole(data[2], 4, 3 * across), _whole(data[3], 4, 3 * down)
    return min(max(left, 4 - width), across - 4), min(max(top, 4 - height), down - 4), width, height


def _choice(data: Mapping[str, Any], name: str, choices: frozenset[Any], usual: str) -> Any:
    value = data.get(name, usual)
    if not isinstance(value, str) or (value not in choices and value != usual):
        raise refused()
    return value


def _text(data: Mapping[str, Any], name: str, longest: int) -> str:
    value = data.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise refused()
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise refused()
    return value


def _number(value: Any, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise refused()
    return float(value)


def _whole(value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise refused()
    return round(value)


def refused() -> UserError:
    """What is said of a description that cannot be read."""
    return UserError("bad_scene", "image.scene.bad", status=422, field="scene")
