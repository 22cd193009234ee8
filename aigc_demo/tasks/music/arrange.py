"""What changes a finished piece without a model: key, pace, instrument, ornaments, words, accompaniment.

Knows no model.
"""

from __future__ import annotations

from dataclasses import replace

from aigc_demo.tasks.music import plan, postprocess, primer
from aigc_demo.tasks.music.harmony import ACCOMPANIMENT, accompanied
from aigc_demo.tasks.music.instruments import INSTRUMENTS
from aigc_demo.tasks.music.melody import melody_part
from aigc_demo.tasks.music.params import ScoreParams
from aigc_demo.tasks.music.plan import Plan
from aigc_demo.tasks.music.score import Score


def postprocessed(score: Score, piece: Plan, params: ScoreParams) -> Score:
    """A composed tune with the octave, words, ornaments and accompaniment that were asked for."""
    score = postprocess.within(score, piece.instrument)
    words = postprocess.lines(params.lyrics)
    if words:
        score = postprocess.sung(score, words)
    if piece.ornaments != "none":
        score = postprocess.ornamented(score, piece.ornaments, params.seed or 0)
    score = accompanied(score, chords=piece.chords, bass=piece.bass, drums=piece.drums)
    return score.transposed(params.transpose)


def arranged(params: ScoreParams) -> Score:
    """The beginning in another key, at another pace, for other players; its notes stay.

    Accompaniment of ours is made anew from the switches; parts that came with a file stay as they are.
    """
    score = primer.in_key(primer.required(params), params)
    piece = plan.described(params)
    if piece.tempo:
        score = score.with_tempo(float(piece.tempo))
    if piece.instrument != "auto":
        score = _played_by(score, piece.instrument)
    if piece.ornaments != "none":
        score = _melody_first(postprocess.ornamented(_melody_first(score), piece.ornaments, params.seed or 0))
    words = postprocess.lines(params.lyrics)
    if words:
        score = postprocess.sung(_melody_first(score), words)
    had = {part.name for part in score.parts} & set(ACCOMPANIMENT)
    if had or piece.chords or piece.bass or piece.drums:
        score = accompanied(_melody_first(score), chords=piece.chords, bass=piece.bass, drums=piece.drums)
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
    return postprocess.within(replace(score, parts=(first, *score.parts[1:])), instrument)
