"""The beginning that a visitor gives: a file, a recording or notes played on the screen, as a score.

Knows where beginnings come from. Reading files is :mod:`import_file`'s business, hearing :mod:`hummed`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_demo.tasks.music import plan, tokens
from aigc_demo.tasks.music.assembly import Opened
from aigc_demo.tasks.music.harmony import estimated_key
from aigc_demo.tasks.music.limits import refused
from aigc_demo.tasks.music.melody import melody
from aigc_demo.tasks.music.params import ChoraleParams, ScoreParams, read_notes
from aigc_demo.tasks.music.score import Mode, Note, Part, Score, pitch_class, simplest_tonic
from aigc_demo.types import Term, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.music.hummed import Heard

PLAYED_TEMPO = 100.0
LEAST_SURE = 0.3
"""A recording that is less sure than this, in 0..1, gives no melody."""


def given(params: ScoreParams) -> Score | None:
    """The beginning, or None where there is none."""
    if params.start:
        return of_the_file(params).score
    if params.start_notes.strip():
        return _played(read_notes(params.start_notes), params)
    return None


def of_the_file(params: ChoraleParams) -> Opened:
    """What is in the file that was given. Raises UserError with a sentence for whatever is wrong with it."""
    from aigc_demo.tasks.music import recording
    from aigc_demo.tasks.music.import_file import open_score

    path = Path(params.start)
    if not recording.is_sound(path):
        return open_score(path)
    from aigc_demo.tasks.music import hummed

    return _sung(hummed.heard(recording.read_sound(path, "start")), ScoreParams.widen(params))


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


def _sung(heard: Heard, params: ScoreParams) -> Opened:
    """What was heard as a score, in the metre and key that were chosen or 4/4 and the likeliest."""
    from aigc_demo.tasks.music import hummed

    if heard.sure < LEAST_SURE:
        raise refused("no_melody_heard")
    wanted = plan.described(params)
    notes, tempo = hummed.counted(heard.notes, wanted.tempo)
    written = wanted.model_copy(update={"key": "auto", "mode": "auto", "tempo": tempo})
    score = _played(notes, written)
    untold = Term(key="music.left.untold", values={"seconds": f"{heard.untold:.1f}"})
    bars = {"tempo": tempo, "metre": f"{score.metre[0]}/{score.metre[1]}"}
    return Opened(
        in_key(score, params),
        (Term(key="music.left.bar_lines", values=bars), *((untold,) if heard.untold >= 0.5 else ())),
        (Term(key="music.request.heard", values={"count": len(notes), "percent": round(heard.sure * 100)}),),
    )


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
