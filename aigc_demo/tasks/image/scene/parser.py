"""Words of a request as a scene: its things in the order of the words, how they stand, where and when it is.

Knows the order of words in both languages, in one pass over the items of the text. Knows no places and no
pixels; what a word means that is in no list, ``guess`` may tell. What is not understood is listed, never
dropped silently.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aigc_demo.tasks.image.scene.lexicon import Lexicon, singular
from aigc_demo.tasks.image.scene.settled import Understood, finished
from aigc_demo.tasks.image.scene.state import Draft, State, Waiting, also_borne, relate, spelt_out
from aigc_demo.tasks.image.scene.tokens import Item, items
from aigc_demo.tasks.image.scene.values import MOST_EACH

Guess = Callable[[str], str | None]
"""Unknown words -> the name of the thing that they mean, or None."""
_PLURAL = 3
"""How many "dogs" are."""
_STARS = 6
_OF_A_SUBJECT_BEFORE = ("riding", "holding", "wearing")
_DEFINITE = frozenset(["the", "that", "this", "it", "its", "那", "这"])


def _no_guess(_: str) -> str | None:
    return None


def understood(text: str, lexicon: Lexicon, guess: Guess = _no_guess) -> Understood:
    """The scene that a text asks for; of many things the first ``MOST_THINGS``."""
    state = State()
    found = items(text, lexicon)
    for at, item in enumerate(found):
        _take(state, item, found, at, lexicon, guess)
    _end_clause(state)
    return finished(state, text, lexicon)


def _take(state: State, item: Item, found: Sequence[Item], at: int, lexicon: Lexicon, guess: Guess) -> None:  # noqa: PLR0912 - one case for each kind of words
    """Take the next item in; what several kinds of words could be is decided by what comes after it."""
    after = found[at + 1] if at + 1 < len(found) else Item("")
    before = found[at - 1] if at else Item("")
    if item.is_a("stop"):
        _end_clause(state)
    elif not item.entries:
        _unknown(state, item.words, lexicon, guess)
    elif item.is_a("colour") and (not item.is_a("thing") or after.is_a("thing")):
        _attribute(state, "colour", item.value("colour"), found, at)
    elif item.is_a("after") and before.is_a("stop") and state.main and len(item.words) > 1:
        state.held = (item.value("after"), state.main[:1])  # 旁边有: beside what was spoken of
    elif item.is_a("after") and before.is_a("thing", "ground", "of") and not _begins(item, after):
        _localised(state, item.value("after"), is_ground=before.is_a("ground"))
    elif item.is_a("time", "weather", "ground"):
        _surroundings(state, item)
    elif item.is_a("thing"):
        _thing(state, item.value("thing"), item, lexicon)
    elif item.is_a("before"):
        _relation(state, item.value("before"), before, _leads_to_of(found, at))
    elif item.is_a("motion"):
        _motion(state, item.value("motion"), found, at)
    elif item.is_a("size"):
        _attribute(state, "size", item.value("size"), found, at)
    elif item.is_a("count"):
        state.waiting.count = int(item.value("count"))
    elif item.is_a("at"):
        state.place = tuple(state.group)
    elif item.is_a("join"):
        state.joined = True
    elif item.is_a("again"):
        _again(state)
    elif item.is_a("empty"):
        state.waiting.definite = item.words.lower() in _DEFINITE


def _begins(item: Item, after: Item) -> bool:
    """Whether a place word begins a new word instead: 中 of 中国."""
    return not after.entries and bool(after.words) and len(item.words) == 1 and item.words in "中前后内"


def _end_clause(state: State) -> None:
    if state.open is not None:
        _close_objects(state)
    state.open = state.place = state.closed = state.given = None
    state.waiting = Waiting()
    state.clause, state.group, state.joined = len(state.drafts), [], False


# -- things ---------------------------------------------------------------------------------------


def _thing(state: State, name: str, item: Item, lexicon: Lexicon) -> None:
    """A thing is named: a new one, or one that was named before."""
    waiting, state.waiting = state.waiting, Waiting()
    chinese = not item.words.isascii()
    name = _each_of(name, item, lexicon) if waiting.count > 1 else name
    index = _named_before(state, name, again=waiting.definite or (chinese and not waiting.count))
    if index is None or state.joined:
        index = len(state.drafts)
        count = waiting.count or _usual_count(name, item, lexicon)
        home = lexicon.kind(name).home
        state.drafts.append(Draft(name, item.words, _label(name, item, lexicon), home, min(count, MOST_EACH)))
    draft = state.drafts[index]
    draft.colour = waiting.colour or draft.colour
    draft.size = waiting.size if waiting.size != 1.0 else draft.size
    draft.motion = waiting.motion or draft.motion
    state.last = index
    _join(state, index)


def _join(state: State, index: int) -> None:
    """Let the thing be the object or the subject of what was said before it, or one of a group."""
    joined, state.joined = state.joined, False
    if state.open is not None and (not state.open[2] or (state.open[0] == "between" and joined)):
        state.open[2].append(index)
        if state.open[0] != "between" or len(state.open[2]) == 2 or state.drafts[index].count > 1:
            _close_objects(state)
        return
    if state.place is not None and joined:
        state.group.append(index)  # 在A和B之间
        return
    if joined and also_borne(state, index):
        return
    if joined and state.given is not None:
        relate(state, (index,), *state.given)  # 桌子上有A和B
    else:
        state.given = None
    if state.held is not None:
        kind, objects = state.held
        if index not in objects:
            state.held, state.given = None, (kind, objects)
            relate(state, (index,), kind, objects)
            state.main = (index,)
    state.group = [*state.group, index] if joined and state.closed is None else [index]
    state.closed = None
    if state.place is None and state.open is None:
        state.main = tuple(state.group)


def _each_of(name: str, item: Item, lexicon: Lexicon) -> str:
    """The thing that is counted where a plural is a name of its own too: two houses are two."""
    one = singular(item.words.lower())
    meant = next((entry.value for entry in lexicon.entries.get(one, ()) if entry.kind == "thing"), name)
    return meant if one != item.words.lower() else name


def _label(name: str, item: Item, lexicon: Lexicon) -> str:
    """What a thing is called here: the word that was used, in the singular."""
    low = item.words.lower()
    if not low[:1].isalnum():
        return name
    return low if low in lexicon.entries else singular(low)


def _named_before(state: State, name: str, *, again: bool) -> int | None:
    if not again:
        return None
    return next((at for at, draft in enumerate(state.drafts) if draft.name == name), None)


def _usual_count(name: str, item: Item, lexicon: Lexicon) -> int:
    """How many a word without a number names."""
    low = item.words.lower()
    if name == "star":
        return _STARS
    is_plural = low.isascii() and singular(low) != low and any(
        one.value == name for one in lexicon.entries.get(singular(low), ())
    )  # fmt: skip
    return _PLURAL if is_plural else 1


def _again(state: State) -> None:
    """A pronoun is an object that was named before, other than the subject."""
    if state.open is not None and not state.open[2]:
        subjects = state.open[1]
        if spoken_of := [one for one in range(len(state.drafts)) if one not in subjects][-1:]:
            before = [one for one in state.main if one not in subjects][:1]
            state.open[2].extend(_seat(state, (before or spoken_of)[0], subjects))
            _close_objects(state)


def _seat(state: State, one: int, subjects: tuple[int, ...]) -> list[int]:
    """What "under it" means where something is on something: the thing below, not the one on top."""
    relation = state.drafts[one].relation
    under = state.open is not None and state.open[0] == "under"
    if under and relation is not None and relation[0] in ("on", "riding", "in"):
        below = [other for other in relation[1] if other not in subjects]
        return below[:1] or [one]
    return [one]


def _unknown(state: State, words: str, lexicon: Lexicon, guess: Guess) -> None:
    thing = guess(words)
    if thing is None:
        state.left_out.append(words)
        return
    waiting, state.waiting = state.waiting, Waiting()
    state.drafts.append(
        Draft(
            thing,
            words,
            lexicon.label(thing, chinese=not words.isascii()),
            lexicon.kind(thing).home,
            max(1, min(waiting.count, MOST_EACH)),
            waiting.colour,
            waiting.size,
            waiting.motion,
        )
    )
    state.last = len(state.drafts) - 1
    _join(state, state.last)


# -- what is said of things -----------------------------------------------------------------------


def _attribute(state: State, name: str, value: str, found: Sequence[Item], at: int) -> None:
    """A colour or size belongs to the thing that follows in the clause, else to the last one."""
    told: Any = float(value) if name == "size" else value
    if _thing_follows(found, at) or not state.drafts:
        setattr(state.waiting, name, told)
    else:
        setattr(state.drafts[state.last], name, told)


def _motion(state: State, value: str, found: Sequence[Item], at: int) -> None:
    chinese = not found[at].words.isascii()
    if chinese:
        leads = _leads_to_of(found, at)
    else:
        leads = at + 1 < len(found) and found[at + 1].is_a("thing") and not (
            at and found[at - 1].is_a("thing")
        )  # fmt: skip
    if leads or not (state.group or state.main):
        state.waiting.motion = value
        return
    for index in state.place or state.group or state.main:
        state.drafts[index].motion = value


def _thing_follows(found: Sequence[Item], at: int) -> bool:
    for item in found[at + 1 : at + 6]:
        if item.is_a("thing") or not item.entries:
            return True
        if not item.is_a("colour", "size", "of", "measure", "motion", "count"):
            return False
    return False


def _leads_to_of(found: Sequence[Item], at: int) -> bool:
    """Whether what is said here is said of a thing that comes after 的: 骑自行车的猫, but 我的猫 is none."""
    for number, item in enumerate(found[at + 1 : at + 8], at + 1):
        if item.is_a("stop"):
            return False
        if item.is_a("of"):
            after = found[number + 1 : number + 6]
            return any(one.is_a("thing") for one in after) and found[number - 1].is_a(
                "thing", "after", "motion"
            )
    return False


# -- how things stand -----------------------------------------------------------------------------


def _relation(state: State, kind: str, before: Item, leads_to_of: bool) -> None:
    """A relation's word that stands before its object; its subject stands before it, or after the object."""
    if state.open is not None:
        _close_objects(state)
    subjects = tuple(state.group)
    if (before.is_a("join") and state.main) or (
        not subjects and kind in _OF_A_SUBJECT_BEFORE and not leads_to_of
    ):
        subjects = state.main
    if leads_to_of and not before.is_a("thing", "at"):
        subjects = ()
    if kind == "with":
        subjects = subjects[-1:]  # a dragon and a princess with an umbrella
    state.joined = False
    state.open = (kind, subjects, [])
    state.place = None


