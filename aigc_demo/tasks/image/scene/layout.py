"""Where the things of a scene stand: groups side by side on the ground, what flies and shines above it.

The seed draws some such layouts, the best of them by :func:`cost` is taken: nothing by accident over another.
What hangs together is :mod:`groups`' business. Knows sizes and shapes only, no pixels' colours.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aigc_demo.tasks.image.scene.groups import Group, Grouping
from aigc_demo.tasks.image.scene.lexicon import Kind
from aigc_demo.tasks.image.scene.values import Box, Scene, Thing

TRIES = 40
HORIZONS: Mapping[str, float] = {
    "meadow": 0.62, "street": 0.58, "sea": 0.52, "underwater": 0.8, "beach": 0.6, "forest": 0.64, "snow": 0.6,
    "room": 0.66, "sky": 1.0, "space": 1.0, "desert": 0.6,
}  # fmt: skip
"""Share of the height at which the ground ends."""
_STANDING = ("land", "back", "water")
_DEPTH = 40
"""Pixels that a part drawn nearer counts as lower."""
_SKY = 0.19
"""Height of a flattened metre of sun and clouds, as a share of the picture's."""


@dataclass(frozen=True)
class _Spot:
    """A thing's place in one layout; the lower ``base``, the nearer."""

    number: int
    box: Box
    base: float
    flip: bool


def placed(scene: Scene, kinds: Sequence[Kind], shapes: Sequence[tuple[int, int]], seed: int) -> Scene:
    """The scene with a box for every thing, from the farthest to the nearest.

    ``kinds`` and ``shapes`` (width and height of each thing as it was painted) are in the order of the
    things.
    """
    rng = random.Random(f"{seed}|layout")
    best: tuple[float, list[_Spot]] = (float("inf"), [])
    for _ in range(TRIES if scene.things else 0):
        spots = _drawn(scene, Grouping(scene, kinds, shapes, rng).groups(), rng)
        price = cost(scene, [(spot.number, spot.box) for spot in spots])
        if price < best[0] - 1e-9:
            best = price, spots
    return _ordered(scene, sorted(best[1], key=lambda spot: (spot.base, spot.number)))


def cost(scene: Scene, boxes: Sequence[tuple[int, Box]]) -> float:
    """How bad a layout is: what covers another without being asked to, and what is out of the picture."""
    width, height = scene.size
    total = 0.0
    for at, (one, box) in enumerate(boxes):
        inside = _shared(box, (0, 0, width, height))
        total += 4 * (1 - inside / (box[2] * box[3]))
        for other, beside in boxes[at + 1 :]:
            if not _related(scene.things, one, other):
                total += _shared(box, beside) / min(box[2] * box[3], beside[2] * beside[3])
    middle = sum((box[0] + box[2] / 2) * box[2] * box[3] for _, box in boxes)
    weight = sum(box[2] * box[3] for _, box in boxes) or 1
    return total + 0.5 * abs(middle / weight / width - 0.5)


def _related(things: Sequence[Thing], one: int, other: int) -> bool:
    roots = []
    for number in (one, other):
        seen = [number]
        while (relation := things[seen[-1]].relation) is not None and len(seen) <= len(things):
            seen.append(relation.to[0])
        roots.append(seen)
    return one in roots[1] or other in roots[0]


def _shared(one: Box, other: Box) -> int:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0, across) * max(0, down)


# -- one layout -----------------------------------------------------------------------------------


def _drawn(scene: Scene, groups: Sequence[Group], rng: random.Random) -> list[_Spot]:
    """One layout: a spot for every thing of the groups."""
    width, height = scene.size
    unit = _unit(groups, scene)
    spots: list[_Spot] = []
    standing = [group for group in groups if group.home in _STANDING and not _before(scene, group)]
    rng.shuffle(standing)
    total = sum(group.extent[2] * unit for group in standing)
    free, crowded = max(0.0, width * 0.94 - total), min(1.0, width * 0.94 / max(total, 1.0))
    shares = [rng.uniform(0.4, 1.0) for _ in range(len(standing) + 1)]
    at = width * 0.03
    for number, group in enumerate(standing):
        at += free * shares[number] / sum(shares)
        left, top, across, down = group.extent
        base = _base(scene, group, rng) * height
        base -= max(0.0, base + (top + down) * unit - 0.985 * height)
        base += max(0.0, 0.02 * height - (base + top * unit))
        spots += _set(group, at - left * unit, base, unit, base)
        at += across * unit * crowded
    for group in groups:
        if group.home not in _STANDING:
            spots += _hung(scene, group, unit, spots, rng)
        elif group not in standing:
            spots += _nearer(scene, group, unit, spots, rng)
    return spots


