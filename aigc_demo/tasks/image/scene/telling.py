"""What a scene says of itself: in an output's facts, and as what was understood of a request.

Knows descriptions, terms and the keys of sentences. Imports no networks: the page asks before anything is
painted.
"""

from __future__ import annotations

from typing import Any

from aigc_demo.tasks.image.scene.values import Scene, Thing
from aigc_demo.types import Reading, Term
from aigc_demo.types.readings import shortened


def told(scene: Scene) -> dict[str, Any]:
    """``things`` with boxes in pixels, the farthest first, ``ground``, ``left_out`` and more."""
    return {
        "things": [_thing(scene, thing) for thing in scene.things],
        "ground": scene.ground,
        "time": scene.time,
        "weather": scene.weather,
        "left_out": list(scene.left_out),
    }


def reading(scene: Scene) -> Reading:
    """What of a request is, or will be, in the scene."""
    counted: dict[tuple[str, str, str], int] = {}
    for thing in scene.things:
        key = thing.name, thing.label, thing.colour
        counted[key] = counted.get(key, 0) + 1
    kept = [_term(label, colour, count) for (_, label, colour), count in counted.items()]
    around = [f"image.scene.ground.{scene.ground}", f"image.scene.time.{scene.time}"]
    if scene.weather:
        around.append(f"image.scene.weather.{scene.weather}")
    return Reading(
        kept=(*kept, *(Term(key=key) for key in around)),
        unknown=tuple(Term(shortened(words)) for words in scene.left_out),
    )


def _term(label: str, colour: str, count: int) -> Term:
    shown = f"{count} × {label}" if count > 1 else label
    key = f"image.scene.colour.{colour}" if colour else "image.scene.counted" if count > 1 else ""
    return Term(words=label, key=key, values={"thing": shown} if key else {})


def _thing(scene: Scene, thing: Thing) -> dict[str, Any]:
    one: dict[str, Any] = {"name": thing.name, "label": thing.label, "box": list(thing.box or (0, 0, 0, 0))}
    if thing.colour:
        one["colour"] = thing.colour
    if thing.relation is not None:
        others = [scene.things[place].name for place in thing.relation.to]
        one["relation"] = {"kind": thing.relation.kind, "to": list(thing.relation.to), "names": others}
    return one
