"""The beginning that a visitor gives: a file or notes played on the screen, as a score.

Knows where beginnings come from. Reading files is :mod:`import_file`'s business.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aigc_demo.tasks.music import tokens
from aigc_demo.tasks.music.harmony import estimated_key
from aigc_demo.tasks.music.melody import melody
from aigc_demo.tasks.music.params import ScoreParams, read_notes
from aigc_demo.tasks.music.score import Mode, Note, Part, Score, pitch_class, simplest_tonic
from aigc_demo.types import UserError

PLAYED_TEMPO = 100.0


def given(params: ScoreParams) -> Score | None:
    """The beginning, or None where there is none."""
    if params.start:
        from aigc_demo.tasks.music.import_file import read_score

        return read_score(Path(params.start))
    if params.start_notes.strip():
        return _played(read_notes(params.start_notes), params)
    return None


def required(params: ScoreParams) -> Score:
    """The beginning. Raises UserError where there is none, or no note in it."""
    score = given(params)
    if score is None:
        raise UserError("needs_start", "music.error.needs_start", status=422, field="start")
    if not melody(score):
        if score.parts and all(part.percussion for part in score.parts):
            raise UserError("only_drums", "music.error.only_drums", status=422, field="start")
        raise UserError("empty_start", "music.error.empty_start", status=422, field="start")
    return score


def _played(notes: Sequence[Note], params: ScoreParams) -> Score:
    """Notes from the screen; key and metre are the chosen ones, else the likeliest."""
    tonic, mode = _key(notes, params)
    metre = tokens.metre_of(params.metre if params.metre != "auto" else "4/4")
    part = Part("Melody", 0, tuple(notes))
    return Score(f"Melody in {tonic}", tonic, mode, metre, float(params.tempo or PLAYED_TEMPO), (part,))


def _key(notes: Sequence[Note], params: ScoreParams) -> tuple[str, Mode]:
    known = None if params.key == "auto" else pitch_class(params.key)
    pitch, mode = estimated_key(notes, known)
    if params.mode != "auto":
        mode = params.mode
    if params.key != "auto":
        return params.key, mode
    return simplest_tonic(pitch, mode), mode


def in_key(score: Score, params: ScoreParams) -> Score:
    """The score moved to the key that was asked for, the nearer way; as it is where none was."""
    if params.key == "auto":
        return score
    up = (pitch_class(params.key) - pitch_class(score.tonic)) % 12
    return score.transposed(up if up <= 6 else up - 12)