def _before(scene: Scene, group: Group) -> bool:
    """Whether a group stands for itself and yet before another: a train in front of a volcano."""
    relation = scene.things[group.parts[0].number].relation
    return relation is not None and relation.kind == "in_front_of"


def _nearer(
    scene: Scene, group: Group, unit: float, spots: Sequence[_Spot], rng: random.Random
) -> list[_Spot]:
    """The group before what it is to stand before, beside its middle."""
    relation = scene.things[group.parts[0].number].relation
    width, height = scene.size
    there = (spot.box for spot in spots if relation and spot.number == relation.to[0])
    behind = next(there, (0, 0, width, height))
    left, _, across, _ = (value * unit for value in group.extent)
    middle = behind[0] + behind[2] / 2 + rng.uniform(-0.35, 0.35) * behind[2]
    x = min(max(middle - across / 2, 0.02 * width), max(0.02 * width, 0.98 * width - across)) - left
    base = _base(scene, group, rng) * height
    return _set(group, x, base, unit, base)


def _unit(groups: Sequence[Group], scene: Scene) -> float:
    """Pixels of a flattened metre: as large as the widest row and the highest group let it be."""
    width, height = scene.size
    rows = [group for group in groups if group.home in _STANDING]
    flying = [group for group in groups if group.home == "air"]
    across = sum(group.extent[2] for group in rows) or sum(group.extent[2] for group in flying) * 0.8
    highest = max((group.extent[3] for group in rows or flying), default=1.0)
    largest = max((max(part.place[2:]) for group in rows or flying for part in group.parts), default=1.0)
    return min(0.88 * width / max(across, 0.1), 0.8 * height / highest, 0.55 * height / largest)


def _base(scene: Scene, group: Group, rng: random.Random) -> float:
    """Where a group stands, as a share of the height."""
    horizon = HORIZONS[scene.ground]
    if scene.ground == "underwater":
        return rng.uniform(0.3, 0.8) if group.home == "water" else rng.uniform(0.9, 0.95)
    if scene.ground == "sea":
        return rng.uniform(0.66, 0.88)
    if group.home == "water":
        return horizon + rng.uniform(0.02, 0.08)
    if group.home == "back":
        return horizon + rng.uniform(0.06, 0.14)
    return rng.uniform(0.86, 0.94)


def _set(group: Group, x: float, y: float, scale: float, base: float) -> list[_Spot]:
    """The parts of a group whose root stands at (x, y)."""
    spots = []
    for part in group.parts:
        left, top, across, down = (value * scale for value in part.place)
        box = round(x + left), round(y + top), max(6, round(across)), max(6, round(down))
        spots.append(_Spot(part.number, box, base + part.depth * _DEPTH, group.flip))
    return spots


def _hung(scene: Scene, group: Group, unit: float, spots: Sequence[_Spot], rng: random.Random) -> list[_Spot]:
    """A group of the sky or the air where it covers least of what is there already."""
    width, height = scene.size
    sky = group.home == "sky"
    _, _, across, down = group.extent
    scale = _SKY * height if sky else unit
    scale = min(scale, 0.9 * width / across, (0.5 if sky else 0.8) * height / down)
    left, top, across, down = (value * scale for value in group.extent)
    low = 0.32 if sky else 0.92 if scene.ground in ("sky", "space", "underwater") else 0.62
    best: tuple[float, list[_Spot]] = (float("inf"), [])
    for _ in range(12):
        x = rng.uniform(0.03 * width, max(0.03 * width, 0.97 * width - across)) - left
        y = rng.uniform(0.04 * height, max(0.05 * height, low * height - down)) - top
        tried = _set(group, x, y, scale, -1000.0 if sky else height * 0.5)
        price = sum(_shared(one.box, other.box) for one in tried for other in spots)
        if price < best[0]:
            best = price, tried
    return best[1]


def _ordered(scene: Scene, spots: Sequence[_Spot]) -> Scene:
    """The things in the order of drawing, their relations counted anew."""
    place = {spot.number: at for at, spot in enumerate(spots)}
    things = []
    for spot in spots:
        thing = scene.things[spot.number]
        relation = thing.relation
        if relation is not None:
            relation = replace(relation, to=tuple(place[one] for one in relation.to))
        things.append(replace(thing, box=spot.box, flip=spot.flip, relation=relation))
    return replace(scene, things=tuple(things))
