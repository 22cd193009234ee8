"""What a class may be asked, kind by kind: which contents are good, which answers, and what they come to.

A round of kind ``make`` or ``ab`` makes something (of the second every pupil gets two, by setting A and by B,
and says which is better); ``vote`` is a blind vote between candidates, ``poll`` one between words,
``question`` is open. In ``guess`` the class sees one result and writes what it was asked; in ``real`` it says
of one candidate whether a person or a model made it. Everybody does a ``lesson`` alone; in ``train`` the
class chooses the next setting of a training that it watches together. A candidate is a result, by its id, or
somebody's answer to a question, by :func:`answer_id`. Knows values. Knows nothing of rooms, stores or pages.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from aigc_demo.classroom.cloud import cloud
from aigc_demo.history import rows
from aigc_demo.types import UserError

MOST_TITLE, MOST_NOTES, MOST_CHOICE, MOST_ANSWER = 200, 2_000, 80, 140
MAKING = ("make", "ab")
ANSWERED = ("vote", "poll", "question", "ab", "guess", "real", "lesson", "train")
WRITTEN = ("question", "guess")
"""Kinds that are answered in one's own words."""
BETWEEN = ("vote", "guess", "real")
"""Kinds that are about candidates."""
LEARNING = ("lesson", "train")
"""Kinds that are about a lesson of Learn."""
LISTED = ("poll", "train")
"""Kinds whose choices the teacher has written."""
KINDS = ("make", *ANSWERED)
DONE = 0
"""The one answer to a lesson."""
PERSON, MODEL = 0, 1
"""What a candidate may be found to be."""
_FEWEST, _MOST_CANDIDATES, _MOST_CHOICES = 2, 4, 8


def answer_id(round_id: str, seat_id: str) -> str:
    """An answer as a candidate."""
    return f"{round_id}.{seat_id}"


def is_answer(candidate: str) -> bool:
    """Whether a candidate was written by somebody, and not made by a model."""
    return "." in candidate


def checked(kind: str, content: Mapping[str, Any], candidates: Collection[str]) -> dict[str, Any]:
    """A round's content as it is kept; it may be about these ``candidates``. Links are checked elsewhere.

    Raises:
        UserError: 422 ``bad_round`` for what this kind does not have.
    """
    if kind not in KINDS:
        raise UserError("bad_round", "error.class_unknown_kind", status=422, field="kind")
    kept: dict[str, Any] = {"title": words(content, "title"), "notes": words(content, "notes", MOST_NOTES)}
    match kind:
        case "make":
            return kept | {"link": str(content.get("link", ""))}
        case "ab":
            return kept | {"link": str(content.get("link", "")), "link_b": str(content.get("link_b", ""))}
        case "vote":
            chosen = list(dict.fromkeys(_list(content, "of")))
            if not _FEWEST <= len(chosen) <= _MOST_CANDIDATES or not set(chosen) <= set(candidates):
                raise UserError("bad_round", "error.class_candidates", status=422, field="of")
            return kept | {"of": chosen}
        case "guess" | "real":
            chosen = _list(content, "of")
            if len(chosen) != 1 or chosen[0] not in candidates or (kind == "guess" and is_answer(chosen[0])):
                raise UserError("bad_round", "error.class_one_candidate", status=422, field="of")
            return kept | {"of": chosen}
        case "poll":
            return kept | {"choices": _choices(content)}
        case "lesson":
            return kept | {"lesson": words(content, "lesson")}
        case "train":
            named = {name: words(content, name) for name in ("lesson", "setting")}
            return kept | named | {"choices": _choices(content)}
    return kept


def answer(kind: str, content: Mapping[str, Any], given: Any, own: Sequence[str] = ()) -> Any:
    """A seat's answer as it is kept; ``own`` are its results in the round, A and B in turns.

    Raises:
        UserError: 422 ``bad_answer`` for what cannot be answered here.
    """
    match kind:
        case "vote" if given in content["of"]:
            return given
        case "lesson" if given == DONE and not isinstance(given, bool):
            return given
        case "poll" | "train" if isinstance(given, int) and not isinstance(given, bool):
            if 0 <= given < len(content["choices"]):
                return given
        case "real" if given in (PERSON, MODEL) and not isinstance(given, bool):
            return given
        case "ab" if given in own:
            return "ab"[own.index(given) % 2]
        case "question" | "guess" if isinstance(given, str):
            said = words({"answer": given}, "answer", MOST_ANSWER)
            if said:
                return said
    raise UserError("bad_answer", "error.class_bad_answer", status=422, field="answer")


def options(kind: str, content: Mapping[str, Any]) -> list[Any]:
    """What is voted between, in the round's own order; nothing where the answer is open."""
    match kind:
        case "vote":
            return list(content["of"])
        case "poll" | "train":
            return [*range(len(content["choices"]))]
        case "lesson":
            return [DONE]
        case "ab":
            return ["a", "b"]
        case "real":
            return [PERSON, MODEL]
    return []


def tally(kind: str, content: Mapping[str, Any], answers: Sequence[Any]) -> dict[str, Any]:
    """How many answered, how often each option was chosen, and of open answers the words that stand out."""
    counted = Counter(one for one in answers if isinstance(one, str | int))
    told: dict[str, Any] = {"total": len(answers), "counts": [counted[one] for one in options(kind, content)]}
    if kind == "question":
        told["cloud"] = cloud([one for one in answers if isinstance(one, str)])
    if kind == "real":
        told["right"] = PERSON if is_answer(content["of"][0]) else MODEL
    return told


def shuffled(items: Sequence[Any], *key: str) -> list[Any]:
    """``items`` in an order of this phone's own, the same after a reload."""
    return sorted(items, key=lambda one: hashlib.sha256("|".join([*key, str(one)]).encode()).digest())


def words(content: Mapping[str, Any], name: str, most: int = MOST_TITLE) -> str:
    """One line of words of a content; 422 where they are too many."""
    said = content.get(name, "")
    if not isinstance(said, str) or len(said) > most:
        raise UserError("bad_round", "error.class_words_too_long", status=422, field=name, limit=most)
    return rows.one_line(rows.storable(said))


def _choices(content: Mapping[str, Any]) -> list[str]:
    """What the teacher has written to choose between; 422 for too few or too many."""
    said = [words({"choice": one}, "choice", MOST_CHOICE) for one in _list(content, "choices")]
    choices = list(dict.fromkeys(filter(None, said)))
    if not _FEWEST <= len(choices) <= _MOST_CHOICES:
        raise UserError("bad_round", "error.class_choices", status=422, field="choices")
    return choices


def _list(content: Mapping[str, Any], name: str) -> list[str]:
    found = content.get(name)
    if not isinstance(found, list) or len(found) > 20 or not all(isinstance(one, str) for one in found):
        raise UserError("bad_round", "error.class_choices", status=422, field=name)
    return found
