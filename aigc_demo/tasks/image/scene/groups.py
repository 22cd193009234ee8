"""Things that hang together by relations, as one group around the thing that stands for itself.

Knows sizes in flattened metres and how each relation looks: who rides sits on top, what is worn is on the
head. Knows no picture and no pixels. A painted thing looks to the left; a group may be mirrored as a whole.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aigc_demo.tasks.image.scene.lexicon import Kind
from aigc_demo.tasks.image.scene.values import Scene, Thing

_FLATTENED = 0.42
"""Exponent of real sizes: a picture book shows a mouse beside a house."""
_OVER: Mapping[str, float] = {"riding": 0.36, "on": 0.1, "in": 0.5}
"""How deep a thing sits in the one below it, as a share of that one's height."""
_SEATS: Mapping[str, float] = {
    "bicycle": 0.24, "motorcycle": 0.34, "motor scooter": 0.4, "chair": 0.5, "couch and lamp": 0.52,
    "bed": 0.45, "automobile": 0.06, "bus": 0.04, "railway car": 0.04, "house": 0.04, "deciduous tree": 0.3,
    "evergreen tree": 0.3, "canoe": 0.45, "sailboat": 0.72, "speedboat": 0.45, "skateboard": 0.6, "sled": 0.5,
    "table": 0.09, "rocket": 0.35, "cloud": 0.3, "mountain": 0.08, "crescent moon": 0.35,
    "kick scooter": 0.75, "soccer ball": 0.08, "carousel horse": 0.35,
}  # fmt: skip
"""The same for things whose seat is known."""
_BEFORE_THE_BODY = ("guitar", "banjo", "accordion", "harp")
"""What is played before the belly."""
_BUILDING = 4.0
"""Metres from which on "in" is shown as before it."""
_FACES = ("dog", "owl", "snowman without snow", "teddy bear", "monkey")
"""Whole animals that look out of the picture."""
_UPRIGHT = ("penguin", "chicken", "rooster", "duck", "goose", "flamingo", "giraffe", "t-rex", "parrot")
"""Animals whose small head is at the top."""

Place = tuple[float, float, float, float]
"""Left, top, width and height; the root stands at (0, 0), so tops are negative."""


@dataclass(frozen=True)
class Part:
    """A thing of a group: its number in the scene, its place, how near it is drawn."""

    number: int
    place: Place
    depth: float = 0.0


@dataclass(frozen=True)
class Group:
    """Things that hang together, where their root is at home, and whether all of it is mirrored."""

    parts: tuple[Part, ...]
    home: str
    flip: bool = False

    @property
    def extent(self) -> Place:
        """The box around all parts."""
        left = min(part.place[0] for part in self.parts)
        top = min(part.place[1] for part in self.parts)
        right = max(part.place[0] + part.place[2] for part in self.parts)
        bottom = max(part.place[1] + part.place[3] for part in self.parts)
        return left, top, right - left, bottom - top

    def mirrored(self) -> Group:
        """The group seen in a mirror."""
        parts = tuple(
            replace(part, place=(-part.place[0] - part.place[2], *part.place[1:])) for part in self.parts
        )
        return Group(parts, self.home, not self.flip)