def _close_objects(state: State) -> None:
    """The object of the open relation is there: relate, or keep it for a subject that is to come."""
    kind, subjects, objects = state.open or ("", (), [])
    state.open = None
    if not objects:
        return
    kind = spelt_out(state, kind, objects)
    if subjects:
        relate(state, subjects, kind, tuple(objects))
        state.main = subjects
    else:
        state.held = (kind, tuple(objects))
    state.closed = (subjects, objects[-1])
    borne = kind in ("holding", "wearing") and bool(subjects)
    state.group = list(subjects) if borne else [objects[-1]]


def _localised(state: State, kind: str, *, is_ground: bool) -> None:
    """A Chinese word of place, which stands after its object."""
    if is_ground or not state.drafts:
        state.place = None
        return
    if state.closed is not None and state.group:  # 坐在椅子上
        subjects, last = state.closed
        _refine(state, subjects, last, kind)
        return
    objects = tuple(state.group[-2:] if kind == "between" else state.group[-1:])
    subjects = tuple(one for one in state.place or () if one not in objects)
    state.place = None
    if not objects:
        return
    if subjects:
        relate(state, subjects, kind, objects)
        state.group, state.main = list(subjects), subjects
        state.closed = (subjects, objects[-1])
    else:
        state.held, state.group = (kind, objects), []


def _refine(state: State, subjects: tuple[int, ...], last: int, kind: str) -> None:
    for index in subjects:
        relation = state.drafts[index].relation
        if relation is not None and relation[1] == (last,) and relation[0] != "riding":
            state.drafts[index].relation = (kind, (last,))
    if not subjects and state.held is not None and state.held[0] != "riding":
        state.held = (kind, state.held[1])
    state.closed, state.place = None, None


# -- where and when -------------------------------------------------------------------------------


def _surroundings(state: State, item: Item) -> None:
    if time := item.value("time"):
        state.time = state.time or time
    elif weather := item.value("weather"):
        state.weather = state.weather or weather
    else:
        ground = item.value("ground")
        if ground == "sky":
            state.in_the_sky = True
            for index in (state.open[1] if state.open else ()) or state.place or ():
                state.drafts[index].motion = state.drafts[index].motion or "flying"
            state.waiting.motion = "" if state.group else "flying"
        elif not state.ground:
            state.ground = ground
    state.open = state.place = None
    state.waiting.count = 0
