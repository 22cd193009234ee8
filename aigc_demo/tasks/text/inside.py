"""Looking inside an answer: its tokens once more through the network that wrote them.

Knows the chat pipeline. The tokens are those of the text as it stands; where the seed shows that it came in
other pieces, it is written once more to find them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aigc_demo import decoding
from aigc_demo.decoding import teacher_forcing
from aigc_demo.decoding.sampling import Floats, Sampler, Sampling
from aigc_demo.explain import Explanation, tokens
from aigc_demo.tasks.text.outlines import RULE
from aigc_demo.tasks.text.params import CompletionParams, DraftedParams, OwnParams
from aigc_demo.types import Emit, Progress, Remark, StoredItem, StoredOutput, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.text.pipeline import TextPipeline
    from aigc_demo.tasks.text.trained import TrainedWriter


def explain(pipeline: TextPipeline, params: CompletionParams, item: StoredItem, emit: Emit) -> Explanation:
    """What is behind an answer, token by token, and what attention looked at.

    Raises:
        UserError: ``nothing_inside`` where there is no text.
    """
    output = item.first("text")
    request = _of_draft(DraftedParams.widen(params), output)
    text = (output.text or "").removeprefix(request.prefix) if output is not None else ""
    prompt = pipeline.encode(request)
    ended = output is not None and output.meta.get("finish_reason") == "stop"
    said = [*pipeline.chat.tokens(text), *(sorted(pipeline.ends)[:1] if ended else ())]
    if not said:
        raise UserError("nothing_inside", "error.nothing_inside", status=422)
    found, looks = _read(pipeline, prompt, said, request, emit)
    if not tokens.retraced(found):
        count = output.meta.get("tokens") if output is not None else None
        limit = count if isinstance(count, int) else len(said)
        if other := _written(pipeline, prompt, text, request, limit, emit):
            said = other
            found, looks = _read(pipeline, prompt, said, request, emit)
    spell = pipeline.chat.spell
    asked = tokens.spelled(prompt, spell)
    remarks = [] if tokens.retraced(found) else [Remark("inside.not_retraced")]
    if looks is None:
        remarks.append(Remark("inside.no_attention"))
    more = len(said) - len(found)
    told = tokens.section(found, pipeline.sampling(request), asked=asked, remarks=remarks, more=more)
    if looks is None:
        return Explanation((told,))
    return Explanation((told, tokens.attention(looks, asked, tokens.spelled(said, spell))))


def explain_trained(writer: TrainedWriter, params: OwnParams, item: StoredItem, emit: Emit) -> Explanation:
    """The same of a model that a visitor trained from nothing, whose tokens are characters.

    Raises:
        UserError: ``nothing_inside`` where it added nothing to the prompt.
    """
    from aigc_demo.learning.texts.model import NetDecoder

    output = item.first("text")
    beginning = " ".join(params.prompt.split())
    text = (output.text or "").removeprefix(beginning) if output is not None else ""
    ended = output is not None and output.meta.get("finish_reason") == "stop"
    said = [*writer.ids(text), *([0] if ended else [])]
    if not said:
        raise UserError("nothing_inside", "error.nothing_inside", status=422)
    prompt, shown = [0, *writer.ids(beginning)], said[: tokens.MOST]
    how = Sampling(params.temperature, params.top_p, seed=params.seed or 0)

    def tell(done: int) -> None:
        emit(Progress(done, len(shown)))

    def spell(token: int) -> bytes:
        return writer.config.tokens[token].encode()

    read = teacher_forcing.read(NetDecoder(writer.net), prompt, shown, tell)
    found = tokens.positions(
        read.scores, shown, Sampler(how, prompt), lambda before: spell, lambda before: ""
    )
    remarks = [Remark("inside.no_attention")]
    if not tokens.retraced(found):
        remarks.insert(0, Remark("inside.not_retraced"))
    asked, more = tokens.spelled(prompt, spell), len(said) - len(shown)
    return Explanation((tokens.section(found, how, asked=asked, remarks=remarks, more=more),))


def _of_draft(params: DraftedParams, output: StoredOutput | None) -> DraftedParams:
    """The request with the seed of the draft that is shown, where several were written."""
    seed = output.meta.get("draft_seed") if output is not None else None
    return params.with_seed(seed) if isinstance(seed, int) else params


def _read(
    pipeline: TextPipeline, prompt: Sequence[int], said: Sequence[int], params: DraftedParams, emit: Emit
) -> tuple[list[tokens.Position], Floats | None]:
    shown = said[: tokens.MOST]
    total = len(prompt) + len(shown)
    read = teacher_forcing.read(pipeline.decoder, prompt, shown, lambda done: emit(Progress(done, total)))
    rules, _ = pipeline.outlines(params.outline, params.prefix)
    sampler = Sampler(pipeline.sampling(params), prompt, rules())
    found = tokens.positions(
        read.scores, shown, sampler, lambda before: pipeline.chat.spell, lambda before: RULE
    )
    return found, read.attention


def _written(
    pipeline: TextPipeline, prompt: list[int], text: str, params: DraftedParams, limit: int, emit: Emit
) -> list[int]:
    """The tokens that the text was written in, by writing it again; none where another text comes out."""
    reader = pipeline.chat.reader()
    written: list[int] = []
    rules, _ = pipeline.outlines(params.outline, params.prefix)
    source = decoding.generate(
        pipeline.decoder, prompt, pipeline.sampling(params), max(1, limit), pipeline.ends, rules()
    )
    for token in source:
        emit(Progress(len(written), limit))
        if token is None:
            continue
        written.append(token)
        if token in pipeline.ends:
            break
        if not text.startswith(reader.add(token)):
            return []
    return written if reader.text == text else []
