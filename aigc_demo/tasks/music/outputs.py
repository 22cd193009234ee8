"""A finished score as everything a visitor takes away: sound, MIDI, ABC, MusicXML, sheet music, and itself.

Knows the names and order of the files. What each holds is its own module's business; the labels that say who
made it are put in when it is stored (:mod:`aigc_demo.provenance`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aigc_demo.tasks.music import abc, engrave, midi, musicxml, pdf
from aigc_demo.tasks.music import score as scores
from aigc_demo.tasks.music.score import Score
from aigc_demo.tasks.music.sound import Orchestra, orchestra
from aigc_demo.types import Output

PEAKS = 400


def outputs(
    score: Score,
    *,
    title: str = "",
    seed: int | None = None,
    model: str = "",
    params: Mapping[str, Any] | None = None,
    players: Orchestra | None = None,
) -> tuple[Output, ...]:
    """Every file of a piece, the sound first. The same arguments give the same bytes.

    ``title`` stands in for an empty one of the score. ``seed``, ``model`` and ``params`` are shown with the
    result; inside the files they are put by whoever stores them.
    """
    piece = score if score.title or not title else _titled(score, title)
    sound = (players or orchestra()).play(piece)
    metadata = _metadata(piece, seed, model)
    written = musicxml.write(piece)
    sheets = engrave.sheets(piece)
    paper = pdf.write(sheets.pages, title=piece.title, subject=_origin(model, seed))
    meta = {**metadata, "seconds": round(sound.seconds, 2), "peaks": sound.peaks(PEAKS)}
    result = [
        Output("audio", "tune.wav", "audio/wav", data=sound.wav(), meta=meta),
        Output("file", "tune.ogg", "audio/ogg", data=sound.ogg(), meta={"seconds": round(sound.seconds, 2)}),
        Output("file", "tune.mid", "audio/midi", data=midi.write(piece)),
        Output("file", "tune.abc", "text/vnd.abc; charset=utf-8", data=abc.write(piece)),
        Output("file", "tune.musicxml", "application/vnd.recordare.musicxml+xml", data=written),
        Output("file", "score.svg", "image/svg+xml", data=sheets.tall, meta={"pages": len(sheets.pages)}),
        Output("file", "score.pdf", "application/pdf", data=paper, meta={"pages": len(sheets.pages)}),
        Output("file", "score.json", "application/json", text=_json(scores.to_json(piece))),
    ]
    result += [
        Output("file", f"page-{number}.svg", "image/svg+xml", data=page)
        for number, page in enumerate(sheets.pages, 1)
    ]
    return tuple(result)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _origin(model: str, seed: int | None) -> str:
    """Such as ``folkgpt, seed 5``."""
    return ", ".join(part for part in (model, "" if seed is None else f"seed {seed}") if part)


def _titled(score: Score, title: str) -> Score:
    return replace(score, title=title)


def _metadata(score: Score, seed: int | None, model: str) -> dict[str, Any]:
    """What is worth showing beside the player."""
    return {
        "title": score.title,
        "bars": score.bars,
        "tempo": score.tempo,
        "metre": f"{score.metre[0]}/{score.metre[1]}",
        "key": f"{score.tonic} {score.mode}",
        "notes": sum(len(part.notes) for part in score.parts),
        "parts": [part.name for part in score.parts],
        "seed": seed,
        "model": model,
    }
