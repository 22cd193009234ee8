"""The things that words named, as a scene: counted, on a ground, at a time.

Knows what is usual where nothing is said: where things are at home, and that the moon is seen at night.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from aigc_demo.tasks.image.scene.lexicon import Lexicon
from aigc_demo.tasks.image.scene.state import Draft, State
from aigc_demo.tasks.image.scene.values import MOST_THINGS, Relation, Scene, Thing


@dataclass(frozen=True)
class Understood:
    """A scene without places, and the words behind each of its things."""

    scene: Scene
    words: tuple[str, ...]
    names_ground: bool

    @property
    def is_scene(self) -> bool:
        """Whether it is more than one thing for itself."""
        return len(self.scene.things) > 1 or (bool(self.scene.things) and self.names_ground)


def _ground(state: State, lexicon: Lexicon) -> str:
    """Where it is when nobody says: where its things are at home."""
    if state.ground:
        return state.ground
    homes = [lexicon.kind(draft.name).home for draft in state.drafts]
    names = {draft.name for draft in state.drafts}
    if names & {"astronaut", "alien", "ringed planet", "satellite"} or (
        "rocket" in names and all(home in ("air", "sky") for home in homes)
    ):
        return "space"
    if homes and all(home in ("air", "sky") for home in homes) and state.in_the_sky:
        return "sky"
    if any(home == "water" for home in homes):
        fish = all(home == "water" for home in homes) and not any(
            name in ("sailboat", "canoe", "speedboat", "ship", "passenger ship", "ferry") for name in names
        )
        return "underwater" if fish else "sea"
    if names & {"table", "bed", "couch and lamp", "chair", "television", "bathtub", "musical keyboard"}:
        return "room"
    if homes and all(home in ("hand", "worn") for home in homes):
        return "room"
    if names & {"bus", "taxi", "police car", "ambulance", "fire engine", "office building", "automobile"}:
        return "street"
    return "meadow"


def _time(state: State) -> str:
    """When it is when nobody says: the moon and the stars are seen at night."""
    if state.time:
        return state.time
    names = {draft.name for draft in state.drafts}
    by_night = {"crescent moon", "full moon", "star", "glowing star", "shooting star", "comet"}
    return "night" if names & by_night and "sun" not in names else "day"


def finished(state: State, text: str, lexicon: Lexicon) -> Understood:
    """Each thing as often as it was counted; relations are to the first of their objects."""
    firsts: list[int] = []
    total = 0
    for draft in state.drafts:
        firsts.append(total)
        draft.count = max(0, min(draft.count, MOST_THINGS - total))
        if not draft.count:
            state.left_out.append(draft.words)
        total += draft.count
    things: list[Thing] = []
    words: list[str] = []
    for draft in state.drafts:
        relation = _counted(draft.relation, state.drafts, firsts)
        for number in range(draft.count):
            thing = Thing(
                draft.name, draft.label, draft.colour, draft.size,
                coat=number, motion=cast(Any, draft.motion), relation=relation,
            )  # fmt: skip
            things.append(thing)
            words.append(draft.words)
    scene = Scene(
        tuple(things), cast(Any, _ground(state, lexicon)), cast(Any, _time(state)), cast(Any, state.weather),
        words=text, left_out=tuple(dict.fromkeys(state.left_out)),
    )  # fmt: skip
    named = bool(state.ground or state.time or state.weather or state.in_the_sky)
    return Understood(_snowy(scene, state), tuple(words), named)


def _counted(
    relation: tuple[str, tuple[int, ...]] | None, drafts: Sequence[Draft], firsts: Sequence[int]
) -> Relation | None:
    if relation is None:
        return None
    kind, objects = relation
    places = [firsts[one] for one in objects if drafts[one].count]
    if kind == "between" and len(objects) == 1 and drafts[objects[0]].count > 1:
        places = [firsts[objects[0]], firsts[objects[0]] + 1]  # between two trees
    return Relation(cast(Any, kind), tuple(places)) if places else None


def _snowy(scene: Scene, state: State) -> Scene:
    """Falling snow lies on a meadow that nobody asked for."""
    if scene.weather == "snow" and scene.ground == "meadow" and not state.ground:
        return replace(scene, ground="snow")
    return scene