class Grouping:
    """Builds the groups of a scene once; what is left open, ``rng`` decides.

    ``kinds`` and ``shapes`` (width and height as painted) are in the order of the scene's things.
    """

    def __init__(
        self,
        scene: Scene,
        kinds: Sequence[Kind],
        shapes: Sequence[tuple[int, int]],
        rng: random.Random,
    ) -> None:
        self._scene, self._kinds, self._rng = scene, kinds, rng
        self._sizes = [_size(*each, rng) for each in zip(scene.things, kinds, shapes, strict=True)]
        self._children: dict[int, list[int]] = {}

    def groups(self) -> list[Group]:
        """All groups; each thing is in one."""
        roots = [number for number in range(len(self._kinds)) if not self._hangs(number)]
        return [self._group(root) for root in roots]

    def _hangs(self, number: int) -> bool:
        """Note whose place a thing's own follows from; False where it stands for itself."""
        thing = self._scene.things[number]
        relation = thing.relation
        near = relation is not None and (
            relation.kind in ("behind", "above", "riding", "on")
            or not _is_far(self._kinds[relation.to[0]], self._kinds[number])
        )
        if relation is not None and near:
            self._children.setdefault(relation.to[0], []).append(number)
            return True
        for other, each in enumerate(self._scene.things):
            between = each.relation
            if (
                between is not None
                and between.kind == "between"
                and number in between.to[1:]
                and other != number
            ):
                self._children.setdefault(between.to[0], []).append(number)
                return relation is None
        return False

    def _group(self, root: int) -> Group:
        width, height = self._sizes[root]
        parts = [Part(root, (-width / 2, -height, width, height))]
        self._hang_on(parts, 0)
        group = Group(tuple(parts), _home(self._scene, self._kinds[root], self._scene.things[root]))
        return group.mirrored() if self._may_turn(group) and self._rng.random() < 0.5 else group

    def _may_turn(self, group: Group) -> bool:
        """Buildings, faces and what must stay left or right are not mirrored."""
        for part in group.parts:
            relation = self._scene.things[part.number].relation
            if relation is not None and relation.kind in ("left_of", "right_of"):
                return False
        return self._kinds[group.parts[0].number].home not in ("back", "far", "sky")

    def _hang_on(self, parts: list[Part], at: int) -> None:
        """Give all things that hang on a part their places, and what hangs on these."""
        parent = parts[at]
        side = self._rng.choice((-1, 1))
        counted: dict[str, int] = {}
        for number in sorted(self._children.get(parent.number, ()), key=self._ends_a_row):
            relation = self._scene.things[number].relation
            kind = relation.kind if relation and parent.number in relation.to[:1] else "right_of"
            order = counted[kind] = counted.get(kind, -1) + 1
            place, depth = self._beside(kind, parent, number, side, order, parts)
            parts.append(Part(number, place, parent.depth + depth))
            side = -side
            self._hang_on(parts, len(parts) - 1)

    def _ends_a_row(self, number: int) -> bool:
        """The second of two things comes after what is between them."""
        relation = self._scene.things[number].relation
        return relation is None

    def _beside(
        self, kind: str, parent: Part, number: int, side: int, order: int, parts: Sequence[Part]
    ) -> tuple[Place, float]:
        """The place of a thing that stands so to its parent, and how much nearer than that it is drawn."""
        left, top, across, down = parent.place
        width, height = self._sizes[number]
        of, own = self._kinds[parent.number], self._kinds[number]
        middle, base = left + across / 2, top + down
        match kind:
            case "riding" | "on":
                deep = _SEATS.get(of.name, _OVER[kind]) * down
                at = middle - width / 2 + _along(order) * min(width, across * 0.4)
                return (at, top + deep - height, width, height), 0.1
            case "in":
                return self._within(parent, number, order)
            case "under":
                return self._below(parent, number, order, side)
            case "above":
                gap = 0.12 + 0.1 * height + self._rng.uniform(0, 0.15)
                return (middle - width / 2 + _along(order) * width, top - gap - height, width, height), 0.3
            case "behind" if own.home == "sky":
                return (middle - width * 0.8, top - height * 0.45, width, height), -0.5
            case "behind":
                shift = side * (across * 0.32 + width * 0.2)
                return (middle - width / 2 + shift, base - height - 0.12, width, height), -0.5
            case "in_front_of":
                shift = (_along(order) or 0.35 * side) * max(across * 0.4, width * 0.9)
                return (middle - width / 2 + shift, base - height + 0.16, width, height), 0.5
            case "held_by":
                return _held(parent, (width, height), of, own), 0.2
            case "worn_by":
                return _worn(parent, (width, height), of, own), 0.3
            case "left_of" | "right_of" | "between":
                side = -1 if kind == "left_of" else 1
        used = sum(
            one.place[2] + 0.08 for one in parts
            if one.number != parent.number and (one.place[0] + one.place[2] / 2 > middle) == (side > 0)
            and one.place[1] + one.place[3] > base - 0.3
        )  # fmt: skip
        gap = 0.08 + used + self._rng.uniform(0, 0.1)
        at = left - gap - width if side < 0 else left + across + gap
        return (at, base - height + self._rng.uniform(0, 0.06), width, height), 0.05

    def _within(self, parent: Part, number: int, order: int) -> tuple[Place, float]:
        """Before a building's door, in a tree's crown, or looking out of what is smaller."""
        left, top, across, down = parent.place
        width, height = self._sizes[number]
        of, middle, base = self._kinds[parent.number], left + across / 2, top + down
        tree = "tree" in of.name
        building = of.size >= _BUILDING and of.home == "back" and not tree
        scale = min(1.0, 0.5 * down / height) if building else min(1.0, 0.8 * across / width)
        width, height = width * scale, height * scale
        at = middle - width / 2 + _along(order) * (across * 0.25 if tree else width)
        if building:
            return (at, base - height * 0.96, width, height), 0.2
        if tree:
            return (at, top + 0.46 * down - height, width, height), 0.1
        deep = _SEATS.get(of.name, _OVER["in"]) * down
        return (at, top + deep - height * 0.75, width, height), -0.1

    def _below(self, parent: Part, number: int, order: int, side: int) -> tuple[Place, float]:
        """Under what floats, or at the foot of what stands, as small as it must be."""
        left, top, across, down = parent.place
        width, height = self._sizes[number]
        of, middle, base = self._kinds[parent.number], left + across / 2, top + down
        if of.home in ("air", "hand", "sky"):
            return (middle - width / 2 + _along(order) * width, base + 0.02, width, height), 0.1
        scale = 1.0 if of.home == "back" else min(1.0, 0.62 * down / height)
        width, height = width * scale, height * scale
        spread = (across * 0.3 + width * 0.25) if "tree" in of.name else across * 0.16
        at = middle - width / 2 + (_along(order) or side * 0.55) * spread
        return (at, base - height + 0.04, width, height), 0.2


