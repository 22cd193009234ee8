"""How the things of a scene move: where each is at each moment, so that the end meets the beginning.

Knows layers, boxes and time as a share of the whole, 0 to 1. Knows no files. What moves how follows from
its motion, its name and where it is at home; who rides or is held moves along.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aigc_demo.pictures.layers import Layer

_VEHICLES = frozenset(
    ["bicycle", "motorcycle", "motor scooter", "automobile", "bus", "taxi", "police car", "ambulance",
     "fire engine", "tractor", "racing car", "pickup truck", "delivery truck", "sport utility vehicle",
     "locomotive", "railway car", "high-speed train", "tram car", "sled", "skateboard", "kick scooter"]
)  # fmt: skip
_TREES = ("tree", "flower", "tulip", "rose", "blossom", "hibiscus", "seaweed", "cactus")
_FLUTTER = frozenset(["butterfly", "honeybee", "bat", "bird", "black bird", "dove", "eagle", "parrot"])
_TRAVELS = ("running", "walking", "flying", "swimming")
_STILL = ("back", "far")


@dataclass(frozen=True)
class Pose:
    """How a layer is shown at a moment, beside as it stands: moved by pixels, stretched, leaning, turned.

    ``lean`` is how far its top is moved, as a share of its height; ``alpha`` how much of it is seen.
    """

    x: float = 0.0
    y: float = 0.0
    across: float = 1.0
    down: float = 1.0
    lean: float = 0.0
    alpha: float = 1.0


def poses(things: Sequence[Layer], width: int, share: float, seconds: float) -> list[Pose]:
    """The pose of every layer at ``share`` of the film."""
    found: list[Pose | None] = [None] * len(things)
    ridden = {layer.parent for layer in things if layer.rides}

    def of(number: int, depth: int = 0) -> Pose:
        known = found[number]
        if known is None:
            layer = things[number]
            own = _own(layer, number, number in ridden, width, share, seconds)
            if 0 <= layer.parent != number and depth < len(things):
                root = of(layer.parent, depth + 1)
                own = replace(own, x=root.x, y=root.y + (own.y if layer.rides else 0.0), alpha=root.alpha)
            found[number] = known = own
        return known

    return [of(number) for number in range(len(things))]


def _own(layer: Layer, number: int, ridden: bool, width: int, share: float, seconds: float) -> Pose:
    """A layer's own motion; things that are alike move a little apart."""
    phase = (number * 0.37) % 1
    turn = math.tau * (share + phase)
    beats = max(1, round(seconds))
    quick = math.tau * (share * beats * 2 + phase)
    height = layer.box[3]
    if layer.motion == "dancing":
        return Pose(y=-abs(math.sin(quick / 2)) * height * 0.06, lean=0.09 * math.sin(quick))
    if layer.motion == "jumping":
        return Pose(y=-abs(math.sin(quick / 2)) * height * 0.45)
    if _goes_across(layer, ridden):
        return _across(layer, width, share, beats, quick)
    if layer.home == "sky":
        return _in_the_sky(layer, width, share, turn)
    if layer.home == "water":
        return Pose(x=6 * math.sin(turn), y=0.025 * height * math.sin(turn * 2), lean=0.05 * math.sin(turn))
    if layer.home == "air":
        flutter = 1 - 0.28 * abs(math.sin(quick * 2)) if layer.name in _FLUTTER else 1.0
        return Pose(x=0.05 * width * math.sin(turn), y=0.1 * height * math.sin(turn * 2) - 4, across=flutter)
    if any(part in layer.name for part in _TREES):
        return Pose(lean=0.03 * math.sin(turn) + 0.012 * math.sin(turn * 3))
    if layer.home in _STILL or layer.home in ("hand", "worn"):
        return Pose()
    return Pose(down=1 + 0.016 * math.sin(turn * beats), across=1 - 0.01 * math.sin(turn * beats))


def _goes_across(layer: Layer, ridden: bool) -> bool:
    return layer.parent < 0 and (ridden or layer.name in _VEHICLES or layer.motion in _TRAVELS)


def _across(layer: Layer, width: int, share: float, beats: int, quick: float) -> Pose:
    """Out of the picture at one side and in at the other, once in a film, with steps and bumps."""
    left, _, own, height = layer.box
    way = width + own
    side = 1 if layer.flip else -1
    place = (left + own + side * share * way) % way - own
    lift = {"running": 0.1, "walking": 0.03, "flying": 0.08, "swimming": 0.05}.get(layer.motion, 0.012)
    bump = abs(math.sin(quick)) if layer.motion in ("running", "walking") else math.sin(quick / 2)
    flutter = 1 - 0.25 * abs(math.sin(quick * 2)) if layer.name in _FLUTTER else 1.0
    return Pose(x=place - left, y=-lift * height * bump, across=flutter, lean=0.02 * math.sin(quick))


def _in_the_sky(layer: Layer, width: int, share: float, turn: float) -> Pose:
    if layer.name == "cloud":
        own = layer.box[2]
        way = width + 2 * own
        return Pose(x=(layer.box[0] + own + share * way) % way - own - layer.box[0])
    if "star" in layer.name:
        return Pose(alpha=0.72 + 0.28 * math.sin(turn * 2), across=1 + 0.04 * math.sin(turn * 2))
    return Pose(y=3 * math.sin(turn), across=1 + 0.015 * math.sin(turn), down=1 + 0.015 * math.sin(turn))
