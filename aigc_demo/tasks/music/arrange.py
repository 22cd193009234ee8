"""What changes a finished piece without composing anew: key, pace, instrument, ornaments, words, company.

Knows no model.
"""

from __future__ import annotations

from dataclasses import replace

from aigc_demo.tasks.music import finish, plan, start
from aigc_demo.tasks.music.harmony import ACCOMPANIMENT, accompanied
from aigc_demo.tasks.music.instruments import INSTRUMENTS
from aigc_demo.tasks.music.melody import melody_part
from aigc_demo.tasks.music.params import MusicParams
from aigc_demo.tasks.music.plan import Plan
from aigc_demo.tasks.music.score import Score


def dressed(score: Score, wish: Plan, params: MusicParams) -> Score:
    """A composed tune as it was wished for."""
    score = finish.within(score, wish.instrument)
    words = finish.lines(params.lyrics)
    if words:
        score = finish.sung(score, words)
    if wish.ornaments != "none":
        score = finish.ornamented(score, wish.ornaments, params.seed or 0)
    score = accompanied(score, chords=wish.chords, bass=wish.bass, drums=wish.drums)
    return score.transposed(params.transpose)


def arranged(params: MusicParams) -> Score:
    """The beginning in another key, at another pace, for other players; its notes stay.

    Accompaniment of ours is made anew from the switches; parts that came with a file stay as they are.
    """
    score = start.in_key(start.required(params), params)
    wish = plan.described(params)
    if wish.tempo:
        score = score.with_tempo(float(wish.tempo))
    if wish.instrument != "auto":
        score = _played_by(score, wish.instrument)
    if wish.ornaments != "none":
        score = _melody_first(finish.ornamented(_melody_first(score), wish.ornaments, params.seed or 0))
    words = finish.lines(params.lyrics)
    if words:
        score = finish.sung(_melody_first(score), words)
    had = {part.name for part in score.parts} & set(ACCOMPANIMENT)
    if had or wish.chords or wish.bass or wish.drums:
        score = accompanied(_melody_first(score), chords=wish.chords, bass=wish.bass, drums=wish.drums)
    if params.title:
        score = replace(score, title=params.title)
    return score.transposed(params.transpose)


def part_name(instrument: str) -> str:
    """``Music box``."""
    return instrument.replace("_", " ").capitalize()


def _melody_first(score: Score) -> Score:
    """The part that sings before all others."""
    first = melody_part(score)
    if first is None:
        return score
    return replace(score, parts=(first, *(part for part in score.parts if part is not first)))


def _played_by(score: Score, instrument: str) -> Score:
    """The melody on another instrument, in its range."""
    score = _melody_first(score)
    first = replace(score.parts[0], name=part_name(instrument), program=INSTRUMENTS[instrument].program)
    return finish.within(replace(score, parts=(first, *score.parts[1:])), instrument)
