"""A scene whose words were changed: what they still name stays as it is, the rest comes or goes.

Knows descriptions. Knows nothing of how words are read and where things are put first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from aigc_demo.tasks.image.scene.values import Box, Relation, Scene, Thing


def merged(old: Scene, new: Scene, before: Scene) -> Scene:
    """The things that ``new`` names, each as it is in ``old`` where that has it, else without a place.

    A thing is the same if it is called the same, in the order of both. What the new words say of its colour
    and size counts; its noise, its place and its way to look stay. ``before`` is what the old words name:
    what they name and ``old`` lacks was taken out by hand and stays out.
    """
    left = list(old.things)
    named = Counter(thing.name for thing in before.things)
    things: list[Thing] = []
    places: dict[int, int] = {}
    for number, thing in enumerate(new.things):
        known = next((one for one in left if one.name == thing.name), None)
        was_named = named[thing.name] > 0
        named[thing.name] -= was_named
        if known is None and was_named:
            continue
        places[number] = len(things)
        if known is None:
            things.append(thing)
            continue
        left.remove(known)
        colour = thing.colour or known.colour
        own = replace(thing, colour=colour, seed=known.seed, coat=known.coat)
        things.append(replace(own, flip=known.flip, box=known.box))
    related = tuple(replace(thing, relation=_moved(thing.relation, places)) for thing in things)
    return replace(new, things=related, seed=old.seed, form=old.form)


def boxed(scene: Scene, boxes: Sequence[Box]) -> Scene:
    """The scene with these boxes, drawn by hand, for the last of its things that have no place.

    Things that are alike and named together share a box side by side.
    """
    groups: list[list[int]] = []
    for at, thing in enumerate(scene.things):
        before = scene.things[groups[-1][-1]] if groups else None
        alike = before is not None and groups[-1][-1] == at - 1 and before.name == thing.name
        if thing.box is None:
            groups = [*groups[:-1], [*groups[-1], at]] if alike else [*groups, [at]]
    things = list(scene.things)
    for group, (left, top, width, height) in zip(reversed(groups), reversed(boxes), strict=False):
        share = max(4, width // len(group))
        for order, at in enumerate(group):
            things[at] = replace(things[at], box=(left + order * share, top, share, height), rough=True)
    return replace(scene, things=tuple(things), boxes=())


def fitted(thing: Thing, shape: tuple[int, int]) -> Thing:
    """A thing of this width and height as painted, as large as its rough box lets it be, at its foot."""
    if thing.box is None or not thing.rough:
        return thing
    left, top, width, height = thing.box
    scale = min(width / shape[0], height / shape[1])
    across, down = max(4, round(shape[0] * scale)), max(4, round(shape[1] * scale))
    return replace(thing, box=(left + (width - across) // 2, top + height - down, across, down), rough=False)


def _moved(relation: Relation | None, places: Mapping[int, int]) -> Relation | None:
    """A relation in a list from which things are gone; None where one that it names is."""
    if relation is None or any(one not in places for one in relation.to):
        return None
    return replace(relation, to=tuple(places[one] for one in relation.to))


def kept(laid_out: Scene, before: Scene) -> Scene:
    """A scene that was laid out anew, with the places that its things had before.

    ``before`` has the same things in another order, some without a place: a new one stands to what it hangs
    on as it does in the new layout.
    """
    boxes: list[Box | None] = []
    left = list(before.things)
    for thing in laid_out.things:
        one = next((one for one in left if _same(one, thing)), None)
        if one is not None:
            left.remove(one)
        boxes.append(one.box if one else None)
    flips = {(one.name, one.seed, one.coat): one.flip for one in before.things if one.box is not None}
    things = []
    for at, thing in enumerate(laid_out.things):
        box = boxes[at]
        if box is None:
            things.append(replace(thing, box=_moved_along(laid_out, boxes, at)))
        else:
            things.append(
                replace(thing, box=box, flip=flips.get((thing.name, thing.seed, thing.coat), thing.flip))
            )
    return replace(laid_out, things=tuple(things))


def _same(one: Thing, other: Thing) -> bool:
    return (one.name, one.seed, one.coat) == (other.name, other.seed, other.coat)


def _moved_along(scene: Scene, boxes: list[Box | None], at: int) -> Box | None:
    """Where a new thing stands when what it hangs on stays where it was."""
    box, relation = scene.things[at].box, scene.things[at].relation
    if box is None or relation is None:
        return box
    fresh, kept_box = scene.things[relation.to[0]].box, boxes[relation.to[0]]
    if fresh is None or kept_box is None:
        return box
    scale = kept_box[3] / fresh[3]
    return (
        round(kept_box[0] + (box[0] - fresh[0]) * scale), round(kept_box[1] + (box[1] - fresh[1]) * scale),
        max(4, round(box[2] * scale)), max(4, round(box[3] * scale)),
    )  # fmt: skip