def _size(thing: Thing, kind: Kind, shape: tuple[int, int], rng: random.Random) -> tuple[float, float]:
    """Width and height in flattened metres; things of one kind differ a little."""
    longest = (kind.size * thing.size**1.6) ** _FLATTENED
    if thing.coat:
        longest *= rng.uniform(0.86, 1.06)
    scale = longest / max(shape)
    return shape[0] * scale, shape[1] * scale


def _is_far(parent: Kind, child: Kind) -> bool:
    """Whether the other thing is so far away that a place beside it means only above and below."""
    return parent.home in ("sky", "far") and child.home not in ("sky", "far")


def _home(scene: Scene, kind: Kind, thing: Thing) -> str:
    """Where a group stands, of back, land, water, air and sky."""
    if thing.motion == "flying" and kind.home != "sky":
        return "air"
    if scene.ground in ("sky", "space") and kind.home != "sky":
        return "air"
    if kind.home in ("shore", "water"):
        wet = scene.ground in ("sea", "underwater") or (kind.home == "water" and scene.ground == "beach")
        return "water" if wet else "land"
    return {"plant": "land", "hand": "land", "worn": "land", "far": "back"}.get(kind.home, kind.home)


def _along(order: int) -> float:
    """0, 1, -1, 2, -2 ...: places beside the middle."""
    return (order + 1) // 2 * (1 if order % 2 else -1)


def _is_figure(kind: Kind) -> bool:
    return kind.part == "figure" or kind.painted != ""


def _held(parent: Part, size: tuple[float, float], bearer: Kind, own: Kind) -> Place:
    """At the front of its bearer; what floats, floats above the hand."""
    left, top, across, down = parent.place
    figure = _is_figure(bearer)
    most = 0.75 if figure or bearer.name in (*_FACES, *_UPRIGHT) else 0.5  # a beast's head is to be seen
    small = min(1.0, most * max(across, down) / max(size))
    width, height = size[0] * small, size[1] * small
    hand = left + (0.06 if figure else 0.1) * across, top + (0.56 if figure else 0.6) * down
    if own.name in _BEFORE_THE_BODY:
        return left + across / 2 - 0.6 * width, hand[1] - 0.42 * height, width, height
    if own.home == "air" or "umbrella" in own.name:
        return hand[0] - width / 2 - 0.12 * across, hand[1] - height * 0.98, width, height
    return hand[0] - width * 0.6, hand[1] - height / 2, width, height


def _worn(parent: Part, size: tuple[float, float], bearer: Kind, own: Kind) -> Place:
    """On the head: in the middle of a face or figure, at the left end of an animal seen from the side."""
    left, top, across, down = parent.place
    if _is_figure(bearer):
        x, y, wide = left + 0.5 * across, top + 0.13 * down, 0.26 * down
    elif bearer.part:
        x, y, wide = left + 0.5 * across, top + 0.34 * down, 0.62 * across
    elif bearer.name in _FACES:
        x, y, wide = left + 0.46 * across, top + 0.3 * down, 0.5 * across
    elif bearer.name in _UPRIGHT:
        x, y, wide = left + 0.42 * across, top + 0.12 * down, 0.4 * across
    else:
        x, y, wide = left + 0.26 * across, top + 0.26 * down, 0.4 * across
    width = 0.85 * wide
    height = width * size[1] / size[0]
    if "glasses" in own.name:
        return x - width / 2, y - height / 2, width, height
    if own.name in ("necktie", "ribbon"):
        return x - width * 0.3, y + 0.3 * wide, width * 0.6, height * 0.6
    return x - width / 2, y - 0.42 * wide - height * 0.62, width, height
