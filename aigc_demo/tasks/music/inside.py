"""Looking inside a tune or a chorale: note by note what might have come, and bar by bar what it came from.

Knows the composing pipelines. A piece is composed again, overheard, which its seed makes exact; one that does
not come out again as it stands cannot be looked into.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aigc_demo.decoding import teacher_forcing
from aigc_demo.decoding.sampling import Floats
from aigc_demo.explain import Explanation, Section, tokens
from aigc_demo.explain.tokens import Overheard, Position
from aigc_demo.tasks.music import inside_bars, inside_notes
from aigc_demo.tasks.music import score as scores
from aigc_demo.tasks.music.chorale import ChoralePipeline
from aigc_demo.tasks.music.composer import Composer
from aigc_demo.tasks.music.inside_words import ChoraleWords, FolkWords, Words
from aigc_demo.tasks.music.params import ChoraleParams
from aigc_demo.tasks.music.pipeline import ScorePipeline
from aigc_demo.tasks.music.score import Score
from aigc_demo.types import Emit, Progress, Remark, StoredItem, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.music.debug import Slowed

SCORE = "score.json"


def explain(pipeline: ScorePipeline, params: ChoraleParams, item: StoredItem, emit: Emit) -> Explanation:
    """What is behind a piece.

    Raises:
        UserError: ``no_model_composed`` where it was only arranged; ``not_retraced`` where the same request
            gives another piece by now.
    """
    words: Words = (
        ChoraleWords() if isinstance(pipeline, ChoralePipeline) else FolkWords(lambda: heard.prompt)
    )
    heard = Overheard(pipeline.composer.decoder, words.after, words.rule)
    listening = copy.copy(pipeline)
    listening.composer = Composer(heard, pipeline.composer.end)
    score, _ = listening.score(params, _progress_only(emit))
    if heard.listener is None:
        raise UserError("no_model_composed", "error.no_model_composed", status=422)
    _require_same(score, item)
    found = heard.listener.found
    looks = _looks(pipeline, heard.prompt, [one.token for one in found], emit)
    return Explanation(tuple(_sections(words, heard, found, score, looks)))


def explain_slowed(pipeline: Slowed, params: ChoraleParams, item: StoredItem, emit: Emit) -> Explanation:
    """The same of a composer for tests."""
    return explain(pipeline.pipeline, params, item, pipeline.paused(emit))


def _sections(
    words: Words,
    heard: Overheard,
    found: Sequence[Position],
    score: Score,
    looks: Floats | None,
) -> list[Section]:
    said = [one.token for one in found]
    sections = []
    if isinstance(words, FolkWords):
        sections.append(inside_notes.section(found, heard.prompt, score))
    remarks = [Remark("inside.no_attention")] if looks is None else []
    sections.append(inside_bars.section(words, heard.prompt, said, looks, remarks))
    listener = heard.listener
    if listener is not None:
        sections.append(tokens.section(found[: tokens.MOST], listener.how, more=len(found[tokens.MOST :])))
    return sections


def _require_same(score: Score, item: StoredItem) -> None:
    """The piece as it is kept has the notes of the one that was composed again."""
    path = item.files.get(SCORE)
    kept: dict[str, Any] = json.loads(path.read_text("utf-8")) if path is not None else {}
    if kept.get("parts") != scores.to_json(score)["parts"]:
        raise UserError("not_retraced", "error.not_retraced", status=422)


def _looks(pipeline: ScorePipeline, prompt: Sequence[int], said: Sequence[int], emit: Emit) -> Floats | None:
    """Attention of every head from every token, where it can be watched."""
    total = len(prompt) + len(said)
    decoder = pipeline.composer.decoder
    if not said or not teacher_forcing.can_watch(decoder):
        return None
    return teacher_forcing.read(decoder, prompt, said, lambda done: emit(Progress(done, total))).attention


def _progress_only(emit: Emit) -> Callable[[Any], None]:
    def tell(event: Any) -> None:
        if isinstance(event, Progress):
            emit(event)

    return tell
